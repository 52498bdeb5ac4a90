/**
 * A bridge for a hostile Worker to attack: the real client, steps, policy and journal over a chain
 * that only counts, a clock that stands still, and a signer that writes down all it is asked for.
 */

import { type Hex, keccak256, parseGwei } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { outboxChore } from '../../signer-bridge/chores.ts'
import { defaultFeePolicy } from '../../signer-bridge/fees.ts'
import type { Heads } from '../../signer-bridge/heads.ts'
import { inMemory } from '../../signer-bridge/journal/database.ts'
import { type Journal, openJournal } from '../../signer-bridge/journal/journal.ts'
import { keyringOf } from '../../signer-bridge/keyring.ts'
import { lastCommits } from '../../signer-bridge/last-commit.ts'
import { leaseHolding } from '../../signer-bridge/lease.ts'
import { paceOf } from '../../signer-bridge/pace.ts'
import { breakerOf } from '../../signer-bridge/policy/breaker.ts'
import { defaultGuardPolicy, guarded } from '../../signer-bridge/policy/price-guard.ts'
import type { Signer } from '../../signer-bridge/roles.ts'
import { standbyChore } from '../../signer-bridge/standby.ts'
import { roundInHand } from '../../signer-bridge/round-in-hand.ts'
import { commit, freeze, reveal } from '../../signer-bridge/steps.ts'
import { workerClient } from '../../signer-bridge/worker-client.ts'
import type { World } from '../../signer-bridge/world.ts'
import type { OrderedFeed } from '../../src/protocol/bridge-wire.ts'
import { votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { OracleError } from '../../src/protocol/errors.ts'
import { networks } from '../../src/protocol/networks.ts'
import type { HostileWorker } from './hostile-worker.ts'

export const network = networks.local
export const votingRoundId = 1_000
export const startMs = votingRoundStartMs(network.schedule, votingRoundId)
export const account = privateKeyToAccount(keccak256('0x0b'))

const idOf = (letter: string): Hex => `0x01${letter.repeat(20)}`
export const feeds: readonly OrderedFeed[] = [
  { id: idOf('41'), decimals: 2 },
  { id: idOf('42'), decimals: 3 },
  { id: idOf('43'), decimals: 5 },
]
/** What the chain made final last, feed by feed. */
export const medians = [100, 200, 300] as const

export type Event = Readonly<Record<string, unknown> & { event: string }>

export type Target = {
  readonly world: World
  readonly journal: Journal
  readonly events: Event[]
  /** All that the signer was asked for. */
  readonly signings: Parameters<Signer['signTransaction']>[0][]
  /** Messages that the signer was asked for. */
  readonly messages: unknown[]
  readonly clock: { nowMs: number }
  /** Freezes and commits as the loop does. @returns The code of what it threw. */
  readonly freeze: () => Promise<string | undefined>
  readonly commit: () => Promise<string | undefined>
  readonly reveal: () => Promise<string | undefined>
  readonly standBy: () => Promise<number>
  readonly deliver: () => Promise<number>
}

/**
 * @param options `journal`: that of a life before. `patienceMs`: for one answer, by a real clock.
 *   `hasMedians`: whether a round is known that was made final; true if absent.
 */
export function aTarget(
  { url, secret }: Pick<HostileWorker, 'url' | 'secret'>,
  options: {
    readonly journal?: Journal
    readonly patienceMs?: number
    readonly hasMedians?: boolean
  } = {},
): Target {
  const events: Event[] = []
  const log = (event: Event) => void events.push(event)
  const clock = { nowMs: startMs + 71_500 }
  const nowMs = () => clock.nowMs
  const signings: Target['signings'] = []
  const messages: unknown[] = []
  const { chainId, schedule } = network
  const journal = options.journal ?? openJournal(inMemory, { chainId, signers: [account.address] })
  const { patienceMs, hasMedians = true } = options
  const known = hasMedians ? knownMedians() : []
  const slow = patienceMs === undefined ? {} : { workerMs: patienceMs, freezeMs: patienceMs }
  const pace = { ...paceOf(schedule), ...slow }
  const signer: Signer = {
    ...account,
    signTransaction: (transaction, ...rest) => {
      signings.push(transaction)
      return account.signTransaction(transaction, ...rest)
    },
    signMessage: (message) => {
      messages.push(message)
      return account.signMessage(message)
    },
  }
  const worker = workerClient({ url, secret, fetch, nowMs })
  const ignore = () => undefined
  const absent = () => Promise.reject(new Error('Nobody asks for this here.'))
  const world: World = {
    nowMs,
    steadyMs: nowMs,
    sleep: async (ms) => {
      clock.nowMs += ms
    },
    chain: {
      head: absent,
      receiptsOf: async () => [],
      latestCount: async () => 0,
      pendingCount: async () => 0,
      balanceWei: absent,
      callsBy: async () => [],
      refreshEpochs: absent,
      feedsOf: () => ({ rewardEpochId: 1, feeds }),
      send: async () => ({ kind: 'accepted' }),
    },
    balanceWei: () => 100n * 10n ** 18n,
    worker,
    keyring: keyringOf([{ role: 'submit', address: account.address, signer, fromRewardEpoch: 0 }]),
    journal,
    lease: leaseHolding({
      worker,
      holder: journal.holder,
      nowMs,
      steadyMs: nowMs,
      marginMs: 2_000,
      retryMs: pace.retryMs,
      deadlineMs: pace.workerMs,
      log,
    }),
    isArmed: () => true,
    randomOf: () => keccak256('0x5ec7e7'),
    guard: (_, entries) => guarded(entries, known, defaultGuardPolicy),
    breaker: breakerOf({ steadyMs: nowMs, roundMs: schedule.roundSec * 1_000, log }),
    companions: [],
    log,
    metrics: {
      stageReached: ignore,
      commitLanded: ignore,
      revealLanded: ignore,
      headSeen: ignore,
      balanceSeen: ignore,
      outboxSeen: ignore,
      leaseSeen: ignore,
    },
    network,
    feePolicy: defaultFeePolicy,
    dailyBudgetWei: 1_000n * 10n ** 18n,
    pace,
  }
  const heads = headsAt(nowMs)
  const hand = roundInHand(world)
  const coded = async (step: Promise<void>) => {
    try {
      await step
      return undefined
    } catch (error) {
      if (!(error instanceof OracleError)) throw error
      return error.code
    }
  }
  return {
    world,
    journal,
    events,
    signings,
    messages,
    clock,
    freeze: () => coded(freeze(world, heads, hand, votingRoundId)),
    commit: () => coded(commit(world, heads, votingRoundId)),
    reveal: () => coded(reveal(world, heads, lastCommits(world), votingRoundId)),
    standBy: standbyChore(world),
    deliver: outboxChore(world),
  }
}

function knownMedians() {
  return feeds.map(({ id }, place) => ({ id, price: medians[place] ?? 0 }))
}

/** Blocks that keep up with the clock. */
function headsAt(nowMs: () => number): Heads {
  return {
    refresh: async () => undefined,
    driftMs: () => 0,
    moment: () => {
      const timestampSec = Math.floor(nowMs() / 1_000)
      const head = { number: 1, timestampSec, baseFeeWei: parseGwei('500') }
      return { wallMs: nowMs(), isClockTrusted: true, sinceHeadMs: 0, head }
    },
  }
}
