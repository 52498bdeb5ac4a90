/**
 * The frame around every message that a data provider submits on chain:
 *
 *     protocolId  votingRoundId  length   payload
 *     1 byte      4 bytes        2 bytes  length bytes      (big-endian, unsigned)
 *
 * Frames of several protocols may follow one another in one transaction.
 */

import { bytesToHex, concatHex, type Hex, size } from 'viem'
import { unsignedField, wholeBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'

/** The protocols whose frames meet in one transaction: prices, and the data connector. */
export const protocolIds = { ftso: 100, fdc: 200 } as const

export type PayloadFrame = {
  readonly protocolId: number
  readonly votingRoundId: number
  readonly payload: Hex
}

const headerBytes = 7

/**
 * Encodes one frame.
 *
 * @example FTSO, round 1 and the payload `00` are `64` `00000001` `0001` `00`
 * @throws {ProtocolError} `value-out-of-range` if the id, the round or the payload's length does
 *   not fit in its field; `malformed-payload` if the payload is not whole bytes.
 * @see https://dev.flare.network/network/fsp
 */
export function encodeFrame({ protocolId, votingRoundId, payload }: PayloadFrame): Hex {
  wholeBytes(payload, 'payload')
  return concatHex([
    unsignedField(protocolId, 1, 'protocol id'),
    unsignedField(votingRoundId, 4, 'voting round'),
    unsignedField(size(payload), 2, "payload's length"),
    payload,
  ])
}

/**
 * Splits a message into its frames: the inverse of encoding and concatenating them. The message's
 * length bounds the work, for every frame takes at least a header's bytes from it.
 *
 * @throws {ProtocolError} `malformed-payload` if the message is not whole bytes or ends within a
 *   frame: then none of its frames counts.
 */
export function decodeFrames(message: Hex): readonly PayloadFrame[] {
  const bytes = wholeBytes(message, 'message')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames: PayloadFrame[] = []

  let at = 0
  while (at < bytes.length) {
    const bodyAt = at + headerBytes
    if (bodyAt > bytes.length) throw cutShort(at)
    const bodyEnd = bodyAt + view.getUint16(at + 5)
    if (bodyEnd > bytes.length) throw cutShort(at)

    frames.push({
      protocolId: view.getUint8(at),
      votingRoundId: view.getUint32(at + 1),
      payload: bytesToHex(bytes.subarray(bodyAt, bodyEnd)),
    })
    at = bodyEnd
  }
  return frames
}

function cutShort(at: number): ProtocolError {
  return new ProtocolError('malformed-payload', `The frame at byte ${at} is cut short.`)
}
