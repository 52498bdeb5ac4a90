/** `chrono-bridge run`: joins the real things, and runs until it is told to stop. */

import type { Address } from 'viem'
import { adoptionChore } from './adoption.ts'
import { armingOf } from './arming.ts'
import { batchOver } from './chain/batch.ts'
import type { FlareChain } from './chain/flare.ts'
import { nodeAt } from './chain/nodes.ts'
import { type Chore, choresOf, keepUp } from './chores.ts'
import { httpCompanion } from './companions/http-companion.ts'
import { type ConnectDeps, connectedChain } from './connect.ts'
import { type EndWish, endWish } from './end-wish.ts'
import { guardOf } from './guarding.ts'
import { headsOf } from './heads.ts'
import { type AutomaticDeps, registerChore } from './housekeeping/automatic.ts'
import { type Journal, openJournal } from './journal/journal.ts'
import { owedReveals } from './journal/rounds.ts'
import { leaseHolding } from './lease.ts'
import { type Desk, openDesk } from './ledger/desk.ts'
import { ledgerChore } from './ledger/watch.ts'
import { counted, type Log } from './log.ts'
import { type MetricsPage, metricsPage } from './metrics.ts'
import { type MetricsPort, openMetrics } from './metrics-port.ts'
import { type Observations, openObservations } from './observations/observations.ts'
import { observerOf } from './observer/observe.ts'
import type { Observer } from './observer/observer.ts'
import { nudgeOver } from './nudge.ts'
import { openingKeyring, type OpeningKeys } from './open-keys.ts'
import { paceOf } from './pace.ts'
import { payingKeys } from './paying-keys.ts'
import { breakerOf, brokenKeys } from './policy/breaker.ts'
import { lastMedians } from './policy/last-medians.ts'
import { askHidden } from './prompt.ts'
import { randomOf } from './random.ts'
import { rootsOf } from './roots/roots.ts'
import { loopOf } from './run.ts'
import { runBoth } from './run-both.ts'
import { type Environment, optionalSecretOf, secretOf } from './secrets.ts'
import type { Settings } from './settings.ts'
import { standbyChore } from './standby.ts'
import { workerClient } from './worker-client.ts'
import type { World } from './world.ts'

export type Surroundings = {
  readonly env: Environment
  readonly log: Log
  /** Is given what to call when the process is told to end. */
  readonly onEnd: (end: () => void) => void
  /** Opens the journal; a soak hands in one that can be made to die at a write. */
  readonly openJournal?: typeof openJournal
  /** Opens the keys; a soak hands in what writes down what they are asked for. */
  readonly openingKeyring?: typeof openingKeyring
}

/** What is secret, or opened by a secret. */
type Held = {
  readonly keys: OpeningKeys
  /** The devices of keys that are on one. */
  readonly desk: Desk
  readonly operatorSecret: string
  readonly bridgeSecret: string
  readonly companionApiKey: string | undefined
}

/** The last reports have this long to be delivered at the end; the rest waits in the journal. */
const lastDeliveryMs = 2_000

/**
 * Runs the bridge until it is told to end and owes nothing any more.
 *
 * @throws {OracleError} if it cannot start: settings, secrets, keystore, journal, or another chain.
 */
export async function runBridge(settings: Settings, given: Surroundings): Promise<void> {
  const { chainId } = settings.network
  const metrics = metricsPage()
  const around = { ...given, log: counted(given.log, metrics.logged) }
  // What can be wrong without any network is found first.
  const held = await heldBy(settings, around)
  const signers = held.keys.keyring.keys().map(({ address }) => address)
  const open = around.openJournal ?? openJournal
  const journal = open(settings.journalFile, { chainId, signers })
  const ended = new AbortController()
  let observations: Observations | undefined
  let port: MetricsPort | undefined
  try {
    observations = openObservations(settings.observationsFile, { chainId })
    metrics.watchDevices(() =>
      held.desk.sessions.map((session) => ({
        device: session.name(),
        state: session.state().kind,
      })),
    )
    const { sleep } = nudgeOver(ended.signal)
    port = await openMetrics(settings.metricsPort, { text: metrics.text, sleep, log: around.log })
    await withJournal({ settings, around, held, journal, observations, metrics, ended })
    await held.keys.allOpen
  } finally {
    ended.abort()
    port?.close()
    observations?.close()
    journal.close()
    held.desk.end()
  }
  around.log({ event: 'bridge-stopped' })
}

