/**
 * When things happen in the scenario: twenty rounds that fill the bench, then thirty that are judged,
 * and among these the start of a reward epoch, two rounds late because its policy was.
 */

import { type EpochSchedule, votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'

/** Flare's clock, with reward epochs of an hour. */
export const schedule: EpochSchedule = { ...networks.local.schedule, rewardEpochRounds: 40 }

/** The reward epochs that the scenario plays in: one ends, the other begins. */
export const epochBefore = 451
export const epochAfter = 452

/** Where the calendar has the start of a reward epoch. */
export function expectedStart(rewardEpochId: number): number {
  return rewardEpochId * schedule.rewardEpochRounds
}

/** The chain's first block; its contracts begin with the epoch of this round, which has no voters. */
export const genesisRound = expectedStart(449)

/** First round under the new policy. */
export const changeRound = expectedStart(epochAfter) + 2

export const firstRound = changeRound - 35
export const lastRound = firstRound + 49

/** Those whose result is held against the oracle's. */
export const judgedRounds: readonly number[] = Array.from(
  { length: 30 },
  (_, i) => lastRound - 29 + i,
)

/** Rounds in which the contracts take a step towards the new epoch. */
export const randomRound = expectedStart(epochAfter) - 14
export const registrationRound = randomRound + 1
/** So late that the policy comes into force two rounds behind the calendar: three are its delay. */
export const policyRound = expectedStart(epochAfter) - 1

/** Somebody offers when it is too late. */
export const lateOfferRound = randomRound + 3

/** The protocol's clock stands still between registration and policy. */
export function isClockCalled(round: number): boolean {
  return round <= registrationRound || round >= policyRound
}

export function startSec(round: number): number {
  return votingRoundStartMs(schedule, round) / 1_000
}

/** What of the protocol's data a provider has to go by in a round. */
export type Phase = 'before' | 'after'

export function phaseOf(round: number): Phase {
  return round < changeRound ? 'before' : 'after'
}
