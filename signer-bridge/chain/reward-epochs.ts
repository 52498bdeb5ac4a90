/**
 * Which reward epoch a voting round belongs to, and which feeds it has in which order: read out of
 * the chain's own events, and out of nothing else. Pure.
 *
 * An epoch's offers are those made between the start of the epoch before it and the moment when the
 * random for it began to be acquired. It begins at the round that its signing policy names, which
 * may be later than the calendar says; the rule is "the largest epoch that has begun".
 */

import { z } from 'zod'
import { maxFeeds, type OrderedFeed } from '../../src/protocol/bridge-wire.ts'
import { OracleError } from '../../src/protocol/errors.ts'
import { canonicalFeedOrder } from '../../src/protocol/feed-order.ts'
import type { NetworkName } from '../../src/protocol/networks.ts'
import { isBeforeFip16 } from '../../src/protocol/reward-epoch.ts'
import { addressSchema, hexSchema } from './hex.ts'

const undatedPlace = { blockNumber: z.int(), logIndex: z.int(), rewardEpochId: z.int() }
/** With the stamp of its block, Unix seconds, where time matters. */
const place = { ...undatedPlace, timestampSec: z.int() }

/** An event as far as rounds' results depend on it. Amounts are text: they outgrow numbers. */
export const epochEventSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('policy'),
    ...place,
    startVotingRoundId: z.int(),
    /** Absent where the event's two accounts of its policy differ: then nobody is known by it. */
    policyBytes: hexSchema.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('voter'),
    ...undatedPlace,
    identity: addressSchema,
    signingPolicyAddress: addressSchema,
    submitAddress: addressSchema,
    submitSignaturesAddress: addressSchema,
  }),
  z.strictObject({
    kind: z.literal('voter-weight'),
    ...undatedPlace,
    identity: addressSchema,
    /** `wNatCappedWeight`, wei. */
    cappedDelegationWei: z.string().regex(/^\d+$/),
  }),
  z.strictObject({ kind: z.literal('epoch-started'), ...place }),
  z.strictObject({ kind: z.literal('random-acquisition'), ...place }),
  z.strictObject({
    kind: z.literal('inflation-offer'),
    ...place,
    feedIds: hexSchema,
    decimals: hexSchema,
  }),
  z.strictObject({
    kind: z.literal('community-offer'),
    ...place,
    feedId: hexSchema,
    decimals: z.int(),
    amount: z.string().regex(/^\d+$/),
  }),
])
export type EpochEvent = z.infer<typeof epochEventSchema>

export type EpochFeeds = {
  readonly rewardEpochId: number
  /** Canonical: a place says whose value it is. */
  readonly feeds: readonly OrderedFeed[]
}

export class FeedListError extends OracleError<
  'epoch-unknown' | 'offers-unknown' | 'search-outdated'
> {}

/**
 * The reward epoch of a round and its feeds.
 *
 * @param events In the chain's order.
 * @param network Since when it sums offers as FIP.16 has it.
 * @throws {FeedListError} `epoch-unknown` if no signing policy has begun by then; `offers-unknown`
 *   if the events between which its offers lie, or all offers, are missing.
 */
export function feedsOfRound(
  events: readonly EpochEvent[],
  votingRoundId: number,
  network: NetworkName,
): EpochFeeds {
  const rewardEpochId = epochOfRound(events, votingRoundId)
  if (rewardEpochId === undefined) {
    throw new FeedListError(
      'epoch-unknown',
      `No signing policy known to this bridge is in force in round ${votingRoundId}.`,
    )
  }
  const from = events
    .filter((event) => event.kind === 'epoch-started')
    .find((event) => event.rewardEpochId === rewardEpochId - 1)
  const to = events
    .filter((event) => event.kind === 'random-acquisition')
    .find((event) => event.rewardEpochId === rewardEpochId)
  if (from === undefined || to === undefined) {
    throw new FeedListError(
      'offers-unknown',
      `The chain does not say between which events the offers of reward epoch ${rewardEpochId} lie.`,
    )
  }
  const isOffer = (event: { readonly rewardEpochId: number; readonly timestampSec: number }) =>
    event.rewardEpochId === rewardEpochId &&
    event.timestampSec >= from.timestampSec &&
    event.timestampSec <= to.timestampSec
  const feeds = canonicalFeedOrder({
    inflation: events.filter((event) => event.kind === 'inflation-offer').filter(isOffer),
    community: events
      .filter((event) => event.kind === 'community-offer')
      .filter(isOffer)
      .map(({ feedId, decimals, amount }) => ({ feedId, decimals, amount: BigInt(amount) })),
    beforeFip16: isBeforeFip16(network, rewardEpochId),
  })
  if (feeds.length === 0 || feeds.length > maxFeeds) {
    throw new FeedListError(
      'offers-unknown',
      `Reward epoch ${rewardEpochId} has ${feeds.length} feeds by its offers.`,
    )
  }
  return { rewardEpochId, feeds }
}

/** The largest epoch that begins at the round or before it, by the policies that are known. */
export function epochOfRound(
  events: readonly EpochEvent[],
  votingRoundId: number,
): number | undefined {
  const begun = events
    .filter((event) => event.kind === 'policy')
    .filter(({ startVotingRoundId }) => startVotingRoundId <= votingRoundId)
  return begun.length === 0 ? undefined : Math.max(...begun.map((event) => event.rewardEpochId))
}
