/** What a local chain can be told, and what that makes of it. */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from 'viem'
import { type EpochSchedule, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { networks } from '../../src/protocol/networks.ts'
import { blockMsOf, minRewardEpochRounds, roundsToRehearse } from './schedule.ts'
import { type ChainVoter, type ChainVoterInput, chainVoterSchema, extraVoter } from './voters.ts'

export type ChainOptions = {
  /** 0 takes any free port. */
  readonly port: number
  readonly roundSec: number
  /** As on the test networks, 240, unless told otherwise; at least 4. */
  readonly rewardEpochRounds?: number
  /** How far blocks are apart; by the round's length, 1 000 to 1 800, unless told otherwise. */
  readonly blockMs?: number
  /** They are registered in every reward epoch, and all their addresses funded. */
  readonly voters?: readonly ChainVoterInput[]
  /** Voters that only have weight, beside the given ones; 2 unless told otherwise. */
  readonly extraVoters?: number
  /** Further addresses to fund. */
  readonly funded?: readonly Address[]
  /** Where anvil may leave files of its own; in the system's temporary directory if absent. */
  readonly dataDirectory?: string
  /** Where compiled contracts are kept; below `node_modules/.cache` if absent. */
  readonly cacheDirectory?: string
  /** Hears of blocks that could not be mined. */
  readonly onTrouble?: (error: unknown) => void
  /** Hears that anvil died without being asked to. */
  readonly onDeath?: (sentence: string) => void
}

/** All that a chain needs to know before it is built. */
export type ChainPlan = {
  readonly schedule: EpochSchedule
  readonly blockMs: number
  /** The timestamp of the first blocks: the start of a reward epoch before the previous one. */
  readonly genesisAtSec: number
  readonly voters: readonly ChainVoter[]
  readonly funded: readonly Address[]
  readonly home: string
  readonly onTrouble: (error: unknown) => void
}

/**
 * Settles what the options leave open.
 *
 * @param nowMs When the chain begins: decides how far its history reaches back.
 * @throws {Error} if the reward epoch is too short or a voter is none.
 */
export function chainPlanOf(options: ChainOptions, nowMs: number): ChainPlan {
  const rewardEpochRounds = options.rewardEpochRounds ?? networks.local.schedule.rewardEpochRounds
  if (rewardEpochRounds < minRewardEpochRounds) {
    throw new Error(`A reward epoch has ${minRewardEpochRounds} rounds at least.`)
  }
  const schedule = { ...networks.local.schedule, roundSec: options.roundSec, rewardEpochRounds }
  const home = options.dataDirectory ?? join(tmpdir(), 'chrono-chain')
  const extra = Array.from({ length: options.extraVoters ?? 2 }, (_, index) => extraVoter(index))
  const given = (options.voters ?? []).map((voter) => chainVoterSchema.parse(voter))
  const voters = [...given, ...extra]
  const [firstRound = 0] = roundsToRehearse(schedule, nowMs)
  return {
    schedule,
    home,
    voters,
    blockMs: options.blockMs ?? blockMsOf(schedule),
    onTrouble: options.onTrouble ?? (() => undefined),
    genesisAtSec: votingRoundStartMs(schedule, firstRound) / 1_000,
    funded: [
      ...(options.funded ?? []),
      ...voters.flatMap((voter) => [
        voter.identity,
        voter.submitAddress,
        voter.submitSignaturesAddress,
        voter.signingPolicyAddress,
      ]),
    ],
  }
}
