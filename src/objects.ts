/**
 * The Durable Objects by their versioned names, behind plain functions with deadlines. A name never
 * changes its meaning: what must live elsewhere or forget everything gets a new version.
 */

import type { ApiDeps } from './api/deps.ts'
import type { ConsensusPolicy } from './core/consensus.ts'
import type { Listing } from './core/listing.ts'
import { withDeadline } from './deadline.ts'
import { sha256Hex } from './digest.ts'
import { exchanges } from './exchanges/registry.ts'
import type { FreezeDeps } from './freeze.ts'
import type { PollDeps, TickReport } from './poll.ts'
import type { SubmissionReport } from './protocol/bridge-wire.ts'
import type { FeedSymbol } from './protocol/feed.ts'
import type { SourceStatus } from './protocol/status.ts'
import type { PriceRecord } from './protocol/wire.ts'
import type { Collected, QuotingDeps } from './quoting.ts'
import type { RoundsDeps } from './rounds.ts'
import type { ScheduledEvent } from './schedule.ts'
import { type Place, planOf, vantagesOf } from './vantage.ts'
import { refugesOf, type Told, vantageStatus } from './vantage-status.ts'

/** A venue has this long to answer a tick, but never longer than to the next one. Milliseconds. */
const venueWithinMs = 4_000

/** A venue's deadline in a tick that has this long until the next one. Milliseconds. */
export function tickVenueMs(gapMs: number): number {
  return Math.min(venueWithinMs, gapMs * 0.6)
}

/** The way to a collector and back, beside a venue's deadline. Milliseconds. */
function wayMs(venueMs: number): number {
  return Math.min(2_000, venueMs * 0.5)
}

/** Any other object answers from its memory. Milliseconds. */
const answerWithinMs = 5_000

/**
 * One collector a vantage point.
 *
 * @param liveSources Sources that are listened to over WebSockets.
 */
export function collectorsOf(env: Env, liveSources: ReadonlySet<string>) {
  const vantages = vantagesOf(exchanges.values(), liveSources)
  const stubOf = ({ name, locationHint }: Place) => env.COLLECTOR.getByName(name, { locationHint })

  /** What a collector knows of its sources; nothing, and why, if it does not answer. */
  const statusAt = async (place: Place): Promise<Told> => {
    try {
      return { known: await withDeadline(stubOf(place).status(), answerWithinMs, place.name) }
    } catch (error) {
      return { known: [], silence: error instanceof Error ? error.message : String(error) }
    }
  }

  return {
    /** @param withinMs A venue's deadline. */
    collectors: (listings: readonly Listing[], withinMs: number): QuotingDeps['collectors'] =>
      vantages.map((vantage) => {
        const plan = planOf(vantage, listings, liveSources)
        return async (tickAtMs): Promise<Collected> => {
          const collecting = stubOf(vantage).collect(tickAtMs, plan, withinMs)
          return withDeadline(collecting, withinMs + wayMs(withinMs), vantage.name)
        }
      }),

    /** Every source that can be asked, at the place from where it is asked at present. */
    sourceStatus: async (): Promise<readonly SourceStatus[]> => {
      const told = vantages.map(async (vantage) => {
        const atHome = await statusAt(vantage)
        const abroad = await Promise.all(
          refugesOf(vantage, atHome.known).map(async (place) => (await statusAt(place)).known),
        )
        return vantageStatus(vantage, { ...atHome, abroad: abroad.flat() }, Date.now())
      })
      return (await Promise.all(told)).flat()
    },
  }
}

/** One feed a symbol. All vote by the same policy. */
export function feedsOf(env: Env, policy: ConsensusPolicy) {
  const stubOf = (symbol: FeedSymbol) => env.FEED.getByName(`feed:v2:${symbol.replace('/', '-')}`)

  const record: PollDeps['record'] = async (symbol, tick) =>
    withDeadline(stubOf(symbol).record({ symbol, ...tick, policy }), answerWithinMs, symbol)
  const latest: PollDeps['latest'] = async (symbol) =>
    withDeadline(stubOf(symbol).latest(), answerWithinMs, symbol)
  const windowVote: RoundsDeps['windowVote'] = async (symbol, window) =>
    withDeadline(stubOf(symbol).windowVote(window, policy), answerWithinMs, symbol)
  const consider: FreezeDeps['consider'] = async (symbol, quotes, atMs) =>
    withDeadline(stubOf(symbol).consider(quotes, policy, atMs), answerWithinMs, symbol)
  const provenance: ApiDeps['provenanceOfFeed'] = async (symbol) =>
    withDeadline(stubOf(symbol).provenance(), answerWithinMs, symbol)
  return { record, latest, windowVote, consider, provenance }
}

