/**
 * The message that a round's result is signed as: 38 bytes that name a protocol, a voting round,
 * whether its random is secure, and the Merkle root.
 *
 *     protocolId  votingRoundId  isSecureRandom  merkleRoot
 *     1 byte      4 bytes        1 byte (00/01)  32 bytes       (big-endian, unsigned)
 */

import { bytesToHex, concatHex, type Hex } from 'viem'
import { unsignedField } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { isBytes, peerBytes } from './peer-bytes.ts'

export type ProtocolMessage = {
  readonly protocolId: number
  readonly votingRoundId: number
  readonly isSecureRandom: boolean
  /** 32 bytes. */
  readonly merkleRoot: Hex
}

/** The length of every message. */
export const protocolMessageBytes = 38

const rootBytes = 32
const flagAt = 5

/**
 * Encodes a message of ours.
 *
 * @returns 38 bytes.
 * @throws {ProtocolError} `value-out-of-range` if the protocol is no uint8 or the round no uint32;
 *   `malformed-payload` if the root is not 32 bytes.
 * @see https://github.com/flare-foundation/FTSO-Scaling `ProtocolMessageMerkleRoot`
 */
export function encodeProtocolMessage(message: ProtocolMessage): Hex {
  if (!isBytes(message.merkleRoot, rootBytes)) {
    throw new ProtocolError('malformed-payload', 'A Merkle root is 32 bytes.')
  }
  return concatHex([
    unsignedField(message.protocolId, 1, 'protocol id'),
    unsignedField(message.votingRoundId, 4, 'voting round'),
    message.isSecureRandom ? '0x01' : '0x00',
    message.merkleRoot,
  ])
}

/**
 * Reads a message, anybody's.
 *
 * @returns `undefined` if it is not 38 whole bytes, or its flag is neither 00 nor 01, which the
 *   reference implementation refuses too.
 */
export function readProtocolMessage(message: Hex): ProtocolMessage | undefined {
  const bytes = peerBytes(message)
  if (bytes?.length !== protocolMessageBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const flag = view.getUint8(flagAt)
  if (flag > 1) return undefined
  return {
    protocolId: view.getUint8(0),
    votingRoundId: view.getUint32(1),
    isSecureRandom: flag === 1,
    merkleRoot: bytesToHex(bytes.subarray(flagAt + 1)),
  }
}
