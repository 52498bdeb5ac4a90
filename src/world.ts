/**
 * The real world, joined once an isolate: the environment's bindings behind the functions that a
 * tick, a round, a minute of cron and the routes ask for. It joins and decides nothing.
 */

import packageJson from '../package.json' with { type: 'json' }
import { aggregate } from './api/aggregate.ts'
import type { ApiDeps } from './api/deps.ts'
import { bridgeDeps } from './bridge-world.ts'
import type { PriceCache } from './cache/cache.ts'
import { upstashCache } from './cache/upstash.ts'
import { catalogue, listings, symbols } from './catalogue.ts'
import { catalogueProblems, thinFeeds } from './catalogue/problems.ts'
import { type Settings, settingsOf } from './config.ts'
import type { ConsensusPolicy } from './core/consensus.ts'
import type { CronDeps } from './cron.ts'
import { withDeadline } from './deadline.ts'
import { demandTeller } from './demand.ts'
import { sha256Hex } from './digest.ts'
import { exchanges } from './exchanges/registry.ts'
import type { Batch, History, KeyStore } from './history/history.ts'
import { neonHistory } from './history/neon.ts'
import { neonKeyStore } from './history/neon-keys.ts'
import { drainSpilled, keepBatch, type Kept, sweepSpill } from './history/spill.ts'
import { housePolicy } from './house-policy.ts'
import { inboxes, ingestPorts } from './ingest-world.ts'
import { type Log, logOf } from './log.ts'
import { bookOf, collectorsOf, feedsOf, streamOf, tickVenueMs } from './objects.ts'
import { type PollDeps, runTick } from './poll.ts'
import type { QuotingDeps } from './quoting.ts'
import { type RoundMemories, roundMemoryOf } from './round-memory.ts'
import { closeRound, type RoundsDeps } from './rounds.ts'
import { spillStore } from './spill-store.ts'
import { statusTeller } from './status.ts'
import { valueMemoryOf } from './value-memory.ts'

export type World = {
  readonly cron: CronDeps
  /** Hands a spilled batch to history. Throws while history is down. */
  readonly drain: (key: string) => Promise<unknown>
  readonly api: ApiDeps
}

type Parts = {
  readonly env: Env
  readonly settings: Settings
  readonly policy: ConsensusPolicy
  readonly cache: PriceCache
  readonly history: History
  readonly keys: KeyStore
  readonly keep: (batch: Batch, name: string) => Promise<Kept>
  readonly quoting: Pick<QuotingDeps, 'sha1' | 'nowMs' | 'workerId'>
  readonly log: Log
}

const nowMs = (): number => Date.now()

/**
 * @param defer Keeps the invocation alive until a promise has settled.
 * @throws {Error} if settings or the catalogue make no sense.
 */
export async function worldOf(env: Env, defer: ApiDeps['defer']): Promise<World> {
  const settings = settingsOf(env)
  const problems = catalogueProblems(catalogue, new Set(exchanges.keys()))
  if (problems.length > 0) throw new Error(`The catalogue makes no sense. ${problems.join(' ')}`)
  const { databaseUrl, neonFetchEndpoint: fetchEndpoint } = settings
  const neon = { databaseUrl, ...(fetchEndpoint === undefined ? {} : { fetchEndpoint }) }
  const history = neonHistory(neon)
  const log = logOf(settings.mode)
  const thin = thinFeeds(catalogue)
  if (thin.length > 0) log({ event: 'thin-feeds-found', feeds: thin })
  const spill = { ...spillStore(env), insert: history.insert, ping: history.ping, log }
  const parts: Parts = {
    env,
    settings,
    policy: housePolicy,
    cache: upstashCache(settings.upstash),
    history,
    keys: neonKeyStore(neon),
    keep: async (batch, name) => keepBatch(batch, name, spill),
    quoting: {
      sha1: async (bytes) => crypto.subtle.digest('SHA-1', bytes),
      nowMs,
      workerId: `chrono-${crypto.randomUUID()}`,
    },
    log,
  }
  const sweep = async (): Promise<number> => sweepSpill(nowMs(), spill)
  return {
    cron: cronDeps(parts, sweep),
    drain: async (key) => drainSpilled(key, spill),
    api: await apiDeps(parts, defer),
  }
}

