/** How long a companion may keep our own call waiting: less, the less time that call has to land. Pure. */

import { type EpochSchedule, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import type { VoteKind } from '../vote.ts'

export type Patience = {
  readonly schedule: EpochSchedule
  readonly kind: VoteKind
  readonly votingRoundId: number
  /** Block time, Unix milliseconds. */
  readonly nowMs: number
  readonly mostMs: number
}

/**
 * Milliseconds; 0 where companions are not to be asked any more. A commit waits until it had better be
 * on its way, a reveal through the first half of its time: after a late start ours goes alone at once.
 */
export function patienceMs({ schedule, kind, votingRoundId, nowMs, mostMs }: Patience): number {
  const { commitBy, revealAt, revealDeadline } = timetableMs(schedule)
  const untilMs =
    kind === 'submit1'
      ? votingRoundStartMs(schedule, votingRoundId) + commitBy
      : votingRoundStartMs(schedule, votingRoundId + 1) + (revealAt + revealDeadline) / 2
  return Math.max(0, Math.min(mostMs, untilMs - nowMs))
}
