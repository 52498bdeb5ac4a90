/**
 * The leaves of a round's Merkle tree: one for its random, one for each feed.
 *
 *     random leaf = keccak256(abi.encode(uint32 round, uint256 value, bool isSecure))
 *     feed leaf   = keccak256(abi.encode(uint32 round, bytes21 id, int32 value,
 *                                        uint16 turnoutBIPS, int8 decimals))
 */

import { encodeAbiParameters, type Hex, keccak256 } from 'viem'
import { unsignedField, wholeBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'

/** A round's random, as it stands in the tree. */
export type RoundRandom = {
  /** 0 to 2^256 - 1. */
  readonly value: bigint
  /** Whether nobody can have bent it by withholding a reveal. */
  readonly isSecure: boolean
}

/** A feed's result, as it stands in the tree. */
export type FeedMedian = {
  /** 21 bytes. */
  readonly id: Hex
  /** The integer on chain: the price times 10^decimals. */
  readonly value: number
  /** Share of the policy's weight that voted, 1/10 000. */
  readonly turnoutBips: number
  readonly decimals: number
}

const feedIdBytes = 21

const randomParameters = [{ type: 'uint32' }, { type: 'uint256' }, { type: 'bool' }] as const

const feedParameters = [
  { type: 'uint32' },
  { type: 'bytes21' },
  { type: 'int32' },
  { type: 'uint16' },
  { type: 'int8' },
] as const

/**
 * The leaf of a round's random: 96 bytes, hashed once. Relay v2 hashes the same bytes.
 *
 * @throws {ProtocolError} `value-out-of-range` if the round is no uint32 or the value no uint256.
 * @see https://github.com/flare-foundation/FTSO-Scaling `MerkleTreeStructs.hashRandomCalculationResult`
 */
export function randomLeaf(votingRoundId: number, { value, isSecure }: RoundRandom): Hex {
  unsignedField(votingRoundId, 4, 'voting round')
  if (value < 0n || value >= 2n ** 256n) {
    throw new ProtocolError('value-out-of-range', 'The random is no uint256.')
  }
  return keccak256(encodeAbiParameters(randomParameters, [votingRoundId, value, isSecure]))
}

/**
 * The leaf of a feed: 160 bytes, hashed once; the id stands left, the integers keep their signs.
 *
 * @throws {ProtocolError} `value-out-of-range` if a number does not fit in its type;
 *   `malformed-payload` if the id is not 21 bytes.
 * @see https://github.com/flare-foundation/FTSO-Scaling `MerkleTreeStructs.hashMedianCalculationResult`
 */
export function feedLeaf(votingRoundId: number, feed: FeedMedian): Hex {
  const { id, value, turnoutBips, decimals } = feed
  unsignedField(votingRoundId, 4, 'voting round')
  unsignedField(turnoutBips, 2, 'turnout')
  refuseOddInteger(value, 4, 'value')
  refuseOddInteger(decimals, 1, 'number of decimals')
  if (wholeBytes(id, 'feed id').length !== feedIdBytes) {
    throw new ProtocolError('malformed-payload', 'A feed id is 21 bytes.')
  }
  return keccak256(
    encodeAbiParameters(feedParameters, [votingRoundId, id, value, turnoutBips, decimals]),
  )
}

/** Refuses what is no signed integer of so many bytes. */
function refuseOddInteger(value: number, bytes: number, field: string): void {
  const limit = 2 ** (8 * bytes - 1)
  if (!Number.isInteger(value) || value < -limit || value >= limit) {
    throw new ProtocolError('value-out-of-range', `The ${field} ${value} is no int${8 * bytes}.`)
  }
}
