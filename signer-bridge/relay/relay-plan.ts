/**
 * Whether a round is to be relayed by us now, and what may be paid for it. Pure.
 *
 * Finalisers that were drawn share the reward for what is relayed up to 20 s after the reveal
 * deadline; behind that the first takes it all, and who comes second pays for nothing.
 */

import type { Address } from 'viem'
import { type EpochSchedule, rewardEpochOf, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { selectedFinalisers } from '../../src/protocol/finaliser-selection.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import type { SigningPolicy } from '../../src/protocol/signing-policy.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import { overdueThreshold } from '../../src/protocol/voter-weight.ts'
import type { RootRow } from '../journal/roots.ts'

export type RelayFacts = {
  readonly votingRoundId: number
  /** Of the round's reward epoch; absent while it is not known. */
  readonly policy?: SigningPolicy
  /** Ours of the round. */
  readonly root?: RootRow
  readonly isFinalised: boolean
  /** Block time, Unix milliseconds. */
  readonly nowMs: number
}

export type RelayStep =
  | {
      readonly kind: 'rest'
      readonly reason: 'not-time' | 'finalised' | 'not-signed' | 'not-drawn'
    }
  | {
      readonly kind: 'relay'
      readonly policy: SigningPolicy
      readonly root: RootRow & { readonly signed: NonNullable<RootRow['signed']> }
    }

/** What is to be done: only what we have signed ourselves is relayed, and only if we were drawn. */
export function relayStepAt(schedule: EpochSchedule, facts: RelayFacts): RelayStep {
  const { votingRoundId, policy, root, nowMs } = facts
  if (!isTime(schedule, votingRoundId, nowMs)) return { kind: 'rest', reason: 'not-time' }
  if (facts.isFinalised) return { kind: 'rest', reason: 'finalised' }
  const signed = root?.signed
  if (policy === undefined || root === undefined || signed === undefined) {
    return { kind: 'rest', reason: 'not-signed' }
  }
  if (root.refusedAs !== undefined) return { kind: 'rest', reason: 'not-signed' }
  return isDrawn(policy, votingRoundId, root.signer)
    ? { kind: 'relay', policy, root: { ...root, signed } }
    : { kind: 'rest', reason: 'not-drawn' }
}

/** Whether a relay that is sent now can be among those that share. */
function isTime(schedule: EpochSchedule, votingRoundId: number, nowMs: number): boolean {
  const { revealDeadline, finalisationGraceEnd } = timetableMs(schedule)
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  return nowMs >= nextMs + revealDeadline && nowMs < nextMs + finalisationGraceEnd
}

function isDrawn(policy: SigningPolicy, votingRoundId: number, signer: Address): boolean {
  return selectedFinalisers(policy, { protocolId: protocolIds.ftso, votingRoundId }).includes(
    signer,
  )
}

/**
 * The weight to be exceeded. Where a round should belong to a later reward epoch by the calendar, its
 * policy may be late, and then more is asked for; if it is not, more does no harm.
 */
export function thresholdFor(
  schedule: EpochSchedule,
  policy: SigningPolicy,
  votingRoundId: number,
): number {
  const isLate = rewardEpochOf(schedule, votingRoundId) > policy.rewardEpochId
  return isLate ? overdueThreshold(policy.threshold) : policy.threshold
}

/** Decoding, storing and an event; what a byte of calldata costs; a recovery with its hashing. */
const baseGas = 300_000
const gasPerByte = 16
const gasPerSignature = 8_000

/** A limit with room: some two thirds of it are used. */
export function relayGasLimit(calldataBytes: number, signatures: number): bigint {
  return BigInt(baseGas + gasPerByte * calldataBytes + gasPerSignature * signatures)
}
