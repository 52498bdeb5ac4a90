/**
 * What another sender of ours is to be told of its votes, by what the journal knows and where block
 * time stands. Pure: every second of a round can be tested.
 */

import { type Address, type Hex, isAddressEqual } from 'viem'
import { encodeReveal } from '../../src/protocol/commit.ts'
import { type EpochSchedule, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { encodeFrame, protocolIds } from '../../src/protocol/payload.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import { blockTimeMs, chainTimeMs, isProvenPast, mayCommit, type Moment } from '../timeline.ts'
import type { Vote } from '../vote.ts'
import { letGoBy } from '../preflight.ts'
import { type Never, never, type Wait, wait } from './verdict.ts'

/** A round as the journal knows it. */
export type KnownRound = {
  readonly votingRoundId: number
  /** The submit address that is asked for, in any case of letters. */
  readonly submitAddress: Address
  readonly vote?: Vote
  /** Its commit may be out, by whichever sender: then its reveal is owed. */
  readonly mayBeOut: boolean
  /** The first round that may be bound; 0 where there is no watermark. */
  readonly minRound: number
}

export type CommitVerdict =
  | { readonly kind: 'answer'; readonly data: Hex }
  /** Bound, and nobody was told: reserve it, note that its reveal is owed, and tell. */
  | { readonly kind: 'hand-over'; readonly vote: Vote }
  /** Ask for the round's vector and bind the round to it. */
  | { readonly kind: 'freeze' }
  | Wait
  | Never

/**
 * What is to be done about a `submit1`. What was told once is told again, at any time; only the
 * round in progress begins, from the second on at which a vector may be frozen.
 *
 * @param refusal Why no new commit may go out now, if anything stands against it.
 */
export function commitVerdict(
  schedule: EpochSchedule,
  known: KnownRound,
  moment: Moment,
  refusal: string | undefined,
): CommitVerdict {
  const { votingRoundId, vote, mayBeOut, minRound } = known
  if (isOfAnother(known)) return never('The round is bound to another submit address.')
  if (vote !== undefined && mayBeOut) return { kind: 'answer', data: commitFrame(vote) }
  if (votingRoundId < minRound) return never(letGoBy(minRound))
  const obstacle =
    timeRefusal(schedule, known, moment) ?? (refusal === undefined ? undefined : wait(refusal))
  if (obstacle !== undefined) return obstacle
  if (!mayCommit(schedule, votingRoundId, moment)) return wait('The clock and the chain differ.')
  return vote === undefined ? { kind: 'freeze' } : { kind: 'hand-over', vote }
}

/** Why the second is none for a commit; `undefined` if it is one. */
function timeRefusal(
  schedule: EpochSchedule,
  { votingRoundId, vote }: KnownRound,
  moment: Moment,
): Wait | Never | undefined {
  if (moment.head === undefined) return wait('No block has been seen yet.')
  const startMs = votingRoundStartMs(schedule, votingRoundId)
  const { freezeFrom, lastCommit } = timetableMs(schedule)
  const nowMs = blockTimeMs(moment)
  if (nowMs >= startMs + lastCommit) return never('It is too late for a commit of this round.')
  if (vote === undefined && nowMs < startMs + freezeFrom) {
    return wait('It is too early for a commit of this round.')
  }
  return undefined
}

export type RevealVerdict = { readonly kind: 'answer'; readonly data: Hex } | Wait | Never

/**
 * What is to be told of a `submit2`: the reveal of a commit that may be out, from the end of the
 * commit's round on. Nothing but block time decides that.
 */
export function revealVerdict(
  schedule: EpochSchedule,
  known: KnownRound,
  moment: Moment,
): RevealVerdict {
  const { votingRoundId, vote, mayBeOut } = known
  const { revealDeadline } = timetableMs(schedule)
  if (!isOver(schedule, votingRoundId, moment)) return wait('The round of the commit is not over.')
  if (vote === undefined || isOfAnother(known) || !mayBeOut) {
    return never('No commit of this round was told.')
  }
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  if (isProvenPast(moment, nextMs + revealDeadline)) return never('The time for reveals is over.')
  return { kind: 'answer', data: revealFrame(vote) }
}

/**
 * Whether a round is over: a block proves it, or by the time since the last block it has been so for
 * some seconds. Without any block since the start this machine's clock must do: a node that is away
 * must not cost an owed reveal, and whoever asks has a clock of its own that says the same.
 */
function isOver(schedule: EpochSchedule, votingRoundId: number, moment: Moment): boolean {
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  const nowMs = moment.head === undefined ? moment.wallMs : chainTimeMs(moment)
  return isProvenPast(moment, nextMs) || nowMs >= nextMs + timetableMs(schedule).revealAt
}

/** A round has one vote, and a vote is of one address: the commit hashes it. */
function isOfAnother({ vote, submitAddress }: KnownRound): boolean {
  return vote !== undefined && !isAddressEqual(vote.submitAddress, submitAddress)
}

function commitFrame({ votingRoundId, commit }: Vote): Hex {
  return encodeFrame({ protocolId: protocolIds.ftso, votingRoundId, payload: commit })
}

function revealFrame(vote: Vote): Hex {
  const { votingRoundId } = vote
  return encodeFrame({ protocolId: protocolIds.ftso, votingRoundId, payload: encodeReveal(vote) })
}
