/**
 * An API over a small world: stores that are maps, a clock that is a number, and a diary of whatever
 * the API asked of them. Each store can be taken down.
 */

import { createHash } from 'node:crypto'
import { createApi } from '../../src/api/app.ts'
import { aggregate } from '../../src/api/aggregate.ts'
import type { ApiDeps, ApiEvent, ApiSettings } from '../../src/api/deps.ts'
import type { CachedKey, CachedPrice } from '../../src/cache/cache.ts'
import { CacheError } from '../../src/cache/cache-error.ts'
import type { AggregateRow, KeyEntry } from '../../src/history/history.ts'
import { HistoryError } from '../../src/history/history-error.ts'
import { withDeadline } from '../../src/deadline.ts'
import type { RoundMemory } from '../../src/core/round-stage.ts'
import type { KeyRecord } from '../../src/protocol/api-key.ts'
import type { SubmissionReport } from '../../src/protocol/bridge-wire.ts'
import { type Feed, type FeedSymbol, feedSymbol } from '../../src/protocol/feed.ts'
import { networks } from '../../src/protocol/networks.ts'
import type { Status } from '../../src/protocol/status.ts'
import type { PriceRecord } from '../../src/protocol/wire.ts'
import type { Provenance } from '../../src/protocol/wire-provenance.ts'
import type { RoundRecord } from '../../src/protocol/wire-rest.ts'
import type { Values } from '../../src/api/value-ports.ts'
import { aPriceRecord } from './price-records.ts'

/** The instant at which every test begins: a second after `aPriceRecord` was made. */
export const startMs = 1_001_000

export const btc = feedSymbol('BTC')
export const eth = feedSymbol('ETH')
export const flr = feedSymbol('FLR')

/** A key of the form that all keys have. */
export function aKey(name: string): string {
  return `chrono_${name.padEnd(32, '-')}`
}

export const readerKey = aKey('reader')
export const adminKey = 'the-administrator'

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function aFeed(symbol: FeedSymbol): Feed {
  return { symbol, category: 1, decimals: 2 }
}

export function aKeyRecord(differing: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    name: 'reader',
    limit_per_minute: 30,
    scopes: ['read'],
    ...differing,
  }
}

/** The reader's key as the cache has it: confirmed when every test begins. */
export function aCachedKey(
  differing: Partial<KeyRecord> = {},
  cachedAtMs: number = startMs,
): CachedKey {
  return { record: aKeyRecord(differing), cachedAtMs }
}

/** BTC/USD as the cache has it: written when it was made. */
export function aCachedPrice(differing: Partial<CachedPrice> = {}): CachedPrice {
  return { ...aPriceRecord(), cached_at: 1_000_000, ...differing }
}

export function aStatus(differing: Partial<Status> = {}): Status {
  return {
    mode: 'live',
    network: 'flare',
    served_at: startMs,
    degraded: false,
    round: { id: 7, started_at: 990_000, ends_at: 1_080_000, seconds: 90 },
    tick_seconds: 30,
    feeds: 3,
    stores: { cache: { ok: true }, history: { ok: true } },
    ticks: {
      completed: 1,
      died: 0,
      skipped: 0,
      doubled: 0,
      quotes_accepted: 9,
      quotes_lost: 0,
      quotes_refused: 0,
      intervals_checked: 0,
      intervals_held: 0,
      recent: [],
    },
    sources: [],
    ...differing,
  }
}

type Part = 'cache' | 'database' | 'feeds' | 'stream' | 'rounds' | 'values'

export type World = {
  nowMs: number
  /** What is down. */
  readonly down: Set<Part>
  readonly cachedPrices: Map<FeedSymbol, CachedPrice>
  readonly feedPrices: Map<FeedSymbol, PriceRecord>
  readonly aggregates: Map<FeedSymbol, AggregateRow>
  readonly provenances: Map<FeedSymbol, Provenance>
  readonly rounds: Map<number, RoundMemory>
  readonly records: Map<number, RoundRecord>
  /** What each key was told of each round, by `id round`. */
  readonly toldValues: Map<string, Values>
  /** Newest first; those that history has, and those that the memory of rounds has. */
  readonly storedReports: SubmissionReport[]
  readonly rememberedReports: SubmissionReport[]
  /** By hash. */
  readonly cachedKeys: Map<string, CachedKey>
  readonly storedKeys: Map<string, KeyEntry>
  readonly diary: string[]
  readonly log: ApiEvent[]
  /** Upgrades that reached the stream, and the hints they came with. */
  readonly upgrades: { readonly request: Request; readonly hint: string }[]
  /** Waits for what was deferred. */
  readonly settled: () => Promise<void>
}

