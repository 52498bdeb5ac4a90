/** The voters of the local chain: those that it is told of, and some that only have weight. */

import { getAddress, isAddress, keccak256, stringToHex } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { z } from 'zod'

const addressSchema = z
  .string()
  .refine((text) => isAddress(text), 'not an address')
  .transform((text) => getAddress(text))

/** A voter by its addresses; the keeper registers it in every reward epoch and funds them all. */
export const chainVoterSchema = z.strictObject({
  identity: addressSchema,
  submitAddress: addressSchema,
  submitSignaturesAddress: addressSchema,
  signingPolicyAddress: addressSchema,
  /** Registration weight, in no unit: only what it is of the sum counts. */
  weight: z.int().positive().max(1_000_000_000).default(1_000_000),
})
/** As one is told of it: addresses in any case, the weight only if it matters. */
export type ChainVoterInput = z.input<typeof chainVoterSchema>
export type ChainVoter = z.output<typeof chainVoterSchema>

const roles = ['identity', 'submit', 'signatures', 'policy'] as const

/**
 * An account of a voter that the chain adds by itself. Its key is known to everybody who reads this
 * line, so that tests can let it act; it is worth nothing, for keys of this kind end here.
 */
export function extraVoterAccount(index: number, role: (typeof roles)[number]): PrivateKeyAccount {
  return privateKeyToAccount(keccak256(stringToHex(`chrono local voter ${index} ${role}`)))
}

/** The addresses of such a voter. */
export function extraVoter(index: number): ChainVoter {
  return chainVoterSchema.parse({
    identity: extraVoterAccount(index, 'identity').address,
    submitAddress: extraVoterAccount(index, 'submit').address,
    submitSignaturesAddress: extraVoterAccount(index, 'signatures').address,
    signingPolicyAddress: extraVoterAccount(index, 'policy').address,
  })
}