function cronDeps(parts: Parts, sweep: CronDeps['sweep']): CronDeps {
  const { env, settings, log } = parts
  const { begin, endTick, end, skip, wantedUntilMs } = bookOf(env, nowMs)
  const poll = pollDeps(parts)
  const { released, forget, bridge } = roundMemoryOf(env, settings.network.name)
  const rounds: RoundsDeps = {
    symbols,
    windowMs: settings.windowMs,
    windowVote: feedsOf(env, parts.policy).windowVote,
    released,
    forget,
    keep: parts.keep,
    log,
  }
  return {
    mode: settings.mode,
    cadence: {
      schedule: settings.network.schedule,
      tickMs: settings.tickMs,
      demandTickMs: settings.demandTickMs,
    },
    nowMs,
    sleepUntil: async (atMs) => scheduler.wait(Math.max(0, atMs - nowMs())),
    begin,
    endTick,
    end,
    skip,
    tick: async (atMs, gapMs) => runTick(atMs, { ...poll(gapMs), keep: parts.keep }),
    refresh: async (atMs, gapMs) => runTick(atMs, poll(gapMs)),
    wantedUntilMs,
    closeRound: async (votingRoundId, atMs) => {
      const [report] = await Promise.all([
        closeRound(votingRoundId, atMs, rounds),
        missBridge(bridge, log),
      ])
      return report
    },
    sweep,
    log,
  }
}

/** Says once a round that nobody commits any more. Never throws. */
async function missBridge(presence: RoundMemories['bridge'], log: Parts['log']): Promise<void> {
  // A memory that is away says nothing of the bridge.
  const bridge = await presence(nowMs()).catch(() => undefined)
  if (bridge?.isSilent !== true) return
  log({ event: 'bridge-missed', heardAtMs: bridge.heardAtMs, standbys: bridge.standbys })
}

/** A tick's world but for history, by how long it has until the next one. Milliseconds. */
function pollDeps({ env, settings, policy, cache, quoting, log }: Parts) {
  const { broadcast } = streamOf(env, settings.streamShards)
  const { record, latest } = feedsOf(env, policy)
  const { collectors } = collectorsOf(env, settings.liveSources)
  return (gapMs: number): PollDeps => ({
    ...quoting,
    record,
    latest,
    listings,
    collectors: [...collectors(listings, tickVenueMs(gapMs)), ...inboxes(env, settings)],
    broadcast: async (tickAtMs, records) => {
      const { listeners, failures } = await broadcast(tickAtMs, records)
      await cache.countListeners(listeners).catch((error: unknown) => {
        log({ event: 'listeners-not-counted', reason: String(error) })
      })
      if (failures.length > 0) throw failures[0]
    },
    publish: cache.publish,
    log,
  })
}

async function apiDeps(parts: Parts, defer: ApiDeps['defer']): Promise<ApiDeps> {
  const { env, settings, policy, cache, history, keys, log } = parts
  const { adminKey, bridgeSecret } = settings
  const ingest = await ingestPorts(parts)
  return {
    settings: {
      mode: settings.mode,
      network: settings.network.name,
      schedule: settings.network.schedule,
      tickMs: settings.tickMs,
      staleAfterMs: settings.staleAfterMs,
      ...(adminKey === undefined ? {} : { adminKeyHash: await sha256Hex(adminKey) }),
      feeds: catalogue,
      version: packageJson.version,
    },
    cache,
    keys,
    history,
    rounds: roundMemoryOf(env, settings.network.name),
    toldValues: valueMemoryOf(env, settings.network.name),
    ...(bridgeSecret === undefined ? {} : { bridge: await bridgeDeps(bridgeSecret, parts) }),
    ...(ingest === undefined ? {} : { ingest }),
    latestOfFeed: feedsOf(env, policy).latest,
    provenanceOfFeed: feedsOf(env, policy).provenance,
    status: statusTeller({
      settings,
      feeds: catalogue.length,
      nowMs,
      pingCache: cache.ping,
      pingHistory: history.ping,
      thinFeeds: thinFeeds(catalogue),
      sources: collectorsOf(env, settings.liveSources).sourceStatus,
      ticks: bookOf(env, nowMs).report,
      bridge: roundMemoryOf(env, settings.network.name).bridge,
    }),
    wanted: demandTeller({ nowMs, want: bookOf(env, nowMs).want, defer, log }),
    joinStream: streamOf(env, settings.streamShards).joinStream,
    expel: async (keyId) => {
      const failures = await streamOf(env, settings.streamShards).expel(keyId)
      if (failures.length > 0) throw failures[0]
    },
    aggregate,
    nowMs,
    withDeadline,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    sha256Hex,
    log,
    defer,
  }
}
