/** Whose rewards these are: the operator's identity and the addresses that are paid beside it. */

import { type Address, getAddress, isAddress } from 'viem'
import type { KeySettings } from '../key-settings.ts'
import { HouseError } from './house-error.ts'
import type { RewardReads } from './reads.ts'
import { ownersOnce } from './rewards-text.ts'

export type NamedOwner = { readonly owner: Address; readonly what: string }

/**
 * The operator's identity: of the settings if they have a key for it, else whom the signing-policy
 * key acts for on chain.
 *
 * @returns `undefined` if neither says.
 */
export async function identityOf(
  keys: readonly Pick<KeySettings, 'role' | 'address'>[],
  reads: Pick<RewardReads, 'voterOf'>,
): Promise<Address | undefined> {
  const own = keys.find(({ role }) => role === 'identity')
  if (own !== undefined) return own.address
  for (const { role, address } of keys) {
    const voter = role === 'signingPolicy' ? await reads.voterOf(address) : undefined
    if (voter !== undefined) return voter
  }
  return undefined
}

/**
 * All that may have rewards: the identity (fees), its delegation address (wrapped coins), and the
 * signing-policy keys (what is paid to an address itself).
 *
 * @throws {HouseError} `sender-unknown` if there is none.
 */
export async function ownersOf(
  keys: readonly Pick<KeySettings, 'role' | 'address'>[],
  reads: Pick<RewardReads, 'voterOf' | 'delegationAddressOf'>,
): Promise<readonly NamedOwner[]> {
  const identity = await identityOf(keys, reads)
  if (identity === undefined) throw new HouseError('sender-unknown', noIdentity)
  const delegation = await reads.delegationAddressOf(identity)
  const policies = keys.filter(({ role }) => role === 'signingPolicy')
  return ownersOnce([
    { owner: identity, what: 'identity' },
    { owner: delegation, what: 'delegation' },
    ...policies.map(({ address }) => ({ owner: address, what: 'signing policy' })),
  ])
}

export const noIdentity =
  'Nobody knows the identity: name a key for it in the settings, or say --owner.'

/**
 * An address as it was typed: its checksum has to be right, for no other check knows what was meant.
 *
 * @throws {HouseError} `house-refused`
 */
export function typedAddress(text: string, flag: string): Address {
  if (isAddress(text) && getAddress(text) === text) return text
  throw new HouseError('house-refused', `${flag}: ${text} is no address with its checksum.`)
}
