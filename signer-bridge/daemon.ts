/** `chrono-bridge run`: joins the real things, and runs until it is told to stop. */

import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { ChainError } from './chain/chain.ts'
import { connectFlare, type FlareChain } from './chain/flare.ts'
import { nodeAt } from './chain/nodes.ts'
import { choresOf, keepUp } from './chores.ts'
import { type EndWish, endWish } from './end-wish.ts'
import { type Journal, openJournal } from './journal/journal.ts'
import { readKeystore, unlock } from './keystore.ts'
import { leaseHolding } from './lease.ts'
import type { Log } from './log.ts'
import { metricsPage, serveMetrics } from './metrics.ts'
import { paceOf } from './pace.ts'
import { randomOf } from './random.ts'
import { loopOf } from './run.ts'
import { type Environment, secretOf } from './secrets.ts'
import type { Settings } from './settings.ts'
import type { Signer } from './signer.ts'
import { workerClient } from './worker-client.ts'
import type { World } from './world.ts'

export type Surroundings = {
  readonly env: Environment
  readonly log: Log
  /** Is given what to call when the process is told to end. */
  readonly onEnd: (end: () => void) => void
}

/** What is secret, or opened by a secret. */
type Held = {
  readonly signer: Signer
  readonly operatorSecret: string
  readonly bridgeSecret: string
}

/** The last reports have this long to be delivered at the end; the rest waits in the journal. */
const lastDeliveryMs = 2_000

/**
 * Runs the bridge until it is told to end and owes nothing any more.
 *
 * @throws {OracleError} if it cannot start: settings, secrets, keystore, journal, or another chain.
 */
export async function runBridge(settings: Settings, around: Surroundings): Promise<void> {
  const { submitAddress } = settings
  const { chainId } = settings.network
  // What can be wrong without any network is found first.
  const held = await heldBy(settings, around.env)
  const journal = openJournal(settings.journalFile, { chainId, submitAddress })
  const ended = new AbortController()
  let server: Server | undefined
  try {
    const metrics = metricsPage()
    if (settings.metricsPort !== undefined) {
      server = await serveMetrics(metrics, settings.metricsPort)
      around.log({ event: 'metrics-served', address: server.address() })
    }
    await withJournal({ settings, around, held, journal, metrics, ended })
  } finally {
    ended.abort()
    server?.closeAllConnections()
    server?.close()
    journal.close()
  }
  around.log({ event: 'bridge-stopped' })
}

type Parts = {
  readonly settings: Settings
  readonly around: Surroundings
  readonly held: Held
  readonly journal: Journal
  readonly metrics: World['metrics']
  readonly ended: AbortController
}

async function withJournal(parts: Parts): Promise<void> {
  const { settings, around, journal, ended } = parts
  const { log } = around
  let nudge = new AbortController()
  const sleep = async (ms: number) => {
    const signal = AbortSignal.any([ended.signal, nudge.signal])
    // A pause that ends early is a pause all the same.
    await pause(ms, undefined, { signal }).catch(() => undefined)
  }
  const isEnding = () => ended.signal.aborted
  const wish = endWish()
  around.onEnd(() => {
    wish.ask()
    nudge.abort()
    nudge = new AbortController()
  })

  const chain = await connected(parts, wish, sleep)
  if (chain === undefined) return
  journal.bindGenesis(chain.genesisHash)

  let balanceWei: bigint | undefined
  const world: World = { ...worldOf(parts, chain, sleep), balanceWei: () => balanceWei }
  const loop = loopOf(world)
  wish.tell(loop.stop)
  log({
    event: 'bridge-started',
    network: settings.network.name,
    chain_id: settings.network.chainId,
    round_seconds: settings.network.schedule.roundSec,
    submit_address: settings.submitAddress,
    holder: journal.holder,
  })
  const chores = choresOf({ ...world, chain, balanceAlarmWei: settings.balanceAlarmWei }, (wei) => {
    balanceWei = wei
  })
  const kept = chores.map((chore) => keepUp(chore, { sleep, log, pace: world.pace, isEnding }))
  await loop.run()
  const untilMs = performance.now() + lastDeliveryMs
  while (journal.outbox.length() > 0 && performance.now() < untilMs) await sleep(100)
  ended.abort()
  await Promise.all(kept)
}

function worldOf(
  { settings, around, held, journal, metrics }: Parts,
  chain: FlareChain,
  sleep: World['sleep'],
): Omit<World, 'balanceWei'> {
  const { network, submitAddress, feePolicy, workerUrl: url } = settings
  const { log } = around
  const { chainId } = network
  const pace = paceOf(network.schedule)
  const nowMs = () => Date.now()
  const worker = workerClient({ url, secret: held.bridgeSecret, fetch, nowMs })
  const lease = leaseHolding({
    worker,
    holder: journal.holder,
    nowMs,
    marginMs: pace.workerMs,
    retryMs: pace.retryMs * 2,
    deadlineMs: pace.workerMs,
    log,
  })
  return {
    nowMs,
    steadyMs: () => performance.now(),
    sleep,
    chain,
    worker,
    signer: held.signer,
    journal,
    lease,
    randomOf: (votingRoundId) =>
      randomOf(held.operatorSecret, { chainId, submitAddress, votingRoundId }),
    log,
    metrics,
    network,
    submitAddress,
    feePolicy,
    pace,
  }
}

async function heldBy(settings: Settings, env: Environment): Promise<Held> {
  const operatorSecret = secretOf('operatorSecret', env)
  const bridgeSecret = secretOf('bridgeSecret', env)
  const password = secretOf('keystorePassword', env)
  const signer = await unlock(readKeystore(readFileSync(settings.keystoreFile, 'utf8')), password, {
    chainId: settings.network.chainId,
    address: settings.submitAddress,
  })
  return { signer, operatorSecret, bridgeSecret }
}

/** The chain, as soon as a node answers; `undefined` if the process is to end before. */
async function connected(
  { settings, around, journal }: Parts,
  wish: EndWish,
  sleep: World['sleep'],
): Promise<FlareChain | undefined> {
  const { network, submitAddress, rpcUrls } = settings
  const pace = paceOf(network.schedule)
  const nodes = rpcUrls.map((url) => nodeAt(url, network.chainId, pace.nodeMs))
  while (!wish.isAsked()) {
    try {
      const { chainEvents: events } = journal
      return await connectFlare({ nodes, network, submitAddress, events, log: around.log })
    } catch (error) {
      if (!(error instanceof ChainError) || error.code !== 'chain-unreachable') throw error
      around.log({ event: 'chain-awaited', reason: error.message })
      await sleep(pace.retryMs)
    }
  }
  return undefined
}
