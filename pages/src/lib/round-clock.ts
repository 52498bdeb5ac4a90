/**
 * The clock of a voting round to scale: what may happen when, in shares of the round, and what the
 * timetable has for now. It goes on by itself between two looks at the server.
 */

import type { Status } from '../../../src/protocol/status.ts'
import { timetableMs } from '../../../src/protocol/timetable.ts'

/** A stretch of the round; shares of 1. */
export type Stretch = { readonly from: number; readonly to: number }

export type Lane = {
  readonly name: 'Reveal' | 'Commit'
  readonly votingRoundId: number
  /** When the chain takes it. */
  readonly allowed: Stretch
  /** When we send it. */
  readonly ours: Stretch
  readonly when: 'ahead' | 'now' | 'over'
}

export type Mark = { readonly at: number; readonly seconds: number }

export type RoundClock = {
  readonly votingRoundId: number
  /** 0 to 1. */
  readonly progress: number
  readonly secondsLeft: number
  readonly lanes: readonly Lane[]
  /** Moments that are worth a number under the scale, from the round's start to its end. */
  readonly marks: readonly Mark[]
  /** What the timetable has for now. */
  readonly sentence: string
}

export function roundClockAt(round: Status['round'], nowMs: number): RoundClock {
  const lengthMs = round.seconds * 1_000
  const passed = Math.floor((nowMs - round.started_at) / lengthMs)
  const votingRoundId = round.id + passed
  const atMs = nowMs - (round.started_at + passed * lengthMs)

  const { freezeAt, lastCommit, revealAt, revealDeadline } = timetableMs({
    roundSec: round.seconds,
  })
  const share = (ms: number): number => ms / lengthMs
  const lane = (name: Lane['name'], id: number, until: number, ours: Stretch): Lane => ({
    name,
    votingRoundId: id,
    allowed: { from: 0, to: share(until) },
    ours: { from: share(ours.from), to: share(ours.to) },
    when: atMs < ours.from ? 'ahead' : atMs < ours.to ? 'now' : 'over',
  })
  const reveal = { from: revealAt, to: revealDeadline }
  const commit = { from: freezeAt, to: lastCommit }
  return {
    votingRoundId,
    progress: share(atMs),
    secondsLeft: Math.ceil((lengthMs - atMs) / 1_000),
    lanes: [
      lane('Reveal', votingRoundId - 1, revealDeadline, reveal),
      lane('Commit', votingRoundId, lengthMs, commit),
    ],
    marks: [0, revealAt, revealDeadline, freezeAt, lengthMs].map((ms) => ({
      at: share(ms),
      seconds: Math.round(ms / 100) / 10,
    })),
    sentence: sentenceAt(atMs, reveal, commit),
  }
}

function sentenceAt(atMs: number, reveal: Stretch, commit: Stretch): string {
  if (atMs < reveal.from) return 'The last reveal waits for a block of this round.'
  if (atMs < reveal.to) return 'Time to reveal the last round.'
  if (atMs < commit.from) return 'Time to collect prices.'
  if (atMs < commit.to) return 'Time to freeze prices and commit them.'
  return 'The round is about to end.'
}
