/**
 * What is signed of a protocol message: in the form of before Relay v2, or in the form since, which
 * holds the chain id as well.
 *
 *     legacy       EIP-191( keccak256( message38 ) )
 *     chain-bound  EIP-191( keccak256( chainId (32 bytes) ‖ message38 ) )
 *
 * The second is as read from source; peers' signatures confirm it (`digestInForce`).
 */

import { concatHex, hashMessage, type Hex, keccak256, numberToHex } from 'viem'
import { ProtocolError } from './errors.ts'
import { isBytes } from './peer-bytes.ts'
import { protocolMessageBytes } from './protocol-message.ts'

/** How a message becomes what is signed. */
export type DigestForm = 'legacy' | 'chain-bound'

/**
 * The hash of a message, to be signed by way of EIP-191: what a wallet is given as its message.
 *
 * `legacy` equals what real transactions of Flare and Coston carry. `chain-bound` is as read from
 * source and not yet seen on a chain: to be confirmed by recovering peers' signatures.
 *
 * @param message 38 bytes.
 * @returns 32 bytes.
 * @throws {ProtocolError} `malformed-payload` if the message is not 38 bytes; `value-out-of-range`
 *   if the chain id is no positive integer.
 * @see https://github.com/flare-foundation/flare-system-client `shared.MessageDigest`, of which
 *   an early draft of the Relay differed (two nested hashes)
 */
export function messageHash(form: DigestForm, message: Hex, chainId: number): Hex {
  if (!isBytes(message, protocolMessageBytes)) {
    throw new ProtocolError('malformed-payload', 'A protocol message is 38 bytes.')
  }
  return form === 'legacy' ? keccak256(message) : chainBoundHash(message, chainId)
}

/**
 * The digest of a message: what the curve's signature is over.
 *
 * @throws {ProtocolError} as `messageHash` does.
 */
export function messageDigest(form: DigestForm, message: Hex, chainId: number): Hex {
  return eip191Digest(messageHash(form, message, chainId))
}

/**
 * EIP-191 of a hash: keccak256 over `\x19Ethereum Signed Message:\n32` and the hash.
 *
 * @param hash 32 bytes.
 * @see https://eips.ethereum.org/EIPS/eip-191 (version 0x45)
 */
export function eip191Digest(hash: Hex): Hex {
  return hashMessage({ raw: hash })
}

/**
 * Hash of bytes that is worth nothing on another chain: Relay v2 hashes messages and signing
 * policies so, without padding.
 *
 * @throws {ProtocolError} `value-out-of-range` if the chain id is no positive integer.
 */
export function chainBoundHash(bytes: Hex, chainId: number): Hex {
  if (!Number.isSafeInteger(chainId) || chainId <= 0) {
    throw new ProtocolError('value-out-of-range', `${chainId} is no chain id.`)
  }
  return keccak256(concatHex([numberToHex(chainId, { size: 32 }), bytes]))
}

/**
 * The form in which a round's message is to be signed, by what is known of the change to Relay v2.
 *
 * @param votingRoundId The round inside the message.
 * @param firstChainBoundRound First round of the reward epoch in which Relay v2 begins, as the chain
 *   has it (`startVotingRoundId` of that epoch's policy); absent while that policy does not exist.
 */
export function digestFormOf(votingRoundId: number, firstChainBoundRound?: number): DigestForm {
  return firstChainBoundRound !== undefined && votingRoundId >= firstChainBoundRound
    ? 'chain-bound'
    : 'legacy'
}
