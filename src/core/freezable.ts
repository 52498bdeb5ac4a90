/** The rules of freezing a voting round: what is claimed, when it may be, and what comes of it. */

import type { OrderedFeed } from '../protocol/bridge-wire.ts'
import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from '../protocol/epoch.ts'
import { timetableMs } from '../protocol/timetable.ts'

/** Which round, by whom, over which feeds in which order. */
export type FreezeClaim = {
  readonly votingRoundId: number
  readonly fencingToken: number
  readonly feeds: readonly OrderedFeed[]
}

export type UnfreezableCode = 'round-not-open' | 'round-over' | 'too-early'

export type FreezeOutcome =
  /** The answer's very bytes, as text: the same however often it is asked for. */
  | { readonly kind: 'frozen'; readonly body: string }
  | {
      readonly kind: 'refused'
      /** Another bridge has taken over; or the round is frozen, over other feeds. */
      readonly code: 'lease-lost' | 'feeds-differ' | UnfreezableCode
    }

/**
 * Why a round may not be frozen now, or undefined if it may be: only while it is open, and late
 * enough for its prices to be worth it.
 *
 * @param isAttended A person has to sign by hand, and gets the vector earlier.
 */
export function unfreezableBecause(
  votingRoundId: number,
  { schedule, isAttended }: { readonly schedule: EpochSchedule; readonly isAttended: boolean },
  nowMs: number,
): UnfreezableCode | undefined {
  const current = votingRoundAt(schedule, nowMs)
  if (votingRoundId > current) return 'round-not-open'
  if (votingRoundId < current) return 'round-over'
  const { freezeFrom, freezeFromAttended } = timetableMs(schedule)
  const fromMs = isAttended ? freezeFromAttended : freezeFrom
  return nowMs - votingRoundStartMs(schedule, votingRoundId) < fromMs ? 'too-early' : undefined
}
