/**
 * The commits and reveals of one voting round, sorted out of raw submissions.
 *
 *     commits of R   submit1 in a block stamped within epoch R
 *     reveals of R   submit2 in a block stamped within epoch R + 1, before its reveal deadline
 *
 * Every bound is strict at its end: a commit stamped at the start of R + 1 does not exist, nor does
 * a reveal stamped at the deadline.
 */

import type { Address, Hex } from 'viem'
import { size } from 'viem'
import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from './epoch.ts'
import { protocolIds } from './payload.ts'
import type { RawSubmission } from './raw-submissions.ts'
import { readSubmission, type SubmissionMethod } from './submission.ts'
import { timetableMs } from './timetable.ts'

export type RoundSubmissions = {
  /** The last commit of each address that is one: 32 bytes. Of all senders, in lower case. */
  readonly commits: ReadonlyMap<Address, Hex>
  /**
   * All that each address sent as a reveal, oldest first. Which of it can be read depends on the
   * round's feeds and is decided where these are known.
   */
  readonly reveals: ReadonlyMap<Address, readonly Hex[]>
}

const commitBytes = 32

/**
 * Sorts out a round. A transaction whose frames are broken says nothing at all; frames of other
 * protocols and of other rounds than the block's time allows are left aside; a commit that is not
 * 32 bytes takes nothing from the one before it.
 *
 * @param submissions In any order, of any rounds; blocks and transactions are told apart by number.
 * @see https://github.com/flare-foundation/FTSO-Scaling `DataManager.getVoterToLastCommitMap`,
 *   `getVoterToLastRevealMap`, `filterRevealsByDeadlineTime`
 */
export function submissionsOfRound(
  schedule: EpochSchedule,
  votingRoundId: number,
  submissions: readonly RawSubmission[],
): RoundSubmissions {
  const nextStartMs = votingRoundStartMs(schedule, votingRoundId + 1)
  const revealsEndMs = nextStartMs + timetableMs(schedule).revealDeadline
  const isCommitTime = (ms: number) => votingRoundAt(schedule, ms) === votingRoundId
  const isRevealTime = (ms: number) => ms >= nextStartMs && ms < revealsEndMs

  const commits = new Map<Address, Hex>()
  for (const { sender, payload } of said('submit1', isCommitTime)) {
    if (size(payload) === commitBytes) commits.set(sender, payload)
  }
  const reveals = new Map<Address, Hex[]>()
  for (const { sender, payload } of said('submit2', isRevealTime)) {
    const before = reveals.get(sender)
    if (before === undefined) reveals.set(sender, [payload])
    else before.push(payload)
  }
  return { commits, reveals }

  /** The round's payloads in one kind of call, in the chain's order. */
  function said(method: SubmissionMethod, isTime: (ms: number) => boolean) {
    return submissions
      .filter((each) => each.method === method && isTime(each.timestampSec * 1_000))
      .toSorted(byPlace)
      .flatMap(({ sender, calldata }) =>
        (readSubmission(calldata)?.frames ?? [])
          .filter(
            (frame) =>
              frame.protocolId === protocolIds.ftso && frame.votingRoundId === votingRoundId,
          )
          .map(({ payload }) => ({ sender, payload })),
      )
  }
}

function byPlace(one: RawSubmission, other: RawSubmission): number {
  return one.blockNumber - other.blockNumber || one.transactionIndex - other.transactionIndex
}
