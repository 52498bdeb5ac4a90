/**
 * What a voter signs once in a reward epoch: registration, uptime vote and rewards. Each function
 * gives the hash that a wallet signs by way of EIP-191 with the signing-policy key; the new signing
 * policy's own is `confirmedPolicyHash`.
 */

import { type Address, encodeAbiParameters, type Hex, keccak256 } from 'viem'
import { lowerCase } from './address.ts'
import { unsignedField } from './bytes.ts'
import { chainBoundHash, type DigestForm } from './digests.ts'
import { ProtocolError } from './errors.ts'
import { isBytes } from './peer-bytes.ts'

export type RewardsVote = {
  readonly rewardEpochId: number
  /** For each reward manager (by chain id: 14 on Flare), how many claims go by weight. */
  readonly weightBasedClaims: readonly { readonly managerId: bigint; readonly count: bigint }[]
  /** Root of the tree of claims. */
  readonly rewardsHash: Hex
}

/** What is voted for as the hash of uptimes: keccak256 of 32 zero bytes, for nobody is excluded. */
export const noUptimeHash = '0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563'

const hashBytes = 32
const addressBytes = 20

const claimsParameters = [
  {
    type: 'tuple[]',
    components: [
      { name: 'managerId', type: 'uint256' },
      { name: 'count', type: 'uint256' },
    ],
  },
] as const

/**
 * The hash for `registerVoter` and `preRegisterVoter`.
 *
 * @param form `chain-bound` since the registry of reward epoch 417 (Flare, Songbird) and 5451
 *   (Coston); unlike messages, registration changed with the registry and not with the Relay.
 * @param rewardEpochId The epoch to be registered for: the next one.
 * @returns keccak256(abi.encode(uint256 chainId, uint32 rewardEpochId, address voter)); of `legacy`
 *   without the chain id. As read from source.
 * @throws {ProtocolError} `value-out-of-range` if the epoch is no uint24 or the chain id no positive
 *   integer; `malformed-payload` if the voter is no address.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `VoterRegistry`
 */
export function registrationHash(
  form: DigestForm,
  voter: Address,
  rewardEpochId: number,
  chainId: number,
): Hex {
  unsignedField(rewardEpochId, 3, 'reward epoch')
  if (!isBytes(voter, addressBytes)) {
    throw new ProtocolError('malformed-payload', 'An address is 20 bytes.')
  }
  const words = encodeAbiParameters(
    [{ type: 'uint32' }, { type: 'address' }],
    [rewardEpochId, lowerCase(voter)],
  )
  return form === 'legacy' ? keccak256(words) : chainBoundHash(words, chainId)
}

/**
 * The hash for `signUptimeVote`.
 *
 * @param uptimeHash 32 bytes; `noUptimeHash` unless the network says otherwise.
 * @returns keccak256(abi.encode(epoch, hash)).
 * @throws {ProtocolError} `value-out-of-range` if the epoch is no uint24; `malformed-payload` if the
 *   hash is not 32 bytes.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `FlareSystemsManager`
 */
export function uptimeVoteHash(rewardEpochId: number, uptimeHash: Hex): Hex {
  refuseOdd(rewardEpochId, uptimeHash)
  return keccak256(
    encodeAbiParameters([{ type: 'uint24' }, { type: 'bytes32' }], [rewardEpochId, uptimeHash]),
  )
}

/**
 * The hash for `signRewards`.
 *
 * @returns keccak256(abi.encode(epoch, keccak256(abi.encode(claims[])), rewardsHash)).
 * @throws {ProtocolError} `value-out-of-range` if the epoch is no uint24; `malformed-payload` if the
 *   hash is not 32 bytes.
 * @see https://github.com/flare-foundation/flare-system-client `encodeRewardsData`
 */
export function rewardsVoteHash({
  rewardEpochId,
  weightBasedClaims,
  rewardsHash,
}: RewardsVote): Hex {
  refuseOdd(rewardEpochId, rewardsHash)
  const claimsHash = keccak256(encodeAbiParameters(claimsParameters, [weightBasedClaims]))
  return keccak256(
    encodeAbiParameters(
      [{ type: 'uint24' }, { type: 'bytes32' }, { type: 'bytes32' }],
      [rewardEpochId, claimsHash, rewardsHash],
    ),
  )
}

function refuseOdd(rewardEpochId: number, hash: Hex): void {
  unsignedField(rewardEpochId, 3, 'reward epoch')
  if (!isBytes(hash, hashBytes)) {
    throw new ProtocolError('malformed-payload', 'A hash is 32 bytes.')
  }
}
