/** When the chain counts a call: by the stamp of its block, and by nothing else. Pure. */

import { type EpochSchedule, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { CallName } from './call.ts'

/** A stretch of block time, Unix milliseconds: from its start to just before its end. */
export type Window = { readonly fromMs: number; readonly untilMs: number }

/** When blocks count a call: by its kind in the round itself or in the next one. */
export function windowOf(
  schedule: EpochSchedule,
  { votingRoundId, kind }: Pick<CallName, 'votingRoundId' | 'kind'>,
): Window {
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  const deadlineMs = nextMs + timetableMs(schedule).revealDeadline
  switch (kind) {
    case 'submit1':
      return { fromMs: votingRoundStartMs(schedule, votingRoundId), untilMs: nextMs }
    case 'submit2':
      return { fromMs: nextMs, untilMs: deadlineMs }
    case 'submitSignatures':
      return { fromMs: deadlineMs, untilMs: votingRoundStartMs(schedule, votingRoundId + 2) }
  }
}

/** Whether a call of this round counts in a block of this stamp. */
export function isInWindow(
  schedule: EpochSchedule,
  call: Pick<CallName, 'votingRoundId' | 'kind'>,
  timestampSec: number,
): boolean {
  const { fromMs, untilMs } = windowOf(schedule, call)
  const atMs = timestampSec * 1_000
  return atMs >= fromMs && atMs < untilMs
}

/**
 * By when a call is signed and sent, if at all. Signatures need the room to land in their window that a
 * commit is given: late ones are harmless and worth nothing. A reveal is sent to its very end.
 */
export function lastSentMs(
  schedule: EpochSchedule,
  call: Pick<CallName, 'votingRoundId' | 'kind'>,
): number {
  const { lastCommit } = timetableMs(schedule)
  switch (call.kind) {
    case 'submit1':
      return votingRoundStartMs(schedule, call.votingRoundId) + lastCommit
    case 'submit2':
      return windowOf(schedule, call).untilMs
    case 'submitSignatures':
      return votingRoundStartMs(schedule, call.votingRoundId + 1) + lastCommit
  }
}

/**
 * Whether signatures that are sent now have room to land.
 *
 * @param nowMs Block time, Unix milliseconds.
 */
export function haveSignaturesRoom(
  schedule: EpochSchedule,
  votingRoundId: number,
  nowMs: number,
): boolean {
  return nowMs < lastSentMs(schedule, { kind: 'submitSignatures', votingRoundId })
}
