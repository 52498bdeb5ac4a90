/**
 * The timetable of a voting round, in seconds from the round's start, at the length that Flare has
 * (90 s). Where rounds are shorter, everything shrinks alike.
 *
 * @see https://dev.flare.network/network/fsp (seen 2026-11-22): commits count by block timestamp in
 *   [0, 90), reveals in [90, 135), both strictly.
 */

import type { EpochSchedule } from './epoch.ts'

/** The length of a round in which the figures below are given. */
const referenceRoundSec = 90

const reference = {
  /** From here on a vector may be frozen; earlier in attended mode, for a hand is slow. */
  freezeFrom: 60,
  freezeFromAttended: 35,
  /** When the bridge asks for the vector: as late as is safe is what FTSO rewards. */
  freezeAt: 70,
  /** The commit is on its way by now. */
  commitBy: 76,
  /** No commit is sent for the first time after this. */
  lastCommit: 84,
  /** In the next round: the reveal is sent, once a block stamped in that round has been seen. */
  revealAt: 10,
  /** In the next round: a reveal in a block stamped here or later does not exist. */
  revealDeadline: 45,
  /** In the next round: a signature in a block stamped before this is rewarded in any case. */
  signatureGraceEnd: 60,
  /** In the next round: up to this stamp, itself included, drawn finalisers share the reward. */
  finalisationGraceEnd: 65,
} as const

export type Timetable = { readonly [Moment in keyof typeof reference]: number }

/**
 * The moments of a round of this schedule, in whole milliseconds from its (or the next one's)
 * start. Rounded down: a deadline must not be a trace later than the chain's.
 */
export function timetableMs({ roundSec }: Pick<EpochSchedule, 'roundSec'>): Timetable {
  const scaled = (sec: number) => Math.floor((sec * roundSec * 1_000) / referenceRoundSec)
  return {
    freezeFrom: scaled(reference.freezeFrom),
    freezeFromAttended: scaled(reference.freezeFromAttended),
    freezeAt: scaled(reference.freezeAt),
    commitBy: scaled(reference.commitBy),
    lastCommit: scaled(reference.lastCommit),
    revealAt: scaled(reference.revealAt),
    revealDeadline: scaled(reference.revealDeadline),
    signatureGraceEnd: scaled(reference.signatureGraceEnd),
    finalisationGraceEnd: scaled(reference.finalisationGraceEnd),
  }
}
