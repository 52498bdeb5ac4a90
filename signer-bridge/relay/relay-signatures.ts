/**
 * Voters' signatures of one message, as many as it takes to make it final: read from the chain, each
 * recovered, one a voter. Pure but for the recoveries.
 */

import type { Address, Hex } from 'viem'
import { type DigestForm, messageDigest } from '../../src/protocol/digests.ts'
import type { RelaySignature } from '../../src/protocol/relay-calldata.ts'
import { canonicalSignature, recoverSigner, type Signature } from '../../src/protocol/signatures.ts'
import type { SigningPolicy } from '../../src/protocol/signing-policy.ts'
import { readSubmitSignatures } from '../../src/protocol/submit-signatures.ts'
import type { PeerCall } from '../observer/observer.ts'

export type Collection = {
  readonly policy: SigningPolicy
  /** 38 bytes. */
  readonly message: Hex
  readonly form: DigestForm
  readonly chainId: number
  /** More weight than this is enough. */
  readonly threshold: number
  /** Ours first, then what was sent. */
  readonly signatures: readonly Signature[]
}

export type Collected = {
  readonly isEnough: boolean
  /** Canonical, each with its voter's place. */
  readonly signatures: readonly RelaySignature[]
  readonly weight: number
}

/** Two of each of a policy's 100 voters; anybody may send. */
const maxSignatures = 200

/** The signatures that recover to voters of weight, until they are enough. */
export async function collected(collection: Collection): Promise<Collected> {
  const { policy, message, form, chainId, threshold } = collection
  const digest = messageDigest(form, message, chainId)
  const places = new Map(policy.voters.map(({ address }, place) => [address, place]))
  const found = new Map<number, Signature>()
  let weight = 0
  for (const signature of collection.signatures.slice(0, maxSignatures)) {
    if (weight > threshold) break
    const signer = await recoverSigner(digest, signature)
    const place = signer === undefined ? undefined : places.get(signer)
    const canonical = canonicalSignature(signature)
    if (place === undefined || canonical === undefined || found.has(place)) continue
    const voterWeight = policy.voters[place]?.weight ?? 0
    if (voterWeight === 0) continue
    found.set(place, canonical)
    weight += voterWeight
  }
  const signatures = [...found].map(([index, signature]) => ({ index, signature }))
  return { isEnough: weight > threshold, signatures, weight }
}

/** What was sent as a signature of the message, voters' own senders first. */
export function signaturesIn(
  calls: readonly PeerCall[],
  message: Hex,
  senders: ReadonlySet<Address>,
): readonly Signature[] {
  return [
    ...calls.filter(({ sender }) => senders.has(sender)),
    ...calls.filter(({ sender }) => !senders.has(sender)),
  ].flatMap(({ payload }) => {
    const read = readSubmitSignatures(payload)
    if (read === undefined) return []
    const isOfMessage = read.type === 1 || read.message.toLowerCase() === message
    return isOfMessage ? [read.signature] : []
  })
}
