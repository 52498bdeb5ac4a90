/** What comes next in the rounds about an instant, and by when it must be done. Pure. */

import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { Settings } from './settings.ts'

export type Coming = {
  /** For a person: `reveal of round 7`. */
  readonly what: string
  readonly atMs: number
}

/** What a bridge has to do with. */
export type Duties = {
  /** Rounds whose reveal is owed; absent where nobody knows. */
  readonly owed?: readonly number[]
  /** A person signs, so that a round is frozen early. */
  readonly isAttended: boolean
  /** Whether it signs results of rounds. */
  readonly signsRoots: boolean
}

/** What the bridge of these settings has to do with. */
export function dutiesOf({ keys }: Pick<Settings, 'keys'>): Duties {
  return {
    isAttended: keys.some(({ role, place }) => role === 'submit' && place.kind === 'ledger'),
    signsRoots: keys.some(({ role }) => role === 'signingPolicy'),
  }
}

/** The next thing that begins. */
export function nextStep(schedule: EpochSchedule, duties: Duties, nowMs: number): Coming {
  const { freezeAt, freezeFromAttended, revealAt, revealDeadline } = timetableMs(schedule)
  const isRevealed = mayReveal(schedule, duties, nowMs)
  const freeze = duties.isAttended ? freezeFromAttended : freezeAt
  return soonest(schedule, nowMs, (round, startMs, nextMs) => [
    { what: `freeze and commit of round ${round}`, atMs: startMs + freeze },
    ...(isRevealed(round) ? [{ what: `reveal of round ${round}`, atMs: nextMs + revealAt }] : []),
    ...(duties.signsRoots
      ? [{ what: `root of round ${round}`, atMs: nextMs + revealDeadline }]
      : []),
  ])
}

/** The next instant by which something must be done. */
export function nextDeadline(schedule: EpochSchedule, duties: Duties, nowMs: number): Coming {
  const { lastCommit, revealDeadline, signatureGraceEnd } = timetableMs(schedule)
  const isRevealed = mayReveal(schedule, duties, nowMs)
  return soonest(schedule, nowMs, (round, startMs, nextMs) => [
    { what: `commit of round ${round}`, atMs: startMs + lastCommit },
    ...(isRevealed(round)
      ? [{ what: `reveal of round ${round}`, atMs: nextMs + revealDeadline }]
      : []),
    ...(duties.signsRoots
      ? [{ what: `signature of round ${round}`, atMs: nextMs + signatureGraceEnd }]
      : []),
  ])
}

/** A round that is over is revealed only if that is owed; of the present one nobody knows yet. */
function mayReveal(schedule: EpochSchedule, { owed }: Duties, nowMs: number) {
  const current = votingRoundAt(schedule, nowMs)
  return (round: number) => round >= current || owed === undefined || owed.includes(round)
}

function soonest(
  schedule: EpochSchedule,
  nowMs: number,
  comingIn: (round: number, startMs: number, nextMs: number) => readonly Coming[],
): Coming {
  const current = votingRoundAt(schedule, nowMs)
  // Of the next round at least the commit is still to come.
  const coming = [current - 1, current, current + 1]
    .flatMap((round) =>
      comingIn(round, votingRoundStartMs(schedule, round), votingRoundStartMs(schedule, round + 1)),
    )
    .filter(({ atMs }) => atMs > nowMs)
  return coming.reduce((one, other) => (other.atMs < one.atMs ? other : one))
}
