/**
 * A reward epoch, as far as its rounds' results depend on it: who may vote with which weight, on
 * which feeds in which order, under which rules.
 */

import type { Address } from 'viem'
import type { OrderedFeed } from './bridge-wire.ts'
import { ProtocolError } from './errors.ts'
import type { NetworkName } from './networks.ts'

/** One who may vote. */
export type Voter = {
  /** Where commits and reveals come from; in any case of letters. */
  readonly submitAddress: Address
  /** In the median; not negative. */
  readonly weight: bigint
}

export type RewardEpoch = {
  readonly rewardEpochId: number
  /** As its `SigningPolicyInitialized` says; may be later than the calendar. */
  readonly startVotingRoundId: number
  /** Whether the rules from before FIP.16 hold: then a random alone is no reveal. */
  readonly beforeFip16: boolean
  /** In canonical order. */
  readonly feeds: readonly OrderedFeed[]
  /** In the order of the signing policy. */
  readonly voters: readonly Voter[]
}

/** A voter with what its weight may be read from. */
export type RegisteredVoter = {
  readonly submitAddress: Address
  /** Normalised: a uint16 of `SigningPolicyInitialized.weights`. */
  readonly policyWeight: number
  /** Wei of wrapped coin delegated, capped: `wNatCappedWeight` of `VoterRegistrationInfo`. */
  readonly cappedDelegationWei?: bigint
}

/**
 * The first reward epoch under FIP.16 of the networks that have adopted it. The newest reference
 * client (mid August 2026) names none for the test networks; the local chain is a Flare of today.
 */
const fip16Since: Readonly<Record<NetworkName, number>> = {
  flare: 417,
  songbird: 417,
  coston2: Number.POSITIVE_INFINITY,
  coston: Number.POSITIVE_INFINITY,
  local: 0,
}

/**
 * Whether a reward epoch is of the time before FIP.16. Then the median weighs by capped delegation,
 * a random alone is no reveal, and offers are summed as `RewardOffers.beforeFip16` says.
 *
 * @see https://github.com/flare-foundation/FTSO-Scaling `isFip16Active` (`constants.ts`)
 */
export function isBeforeFip16(network: NetworkName, rewardEpochId: number): boolean {
  return rewardEpochId < fip16Since[network]
}

/**
 * Voters with the weight that counts in the median: since FIP.16 that of the signing policy, before
 * it the capped delegation.
 *
 * @param registered In the order of the signing policy.
 * @throws {ProtocolError} `value-out-of-range` if a capped delegation is needed and not there.
 * @see https://github.com/flare-foundation/FTSO-Scaling `RewardEpoch.ftsoMedianVotingWeight`
 */
export function votersOf(
  registered: readonly RegisteredVoter[],
  beforeFip16: boolean,
): readonly Voter[] {
  return registered.map(({ submitAddress, policyWeight, cappedDelegationWei }) => {
    if (!beforeFip16) return { submitAddress, weight: BigInt(policyWeight) }
    if (cappedDelegationWei === undefined) {
      throw new ProtocolError(
        'value-out-of-range',
        `The capped delegation of ${submitAddress} is not known.`,
      )
    }
    return { submitAddress, weight: cappedDelegationWei }
  })
}

/**
 * The reward epoch that a round belongs to: of those that have begun by then the largest. Its rules
 * hold for the round's reveals too, even where these fall into the next epoch.
 *
 * @param epochs In any order, without a gap from the wanted one on.
 * @returns `undefined` if none of them has begun.
 */
export function rewardEpochAt(
  epochs: readonly RewardEpoch[],
  votingRoundId: number,
): RewardEpoch | undefined {
  return epochs
    .filter(({ startVotingRoundId }) => startVotingRoundId <= votingRoundId)
    .reduce<RewardEpoch | undefined>(
      (latest, epoch) =>
        latest === undefined || epoch.rewardEpochId > latest.rewardEpochId ? epoch : latest,
      undefined,
    )
}
