/**
 * The calldata of `relay()`, which makes a signed message final. It takes no ABI arguments:
 *
 *     selector  policy bytes  message   count    count × [v r s     index]    random    proof
 *     4 bytes   43 + 22 n     38 bytes  2 bytes           65 bytes  2 bytes   32 bytes  32 × k
 *
 * The index is the signer's place in the policy, strictly ascending. Random and proof are there for
 * protocol 100 since Relay v2: the round's random is a leaf of the signed root.
 */

import { bytesToHex, concatHex, type Hex } from 'viem'
import { unsignedField, wholeBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { isBytes, peerBytes } from './peer-bytes.ts'
import { protocolMessageBytes } from './protocol-message.ts'
import { encodeSignature, readSignature, type Signature, signatureBytes } from './signatures.ts'
import { signingPolicyLength } from './signing-policy.ts'

export type RelaySignature = {
  readonly signature: Signature
  /** The signer's place in the policy. */
  readonly index: number
}

export type RandomProof = {
  /** 32 bytes. */
  readonly random: Hex
  /** Nodes of 32 bytes, from the leaf to below the root; none where the random is the only leaf. */
  readonly proof: readonly Hex[]
}

export type RelayCall = {
  /** As the policy's event has them; their hash must be the one that the Relay stored. */
  readonly policyBytes: Hex
  /** 38 bytes. */
  readonly message: Hex
  readonly signatures: readonly RelaySignature[]
  /** For protocol 100 since Relay v2. */
  readonly randomProof?: RandomProof
}

/** `relay()` */
export const relaySelector = '0xb59589d1'

const selectorBytes = 4
const countBytes = 2
const indexBytes = 2
const wordBytes = 32
const entryBytes = signatureBytes + indexBytes

/** Two to the 32nd leaves are more than any round has. */
const maxProofNodes = 32

/**
 * Encodes a call of ours; signatures are put in ascending order of their indices.
 *
 * @throws {ProtocolError} `malformed-payload` if a part has another length than its field, a
 *   signature is not canonical, two have one index, or the proof is longer than 32 nodes;
 *   `value-out-of-range` if an index is no uint16.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `Relay.relay`
 */
export function relayCalldata({ policyBytes, message, signatures, randomProof }: RelayCall): Hex {
  wholeBytes(policyBytes, 'signing policy')
  if (!isBytes(message, protocolMessageBytes)) {
    throw new ProtocolError('malformed-payload', 'A protocol message is 38 bytes.')
  }
  if (new Set(signatures.map(({ index }) => index)).size !== signatures.length) {
    throw new ProtocolError('malformed-payload', 'Two signatures are of one voter.')
  }
  return concatHex([
    relaySelector,
    policyBytes,
    message,
    unsignedField(signatures.length, countBytes, 'number of signatures'),
    ...signatures.toSorted((one, other) => one.index - other.index).map(encodeRelaySignature),
    ...(randomProof === undefined ? [] : randomWords(randomProof)),
  ])
}

/**
 * Reads the calldata of anybody's transaction to the Relay. Its parts stay as they were sent;
 * whether they make anything final is for `readSigningPolicy`, `recoverSigner` and the proof to say.
 *
 * @returns `undefined` if it is another call, relays a signing policy instead of a message (protocol
 *   0), ends within a part, or has indices that do not ascend strictly.
 */
export function readRelayCalldata(calldata: Hex): RelayCall | undefined {
  if (!calldata.toLowerCase().startsWith(relaySelector)) return undefined
  const bytes = peerBytes(calldata)?.subarray(selectorBytes)
  const policyLength = bytes === undefined ? undefined : signingPolicyLength(bytes)
  if (bytes === undefined || policyLength === undefined || bytes[policyLength] === 0) {
    return undefined
  }
  const countAt = policyLength + protocolMessageBytes
  const signatures = readRelaySignatures(bytes.subarray(countAt))
  if (signatures === undefined) return undefined
  const trailer = bytes.subarray(countAt + countBytes + entryBytes * signatures.length)
  if (!isWholeTrailer(trailer)) return undefined
  return {
    policyBytes: bytesToHex(bytes.subarray(0, policyLength)),
    message: bytesToHex(bytes.subarray(policyLength, countAt)),
    signatures,
    ...(trailer.length > 0 && { randomProof: readRandomProof(trailer) }),
  }
}

/**
 * The random of a round with its proof, as one text: `finalizationData` of the protocol data
 * provider, and the end of the calldata since Relay v2.
 *
 * @throws {ProtocolError} `malformed-payload` if a word is not 32 bytes or there are too many.
 */
export function encodeRandomProof(randomProof: RandomProof): Hex {
  return concatHex(randomWords(randomProof))
}

function encodeRelaySignature({ signature, index }: RelaySignature): Hex {
  return concatHex([encodeSignature(signature), unsignedField(index, indexBytes, 'index')])
}

function randomWords({ random, proof }: RandomProof): readonly Hex[] {
  const words = [random, ...proof]
  if (proof.length > maxProofNodes || !words.every((word) => isBytes(word, wordBytes))) {
    throw new ProtocolError(
      'malformed-payload',
      'A random and the nodes of its proof are 32 bytes.',
    )
  }
  return words
}

/** The two bytes of the count bound the work. */
function readRelaySignatures(bytes: Uint8Array): readonly RelaySignature[] | undefined {
  const [high, low] = bytes
  if (high === undefined || low === undefined) return undefined
  const end = countBytes + entryBytes * (high * 256 + low)
  if (end > bytes.length) return undefined

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const signatures: RelaySignature[] = []
  for (let at = countBytes; at < end; at += entryBytes) {
    const indexAt = at + signatureBytes
    const signature = readSignature(bytesToHex(bytes.subarray(at, indexAt)))
    const index = view.getUint16(indexAt)
    if (signature === undefined || index <= (signatures.at(-1)?.index ?? -1)) return undefined
    signatures.push({ signature, index })
  }
  return signatures
}

/** Nothing at all, or a random and the nodes of its proof. */
function isWholeTrailer({ length }: Uint8Array): boolean {
  return length % wordBytes === 0 && length <= wordBytes * (1 + maxProofNodes)
}

function readRandomProof(trailer: Uint8Array): RandomProof {
  const nodes = trailer.length / wordBytes - 1
  return {
    random: bytesToHex(trailer.subarray(0, wordBytes)),
    proof: Array.from({ length: nodes }, (_, node) =>
      bytesToHex(trailer.subarray(wordBytes * (node + 1), wordBytes * (node + 2))),
    ),
  }
}
