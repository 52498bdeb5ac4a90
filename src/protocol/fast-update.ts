/**
 * A fast update: for each block-latency feed, whether its price goes up, down or nowhere by one step.
 *
 *     01 +1   11 -1   00, 10 none      2 bits a feed, four a byte, the first in the highest bits
 *
 * Feeds stand by their index in FastUpdatesConfiguration; a delisted one keeps its place.
 */

import { bytesToHex, encodeAbiParameters, type Hex, sha256 } from 'viem'
import { ProtocolError } from './errors.ts'
import { peerBytes } from './peer-bytes.ts'

/** Steps of a feed's price; a step is 2^-13 of it. */
export type Delta = -1 | 0 | 1

/** The proof that a provider was drawn for a block. */
export type SortitionCredential = {
  readonly block: bigint
  readonly replicate: bigint
  readonly gammaX: bigint
  readonly gammaY: bigint
  readonly c: bigint
  readonly s: bigint
}

/** A vector of more feeds is a mistake; chains list some 70. */
const maxFeeds = 1_024

const feedsPerByte = 4
const bitsPerFeed = 2

const bitsOf: ReadonlyMap<Delta, number> = new Map([
  [0, 0b00],
  [1, 0b01],
  [-1, 0b11],
])
const deltaOf: ReadonlyMap<number, Delta> = new Map([
  [0b01, 1],
  [0b11, -1],
])

const largestWord = 2n ** 256n - 1n

const signedParameters = [
  ...Array.from({ length: 6 }, () => ({ type: 'uint256' }) as const),
  { type: 'bytes' },
] as const

/**
 * Packs deltas, one for each index; the last byte is filled up with "none".
 *
 * @example +1, -1, 0, +1 are the byte `71`
 * @throws {ProtocolError} `value-out-of-range` if there are more than 1024.
 * @see https://github.com/flare-foundation/fast-updates `StringToDeltas`
 */
export function packDeltas(deltas: readonly Delta[]): Hex {
  if (deltas.length > maxFeeds) {
    throw new ProtocolError('value-out-of-range', `${deltas.length} feeds are too many.`)
  }
  const bytes = new Uint8Array(Math.ceil(deltas.length / feedsPerByte))
  for (const [index, delta] of deltas.entries()) {
    const at = Math.floor(index / feedsPerByte)
    bytes[at] = (bytes[at] ?? 0) | ((bitsOf.get(delta) ?? 0) << shiftOf(index))
  }
  return bytesToHex(bytes)
}

/**
 * Reads packed deltas, anybody's: four for each byte, so that up to three behind the last feed are
 * none.
 *
 * @returns `undefined` if they are not whole bytes or too many. The bits `10`, which nobody packs,
 *   are none.
 */
export function readDeltas(packed: Hex): readonly Delta[] | undefined {
  const bytes = peerBytes(packed)
  if (bytes === undefined || bytes.length * feedsPerByte > maxFeeds) return undefined
  const deltas: Delta[] = []
  for (let index = 0; index < bytes.length * feedsPerByte; index += 1) {
    const byte = bytes[Math.floor(index / feedsPerByte)] ?? 0
    deltas.push(deltaOf.get((byte >> shiftOf(index)) & 0b11) ?? 0)
  }
  return deltas
}

/**
 * The hash of an update, to be signed by way of EIP-191 with the signing-policy key.
 *
 * @param deltas As `packDeltas` makes them.
 * @returns sha256(abi.encode(block, replicate, gamma.x, gamma.y, c, s, deltas)), 32 bytes. As read
 *   from source.
 * @throws {ProtocolError} `malformed-payload` if the deltas are not whole bytes;
 *   `value-out-of-range` if a number is no uint256.
 * @see https://github.com/flare-foundation/fast-updates `PrepareUpdates`
 */
export function fastUpdateHash(credential: SortitionCredential, deltas: Hex): Hex {
  if (peerBytes(deltas) === undefined) {
    throw new ProtocolError('malformed-payload', 'Packed deltas are whole bytes.')
  }
  const { block, replicate, gammaX, gammaY, c, s } = credential
  const words = [block, replicate, gammaX, gammaY, c, s] as const
  if (words.some((word) => word < 0n || word > largestWord)) {
    throw new ProtocolError('value-out-of-range', 'A number of the credential is no uint256.')
  }
  return sha256(encodeAbiParameters(signedParameters, [...words, deltas]))
}

function shiftOf(index: number): number {
  return bitsPerFeed * (feedsPerByte - 1 - (index % feedsPerByte))
}
