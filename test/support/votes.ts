/** Builders of votes: a provider's commit and reveal, the blocks that carry them, its reward epoch. */

import { type Address, concatHex, type Hex, numberToHex } from 'viem'
import { commitHash, encodeReveal } from '../../src/protocol/commit.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { encodeFrame, protocolIds } from '../../src/protocol/payload.ts'
import type { RawSubmission } from '../../src/protocol/raw-submissions.ts'
import type { RewardEpoch } from '../../src/protocol/reward-epoch.ts'
import { type SubmissionMethod, submissionSelectors } from '../../src/protocol/submission.ts'

/** Two feeds of no decimals, `A/USD` and `B/USD`, and two voters of weight 1: 1 and 2. */
export function aRewardEpoch(differing: Partial<RewardEpoch> = {}): RewardEpoch {
  return {
    rewardEpochId: 1,
    startVotingRoundId: 0,
    beforeFip16: false,
    feeds: ['41', '42'].map((letter) => ({
      id: `0x01${letter}2f555344${'0'.repeat(30)}` as const,
      decimals: 0,
    })),
    voters: [1, 2].map((n) => ({ submitAddress: providerAt(n), weight: 1n })),
    ...differing,
  }
}

/** The submit address of a provider, in lower case. */
export function providerAt(n: number): Address {
  return numberToHex(0xabc0_0000 + n, { size: 20 })
}

export type Vote = {
  readonly commit: Hex
  readonly reveal: Hex
}

/** What a provider commits to and reveals: slots of values, and a random that is a number. */
export function aVote(
  n: number,
  votingRoundId: number,
  slots: readonly number[],
  random = n,
): Vote {
  const revealed = {
    random: numberToHex(random, { size: 32 }),
    feedValues: concatHex(
      slots.map((value) => numberToHex(value === 0 ? 0 : value + 2 ** 31, { size: 4 })),
    ),
  }
  return {
    commit: commitHash({ submitAddress: providerAt(n), votingRoundId, ...revealed }),
    reveal: encodeReveal(revealed),
  }
}

/** Calldata of one frame of the prices' protocol. */
export function calldataOf(method: SubmissionMethod, votingRoundId: number, payload: Hex): Hex {
  const frame = encodeFrame({ protocolId: protocolIds.ftso, votingRoundId, payload })
  return concatHex([submissionSelectors[method], frame])
}

/** A call of provider 1 in the first transaction of block 1. */
export function aSubmission(
  differing: Pick<RawSubmission, 'method' | 'timestampSec' | 'calldata'> & Partial<RawSubmission>,
): RawSubmission {
  return { blockNumber: 1, transactionIndex: 0, sender: providerAt(1), ...differing }
}

/** A transaction to the contract, as a block holds it. */
export function aTransaction(input: Hex, from = providerAt(1)) {
  return { from, to: submissionAddress, input, transactionIndex: 0 } as const
}
