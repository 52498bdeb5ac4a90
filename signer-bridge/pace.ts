/** How fast the bridge moves: its pauses and deadlines, which shrink with the length of a round. */

import type { EpochSchedule } from '../src/protocol/epoch.ts'

/** All in milliseconds. */
export type Pace = {
  /** Between looks while something is under way. */
  readonly pollMs: number
  /** Longest pause while nothing is due: the head is looked at, and with it the clock. */
  readonly restMs: number
  /** A transaction gets so long to land before it is replaced. */
  readonly resendMs: number
  /** For one answer of a node. */
  readonly nodeMs: number
  /** For one answer of the Worker to a freeze, which polls exchanges first. */
  readonly freezeMs: number
  /** For all other answers of the Worker. */
  readonly workerMs: number
  /** Between attempts at what failed. */
  readonly retryMs: number
  /** No commit on the strength of an older block. */
  readonly maxHeadAgeMs: number
}

/** At 90 s a round: 500 ms, 5 s, 5 s, 4 s, 5 s, 2 s, 1 s, 15 s. */
export function paceOf({ roundSec }: Pick<EpochSchedule, 'roundSec'>): Pace {
  const share = (parts: number, leastMs: number, mostMs: number) =>
    Math.round(Math.min(mostMs, Math.max(leastMs, (roundSec * 1_000) / parts)))
  return {
    pollMs: share(180, 100, 500),
    restMs: share(18, 250, 5_000),
    resendMs: share(18, 1_200, 5_000),
    nodeMs: share(22, 1_000, 4_000),
    freezeMs: share(18, 1_200, 5_000),
    workerMs: share(45, 800, 2_000),
    retryMs: share(90, 200, 1_000),
    maxHeadAgeMs: share(6, 4_000, 15_000),
  }
}
