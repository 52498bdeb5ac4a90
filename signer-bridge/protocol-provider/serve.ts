/**
 * `chrono-bridge serve-protocol`: joins the real things behind the protocol data provider. It is
 * asked before any node answers, since reveals need none, and ends at once, since all is on the disk.
 */

import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Address } from 'viem'
import type { Arming } from '../arming.ts'
import { batchOver } from '../chain/batch.ts'
import { ChainError } from '../chain/chain.ts'
import type { FlareChain } from '../chain/flare.ts'
import { nodeAt } from '../chain/nodes.ts'
import { FeedListError } from '../chain/reward-epochs.ts'
import {
  type Chore,
  contractsChore,
  epochsChore,
  keepUp,
  leaseChore,
  outboxChore,
  pruneChore,
} from '../chores.ts'
import { connectedChain } from '../connect.ts'
import type { Surroundings } from '../daemon.ts'
import { endWish } from '../end-wish.ts'
import { guardOf } from '../guarding.ts'
import { type Heads, headsOf } from '../heads.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { owedReveals } from '../journal/rounds.ts'
import { leaseHolding } from '../lease.ts'
import { counted } from '../log.ts'
import { type MetricsPage, metricsPage } from '../metrics.ts'
import { openMetrics } from '../metrics-port.ts'
import { type Observations, openObservations } from '../observations/observations.ts'
import { observerOf } from '../observer/observe.ts'
import type { Observer } from '../observer/observer.ts'
import { paceOf } from '../pace.ts'
import { unarmed, viewRefusal } from '../preflight.ts'
import { lastMedians } from '../policy/last-medians.ts'
import { randomOf } from '../random.ts'
import { optionalSecretOf, secretOf } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import { workerClient } from '../worker-client.ts'
import { providerArming } from './arming.ts'
import { endingsChore, headChore } from './chores.ts'
import { listen } from './listen.ts'
import { protocolProvider } from './provider.ts'
import { providerRoutes } from './routes.ts'

/** Whatever is under way at the end has this long. What it leaves undone is done after the start. */
const endingMs = 1_000

/**
 * Serves until it is told to end.
 *
 * @throws {OracleError} if it cannot start: settings, secrets, journal, port, or another chain.
 */
export async function serveProtocol(settings: Settings, given: Surroundings): Promise<void> {
  const { chainId } = settings.network
  const metrics = metricsPage()
  const around = { ...given, log: counted(given.log, metrics.logged) }
  const secrets = {
    operatorSecret: secretOf('operatorSecret', around.env),
    bridgeSecret: secretOf('bridgeSecret', around.env),
    apiKey: optionalSecretOf('protocolApiKey', around.env),
  }
  const signers = settings.keys.map(({ address }) => address)
  const ended = new AbortController()
  const closing: (() => void)[] = [() => ended.abort()]
  try {
    const journal = openJournal(settings.journalFile, { chainId, signers })
    closing.unshift(journal.close)
    const observations = openObservations(settings.observationsFile, { chainId })
    closing.unshift(observations.close)
    const parts = { settings, around, secrets, journal, observations, metrics, ended }
    const world = worldOf(parts)
    const { sleep, log } = world
    const port = await openMetrics(settings.metricsPort, { text: metrics.text, sleep, log })
    closing.unshift(port.close)
    const server = await listen(
      routesOf(parts, world),
      settings.protocolProvider,
      secrets.apiKey !== undefined,
    )
    closing.unshift(() => closeAtOnce(server))
    around.log({
      event: 'provider-started',
      network: settings.network.name,
      chain_id: chainId,
      address: server.address(),
      needs_key: secrets.apiKey !== undefined,
      submit_addresses: submitAddressesIn(settings),
      holder: journal.holder,
    })
    await keepGoing(parts, world)
  } finally {
    for (const close of closing) close()
  }
  around.log({ event: 'provider-stopped' })
}

type Parts = {
  readonly settings: Settings
  readonly around: Surroundings
  readonly secrets: {
    readonly operatorSecret: string
    readonly bridgeSecret: string
    readonly apiKey: string | undefined
  }
  readonly journal: Journal
  readonly observations: Observations
  readonly metrics: MetricsPage
  readonly ended: AbortController
}

/** What is there once a node has answered. */
type Reached = {
  readonly chain: FlareChain
  readonly observer: Observer
  readonly arming: Arming
}

type ProviderWorld = ReturnType<typeof worldOf>

