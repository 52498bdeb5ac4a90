/**
 * The hash of a signing policy: what Relay stores of it, and what voters sign to bring it in force.
 * Relay v2 hashes otherwise than the Relay before it.
 */

import { concatHex, type Hex, keccak256, padHex, size, sliceHex } from 'viem'
import { wholeBytes } from './bytes.ts'
import { chainBoundHash, type DigestForm } from './digests.ts'
import { ProtocolError } from './errors.ts'

const wordBytes = 32

/** Two words at least, or there would be nothing to fold. */
const leastBytes = wordBytes + 1

/**
 * Hashes the bytes of a policy.
 *
 * - `legacy`: the bytes are filled with zeros to whole words, the hash of the first two words is
 *   hashed with the third, and so on.
 * - `chain-bound`: keccak256 of the chain id (32 bytes) and the bytes, not filled up.
 *
 * The policy of the reward epoch in which Relay v2 begins is still hashed and signed as `legacy`.
 *
 * @param policyBytes As `encodeSigningPolicy` makes them or the event has them.
 * @returns 32 bytes; equal to `Relay.toSigningPolicyHash(rewardEpochId)`.
 * @throws {ProtocolError} `malformed-payload` if the bytes are not whole or too few for a policy;
 *   `value-out-of-range` if the chain id is no positive integer.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `Relay`
 */
export function signingPolicyHash(form: DigestForm, policyBytes: Hex, chainId: number): Hex {
  if (wholeBytes(policyBytes, 'signing policy').length < leastBytes) {
    throw new ProtocolError('malformed-payload', 'These are too few bytes for a signing policy.')
  }
  return form === 'legacy' ? foldedHash(policyBytes) : chainBoundHash(policyBytes, chainId)
}

/**
 * The hash that voters sign for a new policy: of the two, the one that the Relay stored. What is
 * stored is never signed unseen.
 *
 * @param storedHash `Relay.toSigningPolicyHash(rewardEpochId)`.
 * @returns `undefined` if it is the hash of other bytes: then nothing is to be signed.
 * @throws {ProtocolError} as `signingPolicyHash` does.
 */
export function confirmedPolicyHash(
  policyBytes: Hex,
  chainId: number,
  storedHash: Hex,
): Hex | undefined {
  const forms: readonly DigestForm[] = ['chain-bound', 'legacy']
  return forms
    .map((form) => signingPolicyHash(form, policyBytes, chainId))
    .find((hash) => hash === storedHash.toLowerCase())
}

/** The length of the bytes bounds the work: a word at a time. */
function foldedHash(bytes: Hex): Hex {
  const words = Math.ceil(size(bytes) / wordBytes)
  const filled = padHex(bytes, { dir: 'right', size: words * wordBytes })
  let hash = sliceHex(filled, 0, wordBytes)
  for (let word = 1; word < words; word += 1) {
    hash = keccak256(concatHex([hash, sliceHex(filled, word * wordBytes, (word + 1) * wordBytes)]))
  }
  return hash
}
