/**
 * The canonical feed order: which feed stands where in a reward epoch's vectors. The epoch's reward
 * offers decide it, and a place decides whose price a value is: one feed out of order shifts all.
 */

import { bytesToHex, type Hex } from 'viem'
import type { OrderedFeed } from './bridge-wire.ts'
import { wholeBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'

/** What an `InflationRewardsOffered` says of its feeds. */
export type OfferFeeds = {
  /** 21 bytes a feed. */
  readonly feedIds: Hex
  /** One signed byte a feed. */
  readonly decimals: Hex
}

/** What a `RewardsOffered` says of its feed. */
export type CommunityOffer = {
  readonly feedId: Hex
  readonly decimals: number
  /** Wei of the network's coin. */
  readonly amount: bigint
}

export type RewardOffers = {
  readonly inflation: readonly OfferFeeds[]
  /** In the order of their logs. */
  readonly community: readonly CommunityOffer[]
  /**
   * Whether the reward epoch is of the time before FIP.16 (reward epoch 417 on Flare and Songbird).
   * Then a repeated community offer doubles what stood there before it, as the reference did.
   */
  readonly beforeFip16?: boolean
}

type RankedFeed = OrderedFeed & {
  readonly inflation: boolean
  /** Of community offers; of no meaning for the order of feeds that have inflation offers. */
  readonly amount: bigint
}

const feedIdBytes = 21

/**
 * The feeds of a reward epoch in the order of its vectors: those with an inflation offer by id;
 * then those that only the community offers for, by the amount offered, largest first, and by id
 * where amounts are equal. A feed that is offered for several times stands once.
 *
 * @returns Ids in lower case.
 * @throws {ProtocolError} `decimals-conflicting` if two offers differ in a feed's decimals;
 *   `malformed-payload` if an offer's lists do not fit one another.
 * @see https://github.com/flare-foundation/FTSO-Scaling `rewardEpochFeedSequence`
 */
export function canonicalFeedOrder(offers: RewardOffers): readonly OrderedFeed[] {
  const ranked = new Map<string, RankedFeed>()

  for (const { feedIds, decimals } of offers.inflation) {
    for (const feed of feedsOfOffer(feedIds, decimals)) {
      refuseConflict(feed, ranked.get(feed.id))
      ranked.set(feed.id, { ...feed, inflation: true, amount: 0n })
    }
  }

  for (const { feedId, decimals, amount } of offers.community) {
    const feed = { id: lowerCaseId(feedId), decimals }
    const known = ranked.get(feed.id)
    refuseConflict(feed, known)
    const before = known?.amount ?? 0n
    ranked.set(feed.id, {
      ...feed,
      inflation: known?.inflation ?? false,
      amount: before * (offers.beforeFip16 === true ? 2n : 1n) + amount,
    })
  }

  return [...ranked.values()].toSorted(byRank).map(({ id, decimals }) => ({ id, decimals }))
}

/**
 * The feeds of one inflation offer, in its own order.
 *
 * @param feedIds 21 bytes a feed.
 * @param decimals One signed byte a feed.
 * @throws {ProtocolError} `malformed-payload` if the ids are not whole or their count differs from
 *   that of the decimals.
 */
export function feedsOfOffer(feedIds: Hex, decimals: Hex): readonly OrderedFeed[] {
  const ids = wholeBytes(feedIds, "offer's feed ids")
  const signed = new Int8Array(wholeBytes(decimals, "offer's decimals"))
  if (ids.length !== signed.length * feedIdBytes) {
    throw new ProtocolError(
      'malformed-payload',
      `${ids.length} bytes of feed ids do not match ${signed.length} decimals.`,
    )
  }
  return Array.from(signed, (feedDecimals, feed) => ({
    id: bytesToHex(ids.subarray(feed * feedIdBytes, (feed + 1) * feedIdBytes)),
    decimals: feedDecimals,
  }))
}

function lowerCaseId(feedId: Hex): Hex {
  const bytes = wholeBytes(feedId, 'feed id')
  if (bytes.length !== feedIdBytes) {
    throw new ProtocolError('malformed-payload', `A feed id is 21 bytes, not ${bytes.length}.`)
  }
  return bytesToHex(bytes)
}

function refuseConflict(feed: OrderedFeed, known: OrderedFeed | undefined): void {
  if (known !== undefined && known.decimals !== feed.decimals) {
    throw new ProtocolError(
      'decimals-conflicting',
      `Feed ${feed.id} is offered with ${known.decimals} and with ${feed.decimals} decimals.`,
    )
  }
}

/** All ids have one length and one case, so that the order of the text is that of the bytes. */
function byRank(one: RankedFeed, other: RankedFeed): number {
  if (one.inflation !== other.inflation) return one.inflation ? -1 : 1
  if (!one.inflation && one.amount !== other.amount) return one.amount > other.amount ? -1 : 1
  return one.id < other.id ? -1 : 1
}