type Asking = Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> }

export type ApiUnderTest = {
  readonly api: ReturnType<typeof createApi>
  readonly world: World
  /** A request with the reader's key, unless `headers` say otherwise. */
  readonly ask: (path: string, init?: Asking) => Promise<Response>
}

/** An API with three feeds, a price of BTC in the cache, and one key that cache and database know. */
export function anApi(
  differing: { readonly settings?: Partial<ApiSettings>; readonly deps?: Partial<ApiDeps> } = {},
): ApiUnderTest {
  const { world, deferred } = aWorld()
  const deps = { ...depsOf(world, deferred), ...differing.deps }
  const api = createApi({ ...deps, settings: { ...deps.settings, ...differing.settings } })
  return {
    api,
    world,
    ask: async (path, init = {}) =>
      api.request(path, { ...init, headers: { 'X-API-Key': readerKey, ...init.headers } }),
  }
}

/** An API whose settings name no administrator. */
export function anApiWithoutAdmin(): ApiUnderTest['api'] {
  const { world, deferred } = aWorld()
  const { settings, ...deps } = depsOf(world, deferred)
  const { adminKeyHash: _adminKeyHash, ...open } = settings
  return createApi({ ...deps, settings: open })
}

function aWorld() {
  const deferred: Promise<void>[] = []
  const hash = sha256Hex(readerKey)
  const world: World = {
    nowMs: startMs,
    down: new Set(),
    cachedPrices: new Map([[btc, aCachedPrice()]]),
    feedPrices: new Map([[btc, aPriceRecord()]]),
    aggregates: new Map(),
    provenances: new Map(),
    rounds: new Map(),
    records: new Map(),
    toldValues: new Map(),
    storedReports: [],
    rememberedReports: [],
    cachedKeys: new Map([[hash, aCachedKey()]]),
    storedKeys: new Map([[hash, { ...aKeyRecord(), createdAtMs: 1 }]]),
    diary: [],
    log: [],
    upgrades: [],
    settled: async () => {
      await Promise.all(deferred)
    },
  }
  return { world, deferred }
}

function depsOf(world: World, deferred: Promise<void>[]): ApiDeps {
  let bytesGiven = 0
  return {
    settings: {
      mode: 'live',
      network: 'flare',
      schedule: networks.flare.schedule,
      tickMs: 30_000,
      staleAfterMs: 75_000,
      adminKeyHash: sha256Hex(adminKey),
      feeds: [btc, eth, flr].map(aFeed),
      version: '1.2.3',
    },
    cache: cacheOf(world),
    keys: keysOf(world),
    history: {
      insert: async () => undefined,
      ping: async () => undefined,
      latestAggregate: async (symbol) => {
        world.diary.push(`history ${symbol}`)
        mustBeUp(world, 'database')
        return world.aggregates.get(symbol)
      },
      aggregateOf: async (symbol, votingRoundId) => {
        world.diary.push(`history ${symbol} ${votingRoundId}`)
        mustBeUp(world, 'database')
        const row = world.aggregates.get(symbol)
        return row?.voting_round_id === votingRoundId ? row : undefined
      },
      submissions: async (limit, before) => {
        world.diary.push(`submissions ${limit}`)
        mustBeUp(world, 'database')
        return pageOf(world.storedReports, limit, before)
      },
    },
    rounds: {
      list: async (fromRound, toRound) => {
        world.diary.push(`rounds ${fromRound} to ${toRound}`)
        mustBeUp(world, 'rounds')
        return [...world.rounds.values()].filter(
          ({ votingRoundId }) => votingRoundId >= fromRound && votingRoundId <= toRound,
        )
      },
      record: async (votingRoundId) => {
        mustBeUp(world, 'rounds')
        return world.records.get(votingRoundId)
      },
      submissions: async (limit, before) => {
        mustBeUp(world, 'rounds')
        return pageOf(world.rememberedReports, limit, before)
      },
    },
    toldValues: {
      recall: async (keyId, round) => {
        world.diary.push(`recall ${round}`)
        mustBeUp(world, 'values')
        return world.toldValues.get(`${keyId} ${round}`)
      },
      tell: async (keyId, round, values) => {
        world.diary.push(`tell ${round}`)
        mustBeUp(world, 'values')
        const told = world.toldValues.get(`${keyId} ${round}`) ?? values
        world.toldValues.set(`${keyId} ${round}`, told)
        return told
      },
    },
    latestOfFeed: async (symbol) => {
      world.diary.push(`feed ${symbol}`)
      mustBeUp(world, 'feeds')
      return world.feedPrices.get(symbol)
    },
    provenanceOfFeed: async (symbol) => {
      world.diary.push(`provenance ${symbol}`)
      mustBeUp(world, 'feeds')
      const vote = world.provenances.get(symbol)
      const suspectedMirrors = [{ sources: ['a', 'b'], share: 0.9, ticks: 100 }]
      const coverage = { checked: 200, held: 190 }
      const intervals = { checked: 50, held: 49 }
      return vote && { vote, suspectedMirrors, coverage, intervals }
    },
    status: async () => {
      world.diary.push('status')
      return aStatus({ served_at: world.nowMs })
    },
    wanted: () => {
      world.diary.push('wanted')
    },
    joinStream: async (request, hint) => {
      mustBeUp(world, 'stream')
      world.upgrades.push({ request, hint })
      // 101 cannot be made outside of workerd.
      return new Response('joined')
    },
    expel: async (keyId) => {
      world.diary.push(`expel ${keyId}`)
      mustBeUp(world, 'stream')
    },
    aggregate,
    nowMs: () => world.nowMs,
    withDeadline,
    // 1, 2, 3, … so that no two keys are the same.
    randomBytes: (length) => Uint8Array.from({ length }, () => ++bytesGiven),
    sha256Hex: async (text) => sha256Hex(text),
    log: (event) => world.log.push(event),
    defer: (promise) => deferred.push(promise),
  }
}

