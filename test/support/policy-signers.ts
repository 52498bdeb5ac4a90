/** Voters of a signing policy that can sign: keys that are numbers, and are worth nothing anywhere. */

import { type Address, concatHex, type Hex, numberToHex, sliceHex } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { lowerCase } from '../../src/protocol/address.ts'
import { type DigestForm, messageHash } from '../../src/protocol/digests.ts'
import { type Signature, signatureOfWallet } from '../../src/protocol/signatures.ts'
import type { SigningPolicy } from '../../src/protocol/signing-policy.ts'

/** The order of secp256k1's group. */
export const curveOrder =
  115792089237316195423570985008687907852837564279074904382605163141518161494337n

/** Made once for all tests: a public key takes a millisecond, and worlds are built by the hundred. */
const made = new Map<number, PrivateKeyAccount>()

/** The voter whose key is this number, 1 and up. */
export function aVoter(key: number): PrivateKeyAccount {
  const known = made.get(key)
  if (known !== undefined) return known
  const voter = privateKeyToAccount(numberToHex(key, { size: 32 }))
  made.set(key, voter)
  return voter
}

export function addressOf(key: number): Address {
  return lowerCase(aVoter(key).address)
}

/** A policy whose voters have the keys 1, 2, … and these weights. */
export function aPolicy(weights: readonly number[]): SigningPolicy {
  return {
    rewardEpochId: 309,
    startVotingRoundId: 1_038_247,
    threshold: Math.ceil(weights.reduce((sum, weight) => sum + weight, 0) / 2),
    seed: numberToHex(0xabc, { size: 32 }),
    voters: weights.map((weight, place) => ({ address: addressOf(place + 1), weight })),
  }
}

/** What the voter with the key signs of a message. */
export async function signed(
  key: number,
  message: Hex,
  { form = 'legacy', chainId = 14 }: { form?: DigestForm; chainId?: number } = {},
): Promise<Signature> {
  const raw = messageHash(form, message, chainId)
  return signatureOfWallet(await aVoter(key).signMessage({ message: { raw } }))
}

/** The same signature with its s in the upper half, as libraries without the rule of low s make it. */
export function withHighS({ v, r, s }: Signature): Signature {
  const high = numberToHex(curveOrder - BigInt(s), { size: 32 })
  return { v: v === 27 ? 28 : 27, r, s: high }
}

/** v, r, s as 65 bytes, whatever they are. */
export function vrs({ v, r, s }: Signature): Hex {
  return concatHex([numberToHex(v, { size: 1 }), r, s])
}

/** r, s, v as a wallet answers them. */
export function rsv(signature: Signature): Hex {
  const bytes = vrs(signature)
  return concatHex([sliceHex(bytes, 1), sliceHex(bytes, 0, 1)])
}
