/** Builders of what housekeeping claims, without a chain. */

import { type Address, numberToHex } from 'viem'
import type { ClaimDeed } from '../../signer-bridge/housekeeping/calldata.ts'
import type { EpochRewards, OwnerRewards } from '../../signer-bridge/housekeeping/view.ts'
import { claimTypes, type RewardClaim } from '../../src/protocol/reward-claims.ts'

/** The address that ends in this number. */
export function anAddress(number: number): Address {
  return numberToHex(number, { size: 20 })
}

export const owner = anAddress(0xa1)

/** An ordinary fee: 10 wei of reward epoch 417, the owner's. */
export function aClaim(differing: Partial<RewardClaim> = {}): RewardClaim {
  const { fee: claimType } = claimTypes
  return { rewardEpochId: 417, beneficiary: owner, amount: 10n, claimType, ...differing }
}

/** An ordinary deed: the owner has all up to reward epoch 417 and one fee. */
export function aClaimDeed(differing: Partial<ClaimDeed> = {}): ClaimDeed {
  return {
    kind: 'claim',
    owner,
    recipient: owner,
    rewardEpochId: 417,
    isWrapped: false,
    proofs: [{ merkleProof: [numberToHex(1, { size: 32 })], body: aClaim() }],
    ...differing,
  }
}

/** A reward epoch in which nothing is to be had. */
export function anEpochOfRewards(
  rewardEpochId: number,
  differing: Partial<EpochRewards> = {},
): EpochRewards {
  const nothing = { byWeight: [], byProof: [], initialising: [], isKnown: true }
  return { rewardEpochId, ...nothing, ...differing }
}

/** The owner's rewards of some reward epochs, all unclaimed by weight from the first on. */
export function someRewards(epochs: readonly EpochRewards[], next?: number): OwnerRewards {
  return { owner, next: next ?? epochs[0]?.rewardEpochId ?? 0, epochs }
}
