/**
 * Which form of digest the network signs in: asked of peers' signatures, which recover to voters of
 * the signing policy under the form in which they were made and to nobody under the other.
 */

import type { Address, Hex } from 'viem'
import { type DigestForm, messageDigest } from './digests.ts'
import { isBytes } from './peer-bytes.ts'
import { protocolMessageBytes } from './protocol-message.ts'
import { recoverSigner, type Signature } from './signatures.ts'
import { type PolicyVoter, type SigningPolicy, totalWeightOf } from './signing-policy.ts'

/** A peer's signature, and the message that it is taken to be of. */
export type PeerSignature = {
  /** 38 bytes: of the payload itself (type 0), or the round's result (type 1). */
  readonly message: Hex
  readonly signature: Signature
}

export type DigestEvidence = {
  /** Absent where neither form recovers a voter, or both recover equal weight: then sign nothing. */
  readonly form?: DigestForm
  /** The voters that each form recovers, each once, in lower case. */
  readonly signers: Readonly<Record<DigestForm, readonly Address[]>>
  /** Their weight together. */
  readonly weight: Readonly<Record<DigestForm, number>>
}

/** A policy has at most 100 voters; a recovery takes milliseconds, and anyone may send. */
const maxPeerSignatures = 400

/**
 * The form in which voters of the policy sign, and the evidence. A voter that signs in both forms
 * counts for both; the heavier form is in force, so that a few left behind by the change to Relay v2
 * do not decide.
 *
 * @param peers In the order of the chain; the first 400 are looked at, and no more than it takes
 *   until one form has more than half of the policy's weight.
 * @throws {ProtocolError} `value-out-of-range` if the chain id is no positive integer.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `Relay`, which recovers so
 */
export async function digestInForce(
  policy: SigningPolicy,
  chainId: number,
  peers: readonly PeerSignature[],
): Promise<DigestEvidence> {
  const voters = new Map(policy.voters.map((voter) => [voter.address, voter]))
  const half = totalWeightOf(policy.voters) / 2
  const found = { legacy: new Set<PolicyVoter>(), 'chain-bound': new Set<PolicyVoter>() }

  for (const peer of peers.slice(0, maxPeerSignatures)) {
    for (const form of ['legacy', 'chain-bound'] as const) {
      const voter = await voterOf(peer, form, { chainId, voters })
      if (voter !== undefined) found[form].add(voter)
    }
    if (weightOf(found.legacy) > half || weightOf(found['chain-bound']) > half) break
  }
  return evidenceOf(found)
}

async function voterOf(
  { message, signature }: PeerSignature,
  form: DigestForm,
  among: { readonly chainId: number; readonly voters: ReadonlyMap<Address, PolicyVoter> },
): Promise<PolicyVoter | undefined> {
  if (!isBytes(message, protocolMessageBytes)) return undefined
  const signer = await recoverSigner(messageDigest(form, message, among.chainId), signature)
  return signer === undefined ? undefined : among.voters.get(signer)
}

function evidenceOf(found: Readonly<Record<DigestForm, ReadonlySet<PolicyVoter>>>): DigestEvidence {
  const weight = {
    legacy: weightOf(found.legacy),
    'chain-bound': weightOf(found['chain-bound']),
  }
  const ahead = weight['chain-bound'] - weight.legacy
  return {
    ...(ahead !== 0 && { form: ahead > 0 ? ('chain-bound' as const) : ('legacy' as const) }),
    signers: {
      legacy: addressesOf(found.legacy),
      'chain-bound': addressesOf(found['chain-bound']),
    },
    weight,
  }
}

function weightOf(voters: ReadonlySet<PolicyVoter>): number {
  return totalWeightOf([...voters])
}

function addressesOf(voters: ReadonlySet<PolicyVoter>): readonly Address[] {
  return [...voters].map(({ address }) => address)
}
