/** A round as Flare has it at its largest: the blocks of 100 voters who vote on 63 feeds. */

import { type Address, concatHex, type Hex, keccak256, numberToHex, sliceHex } from 'viem'
import { commitHash, encodeReveal, type Reveal } from '../../src/protocol/commit.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { encodeFeedValues, type FeedValueEntry } from '../../src/protocol/feed-values.ts'
import { networks } from '../../src/protocol/networks.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import type { BlockTransaction, FullBlock } from '../../src/protocol/raw-submissions.ts'
import type { RewardEpoch } from '../../src/protocol/reward-epoch.ts'
import { submissionCalldata } from '../../src/protocol/submission.ts'

export type FullRound = {
  readonly votingRoundId: number
  readonly epoch: RewardEpoch
  /** From the round's start to its reveal deadline. */
  readonly blocks: readonly FullBlock[]
  /** What one provider has to say: to be encoded, committed to and revealed. */
  readonly entries: readonly FeedValueEntry[]
  readonly reveals: readonly Reveal[]
}

export const voterCount = 100
export const feedCount = 63
export const blockCount = 80

const votingRoundId = 1_520_840
/** Blocks of the round itself; the rest are those in which it is revealed. */
const commitBlocks = 53
const blockSec = 1.7

/** Transactions of other people in each block, and the length of their calldata. */
const otherCount = 20
const otherBytes = 196

/** The same each time. */
export function fullRound(): FullRound {
  const epoch: RewardEpoch = {
    rewardEpochId: 452,
    startVotingRoundId: 1_518_720,
    beforeFip16: false,
    feeds: Array.from({ length: feedCount }, (_, i) => ({
      id: `0x01${numberToHex(i, { size: 20 }).slice(2)}` as const,
      decimals: 5,
    })),
    voters: Array.from({ length: voterCount }, (_, i) => ({
      submitAddress: addressOf(i),
      weight: BigInt(i < 3 ? 0 : 100 + 10 * i),
    })),
  }
  const vectors = epoch.voters.map((_, voter) =>
    epoch.feeds.map(({ decimals }, i) => ({ price: 1 + i + voter / 10_000, decimals })),
  )
  const reveals = vectors.map((entries, voter): Reveal => ({
    random: keccak256(numberToHex(voter)),
    feedValues: encodeFeedValues(entries).values,
  }))
  return { votingRoundId, epoch, entries: vectors[0] ?? [], reveals, blocks: blocksOf(reveals) }
}

function blocksOf(reveals: readonly Reveal[]): FullBlock[] {
  const startSec = networks.flare.schedule.genesisSec + 90 * votingRoundId
  const calls = reveals.map((reveal, voter) => callsOf(reveal, addressOf(voter)))
  return Array.from({ length: blockCount }, (_, number) => {
    const isCommitting = number < commitBlocks
    const share = isCommitting ? commitBlocks : blockCount - commitBlocks
    const place = isCommitting ? number : number - commitBlocks
    const own = calls
      .filter((__, voter) => voter % share === place)
      .map(({ from, commit, reveal }) => ({ from, input: isCommitting ? commit : reveal }))
    return {
      number,
      timestampSec: startSec + Math.min(Math.floor(number * blockSec), 134),
      transactions: [...others(number), ...own].map((call, transactionIndex): BlockTransaction => ({
        to: submissionAddress,
        ...call,
        transactionIndex,
      })),
    }
  })
}

function callsOf(reveal: Reveal, from: Address) {
  const hash = commitHash({ submitAddress: from, votingRoundId, ...reveal })
  const frame = (payload: Hex) => [{ protocolId: protocolIds.ftso, votingRoundId, payload }]
  return {
    from,
    commit: submissionCalldata('submit1', frame(hash)),
    reveal: submissionCalldata('submit2', frame(encodeReveal(reveal))),
  }
}

function others(block: number) {
  const words = Array.from({ length: Math.ceil(otherBytes / 32) }, (_, i) =>
    keccak256(numberToHex(block * 1_000 + i)),
  )
  const input = sliceHex(concatHex(words), 0, otherBytes)
  return Array.from({ length: otherCount }, (_, i) => ({
    from: addressOf(10_000 + i),
    to: addressOf(20_000 + i),
    input,
  }))
}

function addressOf(n: number): Address {
  return sliceHex(keccak256(numberToHex(n, { size: 4 })), 0, 20)
}
