/**
 * Hex text as bytes, and numbers as fields of a fixed width: the strictness that the protocol's
 * codecs share. viem's own conversions fill up a missing nibble; on chain half a byte is an error.
 *
 * No message here quotes what it refuses: it may be a random or a vector that is still secret.
 */

import { type Hex, hexToBytes, numberToHex } from 'viem'
import { ProtocolError } from './errors.ts'

/**
 * The bytes that a hex text spells.
 *
 * @param field What the text is, for the message.
 * @throws {ProtocolError} `malformed-payload` if the text is not `0x` and whole bytes.
 */
export function wholeBytes(hex: Hex, field: string): Uint8Array {
  if (hex.length % 2 !== 0 || !/^0x[0-9a-f]*$/i.test(hex)) {
    throw new ProtocolError('malformed-payload', `The ${field} is not whole bytes in hex.`)
  }
  return hexToBytes(hex)
}

/**
 * A number as an unsigned big-endian field.
 *
 * @param bytes Width of the field, 1 to 6.
 * @throws {ProtocolError} `value-out-of-range` if the number is no integer or does not fit.
 */
export function unsignedField(value: number, bytes: number, field: string): Hex {
  if (!Number.isInteger(value) || value < 0 || value >= 256 ** bytes) {
    throw new ProtocolError('value-out-of-range', `The ${field} ${value} is no uint${bytes * 8}.`)
  }
  return numberToHex(value, { size: bytes })
}