type Broadcast = {
  readonly listeners: ReadonlyMap<string, number>
  readonly failures: readonly unknown[]
}

/** The shards over which listeners are spread. */
export function streamOf(env: Env, shardCount: number) {
  const shards = Array.from({ length: shardCount }, (_, shard) => `stream:v1:${shard}`)

  /** What each shard answers, by its name; and why others did not. */
  async function everywhere<T>(ask: (shard: string) => Promise<T>) {
    const answers = new Map<string, T>()
    const failures: unknown[] = []
    await Promise.all(
      shards.map(async (shard) => {
        try {
          answers.set(shard, await withDeadline(ask(shard), answerWithinMs, shard))
        } catch (error) {
          failures.push(error)
        }
      }),
    )
    return { answers, failures }
  }

  return {
    /** Listeners that each shard told, by its name; and why others could not be told. */
    broadcast: async (tickAtMs: number, records: readonly PriceRecord[]): Promise<Broadcast> => {
      const { answers, failures } = await everywhere(
        async (shard) => (await env.STREAM.getByName(shard).broadcast(tickAtMs, records)).listeners,
      )
      return { listeners: answers, failures }
    },

    /** Tells every listener what became of our calls on chain; returns why shards could not be told. */
    announce: async (reports: readonly SubmissionReport[]): Promise<readonly unknown[]> =>
      (await everywhere(async (shard) => env.STREAM.getByName(shard).announce(reports))).failures,

    /** Shows out all who listen with a key; returns why shards could not be told. */
    expel: async (keyId: string): Promise<readonly unknown[]> =>
      (await everywhere(async (shard) => env.STREAM.getByName(shard).expel(keyId))).failures,

    /** @param clientHint The same hint leads to the same shard. */
    joinStream: async (request: Request, clientHint: string): Promise<Response> => {
      const shard = `stream:v1:${hashOf(clientHint) % shardCount}`
      return env.STREAM.getByName(shard).fetch(request)
    },
  }
}

/** The book of what has begun and ended. */
export function bookOf(env: Env, nowMs: () => number) {
  const stub = () => env.SCHEDULE.getByName('schedule:v1')
  const withinTime = async <P extends Promise<unknown>>(work: P): Promise<Awaited<P>> =>
    withDeadline(work, answerWithinMs, 'The schedule')

  return {
    begin: async ({ kind, atMs }: ScheduledEvent): Promise<'begun' | 'doubled'> =>
      withinTime(stub().begin(kind, atMs, nowMs())),
    endTick: async (
      { atMs }: ScheduledEvent,
      report: TickReport,
      tookMs: number,
    ): Promise<void> => {
      const summary = {
        accepted: report.acceptedIds.length,
        ids_sha256: await idsDigest(report.acceptedIds),
        kept: report.kept,
        refused: report.refused,
        priced: report.priced,
        alerts: report.noted.alerts,
        intervals: { checked: report.noted.checked, held: report.noted.held },
        took_ms: tookMs,
      }
      await withinTime(stub().endTick(atMs, summary))
    },
    end: async ({ kind, atMs }: ScheduledEvent): Promise<void> =>
      withinTime(stub().end(kind, atMs)),
    skip: async (ticks: readonly ScheduledEvent[]): Promise<number> =>
      withinTime(stub().skip(ticks.map(({ atMs }) => atMs))),
    report: async () => withinTime(stub().report()),
    want: async (untilMs: number): Promise<void> => withinTime(stub().want(untilMs)),
    wantedUntilMs: async (): Promise<number> => withinTime(stub().wantedUntilMs()),
  }
}

/** SHA-256 over ids in ascending order, each followed by a line feed; hex. */
async function idsDigest(ids: readonly string[]): Promise<string> {
  const lines = ids.toSorted().map((id) => `${id}\n`)
  return sha256Hex(lines.join(''))
}

/** FNV-1a: spreads listeners evenly and always alike. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93) >>> 0
  }
  return hash
}