type Parts = {
  readonly settings: Settings
  readonly around: Surroundings
  readonly held: Held
  readonly journal: Journal
  readonly observations: Observations
  readonly metrics: MetricsPage
  readonly ended: AbortController
}

async function withJournal(parts: Parts): Promise<void> {
  const { settings, around, journal, observations, ended } = parts
  const { network, rpcUrls, balanceAlarmWei } = settings
  const { log } = around
  const { nodeMs } = paceOf(network.schedule)
  const nodes = rpcUrls.map((url) => nodeAt(url, network.chainId, nodeMs))
  const { sleep, wake } = nudgeOver(ended.signal)
  const isEnding = () => ended.signal.aborted
  const wish = endWish()
  around.onEnd(() => {
    wish.ask()
    wake()
  })

  const { submitOpen, allOpen } = parts.held.keys
  // A key that cannot be opened ends the bridge, after what it owes.
  allOpen.catch((error: unknown) => {
    log({ event: 'key-not-opened', reason: String(error) })
    wish.ask()
    wake()
  })
  const chain = await chainFor(
    journal,
    { nodes, network, observations, log, sleep, steadyMs },
    wish,
  )
  await submitOpen
  if (chain === undefined) return

  const batch = batchOver(fetch, nodeMs)
  const pace = paceOf(network.schedule)
  const observed = { network, nodes: chain.nodes, chain, observations }
  const observer = observerOf({ ...observed, batch, pace, log })
  const world = worldOf(parts, { chain, observer }, sleep)
  parts.metrics.watchNodes(() => nodes.length - chain.nodes.length)
  parts.metrics.watchBreaker(() => brokenKeys(world))
  const loop = loopOf(world)
  const relay = settings.relay === 'off' ? {} : { relay: chain.relay }
  const roots = rootsOf({ world, observer, metrics: parts.metrics, ...relay })
  wish.tell(() => {
    loop.stop()
    roots.stop()
  })
  log({ event: 'bridge-started', ...selfOf(world) })
  const payers = payingKeys(settings)
  const chores = choresOf({ ...world, chain, balanceAlarmWei, payers }, world.onBalance)
  const spare = [standbyChore(world), adoptionChore({ ...world, heads: headsOf(world) })]
  parts.held.desk.listen()
  const watches = parts.held.desk.sessions.map(ledgerChore)
  const others = [world.arm, loop.watch, observer.advance, observer.confirm, chain.watchNodes]
  const own = registering(parts, { world, chain, nodes: chain.nodes, isEnding })
  const kept = [...chores, ...spare, ...watches, ...others, ...own].map((chore) =>
    keepUp(chore, { sleep, log, pace: world.pace, isEnding }),
  )
  const woken = () => {
    roots.end()
    wake()
  }
  await runBoth(loop, { ...roots, end: woken })
  await lastDelivered(journal, sleep)
  ended.abort()
  await Promise.all(kept)
}

/** Waits for the last reports; what is not delivered by then waits in the journal. */
async function lastDelivered({ outbox }: Journal, sleep: World['sleep']): Promise<void> {
  const untilMs = performance.now() + lastDeliveryMs
  while (outbox.length() > 0 && performance.now() < untilMs) await sleep(100)
}

/** What registers by itself, if the settings say so. */
function registering(
  { settings, metrics }: Parts,
  { world, ...around }: Pick<AutomaticDeps, 'chain' | 'nodes' | 'isEnding'> & { world: World },
): readonly Chore[] {
  if (settings.register === 'off') return []
  const { keyring, lease, log } = world
  const isActing = () => lease.token() !== undefined
  const { registrationSeen } = metrics
  return [
    registerChore({ ...around, settings, keyring, isActing, steadyMs, log, registrationSeen }),
  ]
}