function cacheOf(world: World): ApiDeps['cache'] {
  const windows = new Map<string, { count: number; resetAtMs: number }>()
  return {
    admit: async (hash, symbols, nowMs) => {
      world.diary.push(`admit ${symbols.join()}`)
      mustBeUp(world, 'cache')
      const open = windows.get(hash)
      const window = open && nowMs < open.resetAtMs ? open : { count: 0, resetAtMs: nowMs + 60_000 }
      window.count += 1
      windows.set(hash, window)
      const prices = new Map<FeedSymbol, CachedPrice>()
      for (const symbol of symbols) {
        const price = world.cachedPrices.get(symbol)
        if (price !== undefined) prices.set(symbol, price)
      }
      return { ...window, key: world.cachedKeys.get(hash), prices }
    },
    rememberKey: async (hash, key) => {
      world.diary.push('remember key')
      mustBeUp(world, 'cache')
      world.cachedKeys.set(hash, key)
    },
    forgetKey: async (hash) => {
      world.diary.push('forget key')
      mustBeUp(world, 'cache')
      world.cachedKeys.delete(hash)
    },
    publish: async () => undefined,
    read: async () => new Map(),
    countListeners: async () => undefined,
    ping: async () => undefined,
  }
}

function keysOf(world: World): ApiDeps['keys'] {
  return {
    find: async (hash) => {
      world.diary.push('find key')
      mustBeUp(world, 'database')
      const entry = world.storedKeys.get(hash)
      if (entry === undefined || entry.revokedAtMs !== undefined) return undefined
      const { createdAtMs: _createdAtMs, ...key } = entry
      return key
    },
    create: async ({ id, name, hash, limitPerMinute, scopes }) => {
      mustBeUp(world, 'database')
      const entry = {
        id,
        name,
        limit_per_minute: limitPerMinute,
        scopes,
        createdAtMs: world.nowMs,
      }
      world.storedKeys.set(hash, entry)
      return entry
    },
    list: async () => {
      mustBeUp(world, 'database')
      return [...world.storedKeys.values()]
    },
    revoke: async (id) => {
      world.diary.push('revoke key')
      mustBeUp(world, 'database')
      for (const [hash, entry] of world.storedKeys) {
        if (entry.id !== id) continue
        world.storedKeys.set(hash, { ...entry, revokedAtMs: world.nowMs })
        return hash
      }
      return undefined
    },
  }
}

function pageOf(
  reports: readonly SubmissionReport[],
  limit: number,
  before: { readonly atMs: number } | undefined,
): readonly SubmissionReport[] {
  return reports.filter(({ at }) => at < (before?.atMs ?? Infinity)).slice(0, limit)
}

function mustBeUp(world: World, what: Part): void {
  if (!world.down.has(what)) return
  if (what === 'cache') throw new CacheError('cache-unreachable', 'The cache is down.')
  if (what === 'database') throw new HistoryError('history-unreachable', 'Postgres is down.')
  // What a Durable Object throws arrives as a plain error.
  throw new Error(`The ${what} do not answer.`)
}