function worldOf({ settings, around, secrets, journal, metrics, ended }: Parts) {
  const { network, workerUrl: url } = settings
  const { chainId } = network
  const { log } = around
  const pace = paceOf(network.schedule)
  const nowMs = () => Date.now()
  const steadyMs = () => performance.now()
  const worker = workerClient({ url, secret: secrets.bridgeSecret, fetch, nowMs })
  let reached: Reached | undefined
  const chain = {
    head: () => reached?.chain.head() ?? Promise.reject(notReached()),
    feedsOf: (votingRoundId: number) => {
      if (reached !== undefined) return reached.chain.feedsOf(votingRoundId)
      throw new FeedListError('search-outdated', notReached().message)
    },
  }
  const heads: Heads = headsOf({ nowMs, steadyMs, chain, log, metrics })
  return {
    nowMs,
    steadyMs,
    pace,
    network,
    log,
    metrics,
    journal,
    worker,
    chain,
    heads,
    moment: heads.moment,
    observer: () => reached?.observer,
    isArmed: () => reached?.arming.isArmed() ?? false,
    guard: guardOf({
      mediansBefore: (votingRoundId) =>
        reached === undefined ? [] : lastMedians(reached.observer, votingRoundId),
      policy: settings.guardPolicy,
      log,
      metrics,
    }),
    reach: (now: Reached) => {
      reached = now
    },
    sleep: async (ms: number) => {
      // A pause that ends early is a pause all the same.
      await pause(ms, undefined, { signal: ended.signal }).catch(() => undefined)
    },
    lease: leaseHolding({
      worker,
      holder: journal.holder,
      nowMs,
      steadyMs: () => performance.now(),
      marginMs: pace.workerMs,
      retryMs: pace.retryMs * 2,
      deadlineMs: pace.workerMs,
      log,
    }),
    randomOf: (submitAddress: Address, votingRoundId: number) =>
      randomOf(secrets.operatorSecret, { chainId, submitAddress, votingRoundId }),
  }
}

function notReached(): ChainError {
  return new ChainError('chain-unreachable', 'No node has answered yet.')
}

function routesOf({ settings, secrets, around, journal }: Parts, world: ProviderWorld) {
  const { withFinalizationData, basePath } = settings.protocolProvider
  const { heads, lease, pace } = world
  const refusal = () => {
    const driftMs = heads.driftMs()
    return viewRefusal({
      ...heads.moment(),
      ...(driftMs !== undefined && { driftMs }),
      maxHeadAgeMs: pace.maxHeadAgeMs,
      hasLease: lease.token() !== undefined,
    })
  }
  return providerRoutes({
    provider: protocolProvider({ ...world, refusal, withFinalizationData }),
    health: () => {
      const reason = refusal() ?? (world.isArmed() ? undefined : unarmed)
      return {
        status: reason === undefined ? 'ok' : 'degraded',
        ...(reason !== undefined && { reason }),
        reveals_owed: owedReveals(journal).length,
      }
    },
    submitAddresses: submitAddressesIn(settings),
    apiKey: secrets.apiKey,
    basePath,
    log: around.log,
  }).fetch
}

/** Does what goes on beside the questions, until the process is told to end. */
async function keepGoing(parts: Parts, world: ProviderWorld): Promise<void> {
  const { settings, around, journal, observations, metrics, ended } = parts
  const { network, rpcUrls } = settings
  const { sleep, log, pace, heads, steadyMs } = world
  const isEnding = () => ended.signal.aborted
  const kept: Promise<void>[] = []
  const keep = (chores: readonly Chore[]) => {
    kept.push(...chores.map((chore) => keepUp(chore, { sleep, log, pace, isEnding })))
  }
  const wish = endWish()
  const end = new Promise<undefined>((resolve) => {
    around.onEnd(() => {
      wish.ask()
      ended.abort()
      resolve(undefined)
    })
  })

  keep([
    leaseChore(world),
    outboxChore(world),
    headChore(heads, world),
    endingsChore(world),
    pruneChore(world),
  ])
  const nodes = rpcUrls.map((url) => nodeAt(url, network.chainId, pace.nodeMs))
  const genesisHash = journal.genesisHash()
  const owesReveal = () => owedReveals(journal).length > 0
  const connecting = { nodes, network, observations, genesisHash, owesReveal, log }
  const chain = await Promise.race([connectedChain({ ...connecting, sleep, steadyMs }, wish), end])
  if (chain === undefined) return
  if (chain.isGenesisSure) journal.bindGenesis(chain.genesisHash)
  const batch = batchOver(fetch, pace.nodeMs)
  const observer = observerOf({
    network,
    nodes: chain.nodes,
    chain,
    observations,
    batch,
    pace,
    log,
  })
  const { keys: addresses } = settings
  const arming = providerArming({ ...world, journal, chain, observer, addresses })
  world.reach({ chain, observer, arming })
  metrics.watchNodes(() => nodes.length - chain.nodes.length)
  keep([epochsChore({ chain, pace }), contractsChore({ chain }), observer.advance, arming.chore])
  keep([observer.confirm, chain.watchNodes])
  await end
  const over = new AbortController()
  const late = pause(endingMs, undefined, { signal: over.signal }).catch(() => undefined)
  await Promise.race([Promise.all(kept), late])
  over.abort()
}

function submitAddressesIn({ keys }: Settings): readonly Address[] {
  return keys.filter(({ role }) => role === 'submit').map(({ address }) => address)
}

function closeAtOnce(server: Server): void {
  server.closeAllConnections()
  server.close()
}
