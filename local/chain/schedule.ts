/**
 * The clock of the local chain: how a reward epoch's steps lie in its rounds, which of them have to
 * be made up for when a chain begins, and when blocks are due. Pure.
 */

import { type EpochSchedule, rewardEpochOf, votingRoundAt } from '../../src/protocol/epoch.ts'

/** Spans before a reward epoch, in voting rounds. */
export type RewardEpochPlan = {
  /** From the start of random acquisition to the expected end of the epoch before. */
  readonly leadRounds: number
  readonly registrationRounds: number
  /** From the making of a policy to its first round, at least. */
  readonly policyDelayRounds: number
}

/** With fewer rounds the steps of a reward epoch, one a round, would not fit in. */
export const minRewardEpochRounds = 4

/** Blocks on Flare are 1.7 to 1.8 s apart (2026). In short rounds they follow faster. */
const flareBlockMs = 1_800
const minBlockMs = 1_000
const blocksInRound = 50

/** The spans that Coston's have in its 240 rounds (80, 20 and 3), scaled to any length. */
export function rewardEpochPlan({
  rewardEpochRounds,
}: Pick<EpochSchedule, 'rewardEpochRounds'>): RewardEpochPlan {
  const leadRounds = Math.max(3, Math.ceil(rewardEpochRounds / 3))
  return {
    leadRounds,
    registrationRounds: Math.max(1, Math.floor(leadRounds / 4)),
    policyDelayRounds: Math.min(3, leadRounds - 2),
  }
}

/** How far blocks are apart unless one is told. Milliseconds. */
export function blockMsOf({ roundSec }: Pick<EpochSchedule, 'roundSec'>): number {
  return Math.min(flareBlockMs, Math.max(minBlockMs, (roundSec * 1_000) / blocksInRound))
}

/**
 * The rounds in which a chain that begins now would have taken its steps, so that all events of the
 * present and the previous reward epoch are there: the first is that of its genesis.
 */
export function roundsToRehearse(schedule: EpochSchedule, nowMs: number): readonly number[] {
  const now = votingRoundAt(schedule, nowMs)
  const present = rewardEpochOf(schedule, now)
  const first = Math.max(0, present - 2)
  const { leadRounds, registrationRounds } = rewardEpochPlan(schedule)
  const startOf = (rewardEpoch: number): number =>
    schedule.firstRewardRound + rewardEpoch * schedule.rewardEpochRounds

  const rounds = [startOf(first)]
  for (let rewardEpoch = first + 1; rewardEpoch <= present + 1; rewardEpoch += 1) {
    const start = startOf(rewardEpoch)
    const randomAt = start - leadRounds
    rounds.push(randomAt, randomAt + 1, randomAt + 1 + registrationRounds, start)
  }
  return rounds.filter((round) => round <= now)
}

/** The timestamp of a block that is mined now: the wall clock's, but never before its parent's. */
export function blockAtSec(nowMs: number, parentAtSec: number): number {
  return Math.max(parentAtSec, Math.floor(nowMs / 1_000))
}

/**
 * When the block after the one that was due at `dueMs` is due: blocks keep to a grid, so that no
 * delay adds up, and those that were missed are not made up for.
 */
export function nextBlockDueMs(dueMs: number, nowMs: number, blockMs: number): number {
  const missed = Math.max(0, Math.ceil((nowMs - dueMs - blockMs) / blockMs))
  return dueMs + (missed + 1) * blockMs
}
