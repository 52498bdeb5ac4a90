/** The stretch of blocks as rounds: which of them are read in full, and what was submitted in them. */

import { benchingRounds } from '../../src/protocol/benching.ts'
import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import {
  type RoundSubmissions,
  submissionsOfRound,
} from '../../src/protocol/submissions-of-round.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import type { BlockBook } from '../observations/block-book.ts'
import { keptRounds } from './follow.ts'
import type { ReadStretch } from './observer.ts'

export type ReadRounds = {
  /**
   * Whether every block of a round's windows has been read: one before the first of them and one
   * past its reveal deadline show it. Before the chain's first block there is nothing to read.
   */
  readonly isRead: (votingRoundId: number) => boolean
  /** The rounds that are read, ascending; those of the last hour and a half at most. */
  readonly all: () => readonly number[]
  /** Of a round that is read. */
  readonly submissionsOf: (votingRoundId: number) => RoundSubmissions
  readonly era: () => number
}

const mostRounds = keptRounds + benchingRounds

export function readRounds(
  schedule: EpochSchedule,
  blocks: Pick<BlockBook, 'stretch' | 'submissionsIn' | 'era'>,
): ReadRounds {
  const isIn = (stretch: ReadStretch, votingRoundId: number) => {
    const { startMs, deadlineMs } = momentsOf(schedule, votingRoundId)
    const isBegun = stretch.fromBlock === 0 || stretch.fromTimestampSec * 1_000 < startMs
    return isBegun && stretch.toTimestampSec * 1_000 >= deadlineMs
  }
  return {
    isRead: (votingRoundId) => {
      const stretch = blocks.stretch()
      return stretch !== undefined && isIn(stretch, votingRoundId)
    },
    all: () => {
      const stretch = blocks.stretch()
      if (stretch === undefined) return []
      const last = votingRoundAt(schedule, stretch.toTimestampSec * 1_000)
      const rounds = Array.from({ length: mostRounds }, (_, i) => last - mostRounds + 1 + i)
      return rounds.filter((round) => isIn(stretch, round))
    },
    submissionsOf: (votingRoundId) => {
      const { startMs, nextMs, deadlineMs } = momentsOf(schedule, votingRoundId)
      return submissionsOfRound(schedule, votingRoundId, [
        ...blocks.submissionsIn('submit1', { fromMs: startMs, beforeMs: nextMs }),
        ...blocks.submissionsIn('submit2', { fromMs: nextMs, beforeMs: deadlineMs }),
      ])
    },
    era: blocks.era,
  }
}

function momentsOf(schedule: EpochSchedule, votingRoundId: number) {
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  return {
    startMs: votingRoundStartMs(schedule, votingRoundId),
    nextMs,
    deadlineMs: nextMs + timetableMs(schedule).revealDeadline,
  }
}