/** Who this bridge is, for the log. */
function selfOf({ network, keyring, journal }: World) {
  return {
    network: network.name,
    chain_id: network.chainId,
    round_seconds: network.schedule.roundSec,
    keys: keyring.keys().map(({ role, address }) => ({ role, address })),
    signs_roots: keyring.keys().some(({ role }) => role === 'signingPolicy'),
    holder: journal.holder,
  }
}

/** The chain that the journal is of, which is bound to it once that is sure. */
async function chainFor(journal: Journal, deps: ConnectDeps, wish: EndWish) {
  const owesReveal = () => owedReveals(journal).length > 0
  const genesisHash = journal.genesisHash()
  const chain = await connectedChain({ ...deps, genesisHash, owesReveal }, wish)
  if (chain?.isGenesisSure === true) journal.bindGenesis(chain.genesisHash)
  return chain
}

/** The world, and what keeps it up to date. */
type Joined = World & {
  readonly arm: Chore
  readonly onBalance: (address: Address, wei: bigint) => void
}

const steadyMs = () => performance.now()

function worldOf(
  { settings, around, held, journal, metrics }: Parts,
  { chain, observer }: { readonly chain: FlareChain; readonly observer: Observer },
  sleep: World['sleep'],
): Joined {
  const { network, feePolicy, dailyBudgetWei, workerUrl: url } = settings
  const { log } = around
  const { operatorSecret } = held
  const { keyring } = held.keys
  const { chainId } = network
  const pace = paceOf(network.schedule)
  const nowMs = () => Date.now()
  const worker = workerClient({ url, secret: held.bridgeSecret, fetch, nowMs })
  const lease = leaseHolding({
    worker,
    holder: journal.holder,
    nowMs,
    steadyMs,
    marginMs: pace.workerMs,
    retryMs: pace.retryMs * 2,
    deadlineMs: pace.workerMs,
    log,
  })
  const mediansBefore = (votingRoundId: number) => lastMedians(observer, votingRoundId)
  const balances = new Map<Address, bigint>()
  const arming = armingOf({ chain, journal, keyring, network, nowMs, log })
  return {
    nowMs,
    steadyMs,
    sleep,
    chain,
    worker,
    keyring,
    journal,
    lease,
    isArmed: arming.isArmed,
    arm: arming.chore,
    balanceWei: (address) => balances.get(address),
    onBalance: (address, wei) => void balances.set(address, wei),
    randomOf: (submitAddress, votingRoundId) =>
      randomOf(operatorSecret, { chainId, submitAddress, votingRoundId }),
    guard: guardOf({ mediansBefore, policy: settings.guardPolicy, log, metrics }),
    breaker: breakerOf({ steadyMs, roundMs: network.schedule.roundSec * 1_000, log }),
    companions: settings.companions.map((companion) =>
      httpCompanion({
        ...companion,
        fetch,
        ...(held.companionApiKey !== undefined && { apiKey: held.companionApiKey }),
      }),
    ),
    log,
    metrics,
    network,
    feePolicy,
    dailyBudgetWei,
    pace,
  }
}

async function heldBy(settings: Settings, given: Surroundings): Promise<Held> {
  const { env, log } = given
  const operatorSecret = secretOf('operatorSecret', env)
  const bridgeSecret = secretOf('bridgeSecret', env)
  const { chainId } = settings.network
  const terminal = { input: process.stdin, output: process.stderr }
  const ask = (question: string) => askHidden(question, terminal)
  const desk = await openDesk(settings.keys, { chainId, log })
  const deps = { chainId, env, ask, ledgerSigner: desk.signerOf }
  const open = given.openingKeyring ?? openingKeyring
  const keys = await open(settings.keys, deps)
  const companionApiKey = optionalSecretOf('companionApiKey', env)
  return { keys, desk, operatorSecret, bridgeSecret, companionApiKey }
}
