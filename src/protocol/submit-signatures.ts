/**
 * The payload of `submitSignatures`: a signature, in older payloads the message that it is of, and
 * behind it bytes that nobody signed.
 *
 *     type 0   00  message (38)  v r s (65)  unsigned (any)
 *     type 1   01                v r s (65)  unsigned (any)
 *
 * Of type 1 a reader supplies the message itself, as the round's result says. The unsigned bytes of
 * the data connector are its consensus bit vector; prices have none.
 */

import { bytesToHex, concatHex, type Hex } from 'viem'
import { wholeBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { isBytes, peerBytes } from './peer-bytes.ts'
import { protocolMessageBytes } from './protocol-message.ts'
import { encodeSignature, readSignature, type Signature, signatureBytes } from './signatures.ts'

export type SubmitSignatures =
  | {
      readonly type: 0
      readonly message: Hex
      readonly signature: Signature
      readonly unsigned: Hex
    }
  | { readonly type: 1; readonly signature: Signature; readonly unsigned: Hex }

/**
 * Encodes a payload of ours, to be framed by `encodeFrame`.
 *
 * @throws {ProtocolError} `malformed-payload` if the signature is not canonical, the message is not
 *   38 bytes or the unsigned part is not whole bytes.
 * @see https://github.com/flare-foundation/flare-system-client `SignatureSubmitter`
 */
export function encodeSubmitSignatures(payload: SubmitSignatures): Hex {
  wholeBytes(payload.unsigned, 'unsigned part')
  const tail = [encodeSignature(payload.signature), payload.unsigned]
  if (payload.type === 1) return concatHex(['0x01', ...tail])
  if (!isBytes(payload.message, protocolMessageBytes)) {
    throw new ProtocolError('malformed-payload', 'A protocol message is 38 bytes.')
  }
  return concatHex(['0x00', payload.message, ...tail])
}

/**
 * Reads a payload, anybody's. Message and signature stay as they were sent: `readProtocolMessage`,
 * `canonicalSignature` and `recoverSigner` say whether they are worth anything.
 *
 * @returns `undefined` if the payload is not whole, of no known type, or too short for its type.
 */
export function readSubmitSignatures(payload: Hex): SubmitSignatures | undefined {
  const bytes = peerBytes(payload)
  const type = bytes?.[0]
  if (bytes === undefined || (type !== 0 && type !== 1)) return undefined

  const signatureAt = type === 0 ? 1 + protocolMessageBytes : 1
  const unsignedAt = signatureAt + signatureBytes
  if (bytes.length < unsignedAt) return undefined
  const signature = readSignature(bytesToHex(bytes.subarray(signatureAt, unsignedAt)))
  if (signature === undefined) return undefined

  const unsigned = bytesToHex(bytes.subarray(unsignedAt))
  return type === 0
    ? { type, message: bytesToHex(bytes.subarray(1, signatureAt)), signature, unsigned }
    : { type, signature, unsigned }
}
