/**
 * A round's result as others read it: the fields and their spelling are those of the reference data
 * provider, so that a data-availability layer may read us instead of it. Pure.
 *
 * Its lists of each voter's value and weight are not here: a result does not hold them.
 *
 * @see https://github.com/flare-foundation/FTSO-Scaling `apps/ftso-data-provider` (controller, dto),
 *   `libs/ftso-core` (`MerkleTreeStructs`, `voting-types`), seen 2026-11-22
 */

import { type Hex, numberToHex } from 'viem'
import type { FeedResult } from '../../src/protocol/feed-medians.ts'
import { merkleProof } from '../../src/protocol/merkle-tree.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import { encodeRandomProof } from '../../src/protocol/relay-calldata.ts'
import type { RoundResult } from '../../src/protocol/round-result.ts'
import type { DataBody, FeedBody, MediansBody } from './schemas.ts'

type Feed = RoundResult['feeds'][number]

/** The result's leaves in the order of the tree's listing: the random, then the canonical feeds. */
export function dataBody(result: RoundResult): DataBody {
  const { votingRoundId, random, feeds, tree } = result
  return {
    status: 'OK',
    protocolId: protocolIds.ftso,
    votingRoundId,
    merkleRoot: tree.root,
    isSecureRandom: random.isSecure,
    tree: [
      { votingRoundId, value: wordOf(random.value), isSecure: random.isSecure },
      ...feeds.map((feed) => leafOf(votingRoundId, feed)),
    ],
  }
}

/**
 * One feed's result with the proof that leads from it to the root.
 *
 * @param feedId In lower case.
 * @returns `undefined` if the round has no such feed.
 */
export function feedBody(result: RoundResult, feedId: Hex): FeedBody | undefined {
  const feed = result.feeds.find(({ id }) => id === feedId)
  if (feed === undefined) return undefined
  const proof = merkleProof(result.tree, feed.leaf)
  if (proof === undefined) throw new TypeError("A feed's leaf is in the tree of its result.")
  return {
    status: 'OK',
    feedWithProof: { body: leafOf(result.votingRoundId, feed), proof: [...proof] },
  }
}

/**
 * Each feed's median and what lies around it.
 *
 * @param totalWeight Of all voters of the policy; absent where it is not known.
 */
export function mediansBody(result: RoundResult, totalWeight: bigint | undefined): MediansBody {
  const { votingRoundId, feeds } = result
  return {
    status: 'OK',
    votingRoundId,
    medianData: feeds.map((feed) => ({
      votingRoundId,
      feed: { id: feed.id, decimals: feed.decimals },
      data: {
        finalMedian: valueOf(feed, feed.participatingWeight > 0n ? feed.value : undefined),
        quartile1: valueOf(feed, feed.quartile1),
        quartile3: valueOf(feed, feed.quartile3),
        participatingWeight: String(feed.participatingWeight),
      },
      ...(totalWeight !== undefined && { totalVotingWeight: String(totalWeight) }),
    })),
  }
}

/** What Relay v2 wants behind the signatures: the random and the nodes of its proof. */
export function finalizationDataOf({ random, randomProof }: RoundResult): Hex {
  return encodeRandomProof({ random: wordOf(random.value), proof: randomProof })
}

function leafOf(votingRoundId: number, { id, value, turnoutBips, decimals }: Feed) {
  return { votingRoundId, id, value, turnoutBIPS: turnoutBips, decimals }
}

function valueOf({ decimals }: FeedResult, value: number | undefined) {
  return { isEmpty: value === undefined, value: value ?? 0, decimals }
}

function wordOf(value: bigint): Hex {
  return numberToHex(value, { size: 32 })
}
