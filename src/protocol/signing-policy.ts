/**
 * The signing policy: who may sign in a reward epoch, with which weight, and how much is enough.
 *
 *     voters   rewardEpochId  startVotingRoundId  threshold  seed      n × [address   weight]
 *     2 bytes  3 bytes        4 bytes             2 bytes    32 bytes       20 bytes  2 bytes
 *
 * The order of its voters is canonical: a signature in a relayed message names its voter by place.
 */

import { type Address, bytesToHex, concatHex, type Hex, numberToHex } from 'viem'
import { lowerCase } from './address.ts'
import { unsignedField } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { isBytes, peerBytes } from './peer-bytes.ts'

export type PolicyVoter = {
  /** The voter's signing-policy address, in lower case. */
  readonly address: Address
  /** Normalised, 0 to 65535. Voters of weight 0 exist. */
  readonly weight: number
}

export type SigningPolicy = {
  readonly rewardEpochId: number
  /** First round in which this policy is in force. */
  readonly startVotingRoundId: number
  /** A message is final when signatures of *more* weight than this are relayed. */
  readonly threshold: number
  /** 32 bytes: the reward epoch's random, from which finalisers are drawn. */
  readonly seed: Hex
  /** In canonical order. */
  readonly voters: readonly PolicyVoter[]
}

/** What the event `SigningPolicyInitialized` says, as viem decodes it. */
export type SigningPolicyEvent = {
  readonly rewardEpochId: number
  readonly startVotingRoundId: number
  readonly threshold: number
  readonly seed: bigint
  readonly voters: readonly Address[]
  readonly weights: readonly number[]
  readonly signingPolicyBytes: Hex
}

const headerBytes = 43
const voterBytes = 22
const seedAt = 11
const seedBytes = 32
const addressBytes = 20

/** The contract counts weight in 16 bits. */
const largestTotalWeight = 0xff_ff

/**
 * Encodes a policy as Relay hashes it and as `relay()` begins with it.
 *
 * @returns 43 + 22 n bytes.
 * @throws {ProtocolError} `value-out-of-range` if a number does not fit in its field;
 *   `malformed-payload` if the seed or an address has another length.
 * @see https://github.com/flare-foundation/FTSO-Scaling `SigningPolicy.encode`
 */
export function encodeSigningPolicy(policy: SigningPolicy): Hex {
  if (!isBytes(policy.seed, seedBytes)) {
    throw new ProtocolError('malformed-payload', "A signing policy's seed is 32 bytes.")
  }
  return concatHex([
    unsignedField(policy.voters.length, 2, 'number of voters'),
    unsignedField(policy.rewardEpochId, 3, 'reward epoch'),
    unsignedField(policy.startVotingRoundId, 4, 'voting round'),
    unsignedField(policy.threshold, 2, 'threshold'),
    policy.seed,
    ...policy.voters.map(encodeVoter),
  ])
}

/**
 * Reads the bytes of a policy.
 *
 * @returns `undefined` if they are not whole, end elsewhere than the policy does, or their weights
 *   add up to more than 65535.
 */
export function readSigningPolicy(policyBytes: Hex): SigningPolicy | undefined {
  const bytes = peerBytes(policyBytes)
  const length = bytes === undefined ? undefined : signingPolicyLength(bytes)
  if (bytes === undefined || length !== bytes.length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

  const voters: PolicyVoter[] = []
  for (let at = headerBytes; at < length; at += voterBytes) {
    voters.push({
      address: bytesToHex(bytes.subarray(at, at + addressBytes)),
      weight: view.getUint16(at + addressBytes),
    })
  }
  if (totalWeightOf(voters) > largestTotalWeight) return undefined
  return {
    rewardEpochId: view.getUint32(1) & 0xff_ff_ff,
    startVotingRoundId: view.getUint32(5),
    threshold: view.getUint16(9),
    seed: bytesToHex(bytes.subarray(seedAt, seedAt + seedBytes)),
    voters,
  }
}

/**
 * How many bytes at the beginning are a policy, in calldata where more follows.
 *
 * @returns `undefined` if there are too few.
 */
export function signingPolicyLength(bytes: Uint8Array): number | undefined {
  const [high, low] = bytes
  if (high === undefined || low === undefined) return undefined
  const length = headerBytes + voterBytes * (high * 256 + low)
  return length <= bytes.length ? length : undefined
}

/**
 * The policy that an event tells, its two accounts of it compared: the fields, and the bytes that
 * were hashed.
 *
 * @throws {ProtocolError} `malformed-payload` if they differ, or lists differ in length.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `Relay.setSigningPolicy`
 */
export function signingPolicyOfEvent(event: SigningPolicyEvent): SigningPolicy {
  const { rewardEpochId, startVotingRoundId, threshold, seed, voters, weights } = event
  const policy = {
    rewardEpochId,
    startVotingRoundId,
    threshold,
    seed: numberToHex(seed, { size: seedBytes }),
    voters: voters.map((address, place) => ({
      address: lowerCase(address),
      weight: weights[place] ?? 0,
    })),
  }
  if (
    voters.length !== weights.length ||
    encodeSigningPolicy(policy) !== event.signingPolicyBytes.toLowerCase()
  ) {
    throw new ProtocolError(
      'malformed-payload',
      `The fields of reward epoch ${rewardEpochId}'s signing policy are not those of its bytes.`,
    )
  }
  return policy
}

/** The weight of all voters together. */
export function totalWeightOf(voters: readonly PolicyVoter[]): number {
  return voters.reduce((sum, { weight }) => sum + weight, 0)
}

function encodeVoter({ address, weight }: PolicyVoter): Hex {
  if (!isBytes(address, addressBytes)) {
    throw new ProtocolError('malformed-payload', 'An address is 20 bytes.')
  }
  return concatHex([lowerCase(address), unsignedField(weight, 2, 'weight')])
}
