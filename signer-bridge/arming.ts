/**
 * What our keys have said lately, held against the journal at each start: calls that it does not know
 * are another bridge's, or it is an old copy or a new one after a loss. Then nothing is promised for
 * two rounds; until it is known, nothing new at all. What is owed goes on, and what another bridge of
 * ours owes may still be revealed.
 */

import type { Address } from 'viem'
import { votingRoundAt } from '../src/protocol/epoch.ts'
import { protocolIds } from '../src/protocol/payload.ts'
import type { SubmissionCall } from './chain/chain.ts'
import type { Chore } from './chores.ts'
import type { BoundKind, Watermark } from './journal/bindings.ts'
import { sendersIn } from './keyring.ts'
import { pendingNonces } from './nonce.ts'
import type { Role, RoleKey } from './roles.ts'
import type { Head } from './timeline.ts'
import type { World } from './world.ts'

export type Arming = {
  readonly isArmed: () => boolean
  readonly chore: Chore
}

export type ArmingDeps = Pick<World, 'network' | 'nowMs' | 'log'> & {
  readonly chain: Pick<World['chain'], 'head' | 'latestCount' | 'pendingCount' | 'callsBy'>
  readonly journal: Pick<
    World['journal'],
    'nonceFloor' | 'noncesFrom' | 'hasSent' | 'raiseWatermarks'
  >
  /** Ours, whoever holds them. */
  readonly keyring: { readonly keys: () => readonly Pick<RoleKey, 'role' | 'address'>[] }
  /** Whether a call says nothing that the journal does not know. Absent: only one that it has sent. */
  readonly isKnown?: (call: SubmissionCall) => boolean
}

/** So many rounds are looked back, and so many are then let go by. */
export const armingRounds = 2

/** Blocks may be so far ahead of our clock, by the round's turn; further, and one of the two is wrong. */
const maxRoundsAhead = 1

/** A node that cannot tell so often never will: then the worst is assumed. */
const maxFailures = 3

/** Nothing waits for it but new rounds: a node that reads its blocks slowly is heard too. */
function patienceMs({ schedule }: Pick<World['network'], 'schedule'>): number {
  return (schedule.roundSec * 1_000) / 3
}

/** Once it is armed there is nothing to do. */
const idleMs = 3_600_000

export function armingOf(deps: ArmingDeps): Arming {
  const { chain } = deps
  let isArmed = false
  let failures = 0
  return {
    isArmed: () => isArmed,
    chore: async () => {
      if (isArmed) return idleMs
      try {
        await look(deps)
      } catch (error) {
        failures += 1
        if (failures < maxFailures) throw error
        const reason = String(error).slice(0, 300)
        letGoBy(deps, await chain.head(), { event: 'own-calls-unknown', reason })
      }
      isArmed = true
      return idleMs
    },
  }
}

async function look(deps: ArmingDeps): Promise<void> {
  const { chain, journal, network } = deps
  const isKnown = deps.isKnown ?? (({ txHash }: SubmissionCall) => journal.hasSent(txHash))
  const suspects: Address[] = []
  let isAnyWaiting = false
  for (const { address } of sendersIn(deps.keyring)) {
    const pending = await chain.pendingCount(address)
    // Every transaction takes a nonce: where the journal knows the last, it knows them all.
    if (pending <= journal.nonceFloor(address)) continue
    suspects.push(address)
    // Before the blocks are read: what lands meanwhile is in them, or the next look has it.
    isAnyWaiting ||= await isStrangeWaiting(deps, address, pending)
  }
  if (suspects.length === 0) return
  const head = await chain.head()
  const fromSec = head.timestampSec - armingRounds * network.schedule.roundSec
  const stretch = { fromSec, untilSec: Number.POSITIVE_INFINITY }
  // What any node shows will do: our key has signed it, whether or not it is on chain.
  const calls = await chain.callsBy(suspects, stretch, patienceMs(network))
  const foreign = calls.filter((call) => !isKnown(call))
  const last = foreign.at(-1)
  if (last === undefined && isAnyWaiting) throw new Error('What waits at our nonces is not known.')
  if (last === undefined) return
  const found = { calls: foreign.length, sender: last.sender, tx_hash: last.txHash }
  letGoBy(deps, head, { event: 'own-calls-found', ...found })
}

/** Whether something waits that the journal has not sent: no block says yet what it says. */
async function isStrangeWaiting(
  { chain, journal }: ArmingDeps,
  address: Address,
  pending: number,
): Promise<boolean> {
  const latest = await chain.latestCount(address)
  return pendingNonces(latest, pending, journal.noncesFrom(address, latest)).kind === 'foreign'
}

function letGoBy(
  deps: ArmingDeps,
  head: Head,
  why: Readonly<Record<string, unknown> & { event: string }>,
): void {
  const { journal, keyring, log } = deps
  const minRound = firstRound(deps, head)
  journal.raiseWatermarks(
    keyring.keys().flatMap(({ role, address }) =>
      boundBy[role].flatMap((kind) =>
        protocolsOf(kind).map((protocolId): Watermark => ({
          signer: address,
          kind,
          protocolId,
          minRound,
        })),
      ),
    ),
  )
  log({ ...why, first_round: minRound })
}

/**
 * A watermark never comes down, so that a head of far ahead must not raise it. Where the clock and the
 * chain disagree nobody knows which rounds to let go by, and nothing new is promised.
 */
function firstRound({ network, nowMs }: ArmingDeps, { timestampSec }: Head): number {
  const byChain = votingRoundAt(network.schedule, timestampSec * 1_000)
  const byClock = votingRoundAt(network.schedule, nowMs())
  if (byChain > byClock + maxRoundsAhead) {
    throw new Error(`The chain is in round ${byChain}, our clock in ${byClock}.`)
  }
  return Math.min(byChain, byClock) + armingRounds
}

/**
 * A reveal of prices stays possible: a new commit is not, and the reveal of one that another bridge of
 * ours has sent may have to be adopted.
 */
function protocolsOf(kind: BoundKind): readonly number[] {
  const isKept = (id: number) => kind === 'reveal' && id === protocolIds.ftso
  return Object.values(protocolIds).filter((id) => !isKept(id))
}

/** What each role's key signs. */
const boundBy: Readonly<Record<Role, readonly BoundKind[]>> = {
  identity: [],
  executor: [],
  submit: ['commit', 'reveal'],
  submitSignatures: ['sigtx'],
  signingPolicy: ['root'],
}
