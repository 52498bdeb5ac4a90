/**
 * The protocol's clock: voting rounds, and the reward epochs that group them.
 *
 * Chains count seconds; the rest of this program counts milliseconds. The two meet here and
 * nowhere else.
 */

/** A network's clock, in the chain's own unit. */
export type EpochSchedule = {
  /** Start of voting round 0, Unix seconds. */
  readonly genesisSec: number
  /** Length of a voting round, seconds. */
  readonly roundSec: number
  /** First voting round of reward epoch 0. */
  readonly firstRewardRound: number
  /** Voting rounds in a reward epoch. */
  readonly rewardEpochRounds: number
}

/** The voting round that is open at `nowMs`. A round holds its start, not its end: `[start, end)`. */
export function votingRoundAt(schedule: EpochSchedule, nowMs: number): number {
  return Math.floor((nowMs / 1000 - schedule.genesisSec) / schedule.roundSec)
}

/** The instant a voting round opens, Unix milliseconds. */
export function votingRoundStartMs(schedule: EpochSchedule, votingRoundId: number): number {
  return (schedule.genesisSec + votingRoundId * schedule.roundSec) * 1000
}

/** The reward epoch that is expected to hold a voting round (the chain may start one late). */
export function rewardEpochOf(schedule: EpochSchedule, votingRoundId: number): number {
  return Math.floor((votingRoundId - schedule.firstRewardRound) / schedule.rewardEpochRounds)
}
