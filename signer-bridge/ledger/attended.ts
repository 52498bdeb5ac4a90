/**
 * A sitting: a person signs a round's reveal and its commit, one after the other, and only with both
 * in hand is the commit sent. A commit without its reveal costs thirty times what a missed round
 * does, so the reveal is signed first: there is never a signed commit whose reveal is not there.
 */

import { timetableMs } from '../../src/protocol/timetable.ts'
import { votingRoundStartMs, type EpochSchedule } from '../../src/protocol/epoch.ts'
import { OracleError } from '../../src/protocol/errors.ts'
import { commitPolicy, type FeePolicy, type Fees, feesAt, raised } from '../fees.ts'
import type { SignedCall } from '../signer.ts'
import { deadlineText } from './screen.ts'
import type { Review } from './signer.ts'

/** The two calls of a sitting, in the order in which they are signed. */
export const sittingKinds = ['submit2', 'submit1'] as const
export type SittingKind = (typeof sittingKinds)[number]

export type SittingPlan = {
  readonly votingRoundId: number
  readonly nonces: Readonly<Record<SittingKind, number>>
  readonly fees: Readonly<Record<SittingKind, Fees>>
  /** Both are signed by then, or neither is sent. Unix milliseconds. */
  readonly untilMs: number
}

/** The base fee may grow so many times between the sitting and the reveal before tips look small. */
const spikeFactor = 4n

/**
 * Nonces, fees and deadline of a round's sitting. The fees are at the ceiling, the commit's at half
 * of it as ever: nobody can be asked to sign again in a spike. What is not needed is not paid.
 */
export function sittingPlan(facts: {
  readonly schedule: EpochSchedule
  readonly votingRoundId: number
  readonly freeNonce: number
  readonly baseFeeWei: bigint
  readonly policy: FeePolicy
  /** What older calls have offered at the free nonce, where a commit must outbid it. */
  readonly offered?: Fees
}): SittingPlan {
  const { schedule, votingRoundId, freeNonce, baseFeeWei, policy, offered } = facts
  const { lastCommit } = timetableMs(schedule)
  return {
    votingRoundId,
    nonces: { submit1: freeNonce, submit2: freeNonce + 1 },
    fees: {
      submit1: outbidding(atCeiling(baseFeeWei, commitPolicy(policy)), offered),
      submit2: atCeiling(baseFeeWei, policy),
    },
    untilMs: votingRoundStartMs(schedule, votingRoundId) + lastCommit,
  }
}

export type SittingDeps = {
  /** Has a person sign one of the two, for this purpose and until this deadline. */
  readonly sign: (kind: SittingKind, review: Review) => Promise<SignedCall>
  /** Whether a commit that is sent now still counts. Asked before each review and after the last. */
  readonly maySend: () => boolean
  readonly show: (text: string) => void
  readonly nowMs: () => number
}

export type Sitting =
  /** Both are in hand: to be written down together, and the commit then sent. */
  | { readonly kind: 'held'; readonly signed: Readonly<Record<SittingKind, SignedCall>> }
  /** Nothing is to be sent or kept. The round is missed, and no reveal is owed for it. */
  | { readonly kind: 'discarded'; readonly during: SittingKind; readonly reason: string }

/**
 * Holds a sitting. A refusal, a deadline or a device that does not come back discards both: nothing
 * has left this process then. The round stays bound to its commit all the same, so that no other is
 * ever signed for it.
 */
export async function sit(deps: SittingDeps, plan: SittingPlan): Promise<Sitting> {
  deps.show(openingText(plan, deps.nowMs()))
  const reveal = await asked(deps, plan, 'submit2')
  if (typeof reveal === 'string') return discarded(deps, plan, 'submit2', reveal)
  const commit = await asked(deps, plan, 'submit1')
  if (typeof commit === 'string') return discarded(deps, plan, 'submit1', commit)
  if (!deps.maySend()) return discarded(deps, plan, 'submit1', 'The round has no time left.')
  return { kind: 'held', signed: { submit2: reveal, submit1: commit } }
}

/** The signed call, or a sentence on why there is none. */
async function asked(
  { sign, maySend }: SittingDeps,
  { votingRoundId, untilMs }: SittingPlan,
  kind: SittingKind,
): Promise<SignedCall | string> {
  if (!maySend()) return 'The round has no time left.'
  try {
    return await sign(kind, { what: `${names[kind]} of round ${votingRoundId}`, untilMs })
  } catch (error) {
    if (error instanceof OracleError) return error.message
    throw error
  }
}

const names = {
  submit2: '1 of 2, the reveal (submit2)',
  submit1: '2 of 2, the commit (submit1)',
} as const

function discarded(
  { show }: SittingDeps,
  plan: SittingPlan,
  during: SittingKind,
  reason: string,
): Sitting {
  show(discardText(plan, reason))
  return { kind: 'discarded', during, reason }
}

/** What is about to come, before the first review. */
export function openingText({ votingRoundId, untilMs }: SittingPlan, nowMs: number): string {
  return [
    `Round ${votingRoundId}: two transactions to accept on the Ledger by ${deadlineText(untilMs, nowMs)}.`,
    'First the reveal, which is kept until the next round; then the commit, which is sent at once.',
    'If you reject either, or the time is over, neither is sent.',
  ].join('\n')
}

/** What it means that a sitting came to nothing. */
export function discardText({ votingRoundId }: SittingPlan, reason: string): string {
  return `Round ${votingRoundId} is left out, and nothing was sent for it. ${reason} It is a missed round, not an owed reveal: there is no penalty beyond its reward.`
}

function atCeiling(baseFeeWei: bigint, policy: FeePolicy): Fees {
  const { maxPriorityFeePerGas } = feesAt(spikeFactor * baseFeeWei, policy)
  return { maxFeePerGas: policy.ceilingWei, maxPriorityFeePerGas }
}

/** With a tip that replaces what was offered: nodes ask for a rise of both parts. */
function outbidding(fees: Fees, offered: Fees | undefined): Fees {
  if (offered === undefined) return fees
  const { maxFeePerGas, maxPriorityFeePerGas: tip } = fees
  const raisedTip = raised(offered.maxPriorityFeePerGas)
  const wanted = raisedTip > tip ? raisedTip : tip
  return { maxFeePerGas, maxPriorityFeePerGas: wanted < maxFeePerGas ? wanted : maxFeePerGas }
}
