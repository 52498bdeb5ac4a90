/**
 * The claims of a reward epoch: who may have how much, as leaves of the tree whose root the voters
 * signed. `merkleTreeOf` of the leaves gives root and proofs.
 */

import { type Address, encodeAbiParameters, type Hex, keccak256 } from 'viem'
import { lowerCase } from './address.ts'
import { unsignedField } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { isBytes } from './peer-bytes.ts'

/** What a claim is for. Of `direct` and `fee` a proof is shown, `wnat` and `mirror` go by weight. */
export const claimTypes = { direct: 0, fee: 1, wnat: 2, mirror: 3, cchain: 4 } as const

export type RewardClaim = {
  readonly rewardEpochId: number
  /** An address, or a node's 20-byte id. */
  readonly beneficiary: Address
  /** Wei. */
  readonly amount: bigint
  /** One of `claimTypes`; later ones may come. */
  readonly claimType: number
}

/** uint120 */
const largestAmount = 2n ** 120n - 1n

const beneficiaryBytes = 20

const claimParameters = [
  { type: 'uint24' },
  { type: 'bytes20' },
  { type: 'uint120' },
  { type: 'uint8' },
] as const

/**
 * The leaf of a claim.
 *
 * @returns keccak256(abi.encode(uint24 rewardEpochId, bytes20 beneficiary, uint120 amount,
 *   uint8 claimType)), 32 bytes.
 * @throws {ProtocolError} `value-out-of-range` if a number does not fit in its field;
 *   `malformed-payload` if the beneficiary is not 20 bytes.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `RewardManager`
 */
export function rewardClaimLeaf({
  rewardEpochId,
  beneficiary,
  amount,
  claimType,
}: RewardClaim): Hex {
  unsignedField(rewardEpochId, 3, 'reward epoch')
  unsignedField(claimType, 1, 'claim type')
  if (amount < 0n || amount > largestAmount) {
    throw new ProtocolError('value-out-of-range', `The amount ${amount} is no uint120.`)
  }
  if (!isBytes(beneficiary, beneficiaryBytes)) {
    throw new ProtocolError('malformed-payload', 'A beneficiary is 20 bytes.')
  }
  return keccak256(
    encodeAbiParameters(claimParameters, [
      rewardEpochId,
      lowerCase(beneficiary),
      amount,
      claimType,
    ]),
  )
}

/**
 * How many of the claims go by weight (`wnat`, `mirror`, `cchain`): what voters sign beside the root.
 *
 * @see https://github.com/flare-foundation/FTSO-Scaling `RewardClaim`
 */
export function weightBasedClaims(claims: readonly RewardClaim[]): number {
  const { direct, fee } = claimTypes
  return claims.filter(({ claimType }) => claimType !== direct && claimType !== fee).length
}
