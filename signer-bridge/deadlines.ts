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
  const reveal = revealIn(schedule, duties, nowMs)
  const freeze = duties.isAttended ? freezeFromAttended : freezeAt
  return soonest(schedule, nowMs, (round, startMs, nextMs) => [
    { what: `freeze and commit of round ${round}`, atMs: startMs + freeze },
    ...reveal(round, nextMs + revealAt),
    ...(duties.signsRoots
      ? [{ what: `root of round ${round}`, atMs: nextMs + revealDeadline }]
      : []),
  ])
}

/** The next instant by which something must be done. */
export function nextDeadline(schedule: EpochSchedule, duties: Duties, nowMs: number): Coming {
  const { lastCommit, revealDeadline, signatureGraceEnd } = timetableMs(schedule)
  const reveal = revealIn(schedule, duties, nowMs)
  return soonest(schedule, nowMs, (round, startMs, nextMs) => [
    { what: `commit of round ${round}`, atMs: startMs + lastCommit },
    ...reveal(round, nextMs + revealDeadline),
    ...(duties.signsRoots
      ? [{ what: `signature of round ${round}`, atMs: nextMs + signatureGraceEnd }]
      : []),
  ])
}

/**
 * A reveal is named where it is owed. Of the present round, and where nothing is known, there is only
 * the window in which one could be; a round that is over and owes none has nothing to come.
 */
function revealIn(schedule: EpochSchedule, { owed }: Duties, nowMs: number) {
  const current = votingRoundAt(schedule, nowMs)
  return (round: number, atMs: number): readonly Coming[] => {
    if (owed?.includes(round) === true) return [{ what: `reveal of round ${round}`, atMs }]
    return round >= current || owed === undefined
      ? [{ what: `window of reveals of round ${round}`, atMs }]
      : []
  }
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
