/**
 * The keys of a data provider, by what they are for. Which key a role has may change with the reward
 * epoch: the last reveal of an old epoch is sent with the old key.
 */

import type { Address, LocalAccount } from 'viem'
import type { CallKind } from './call.ts'

export const roles = [
  'identity',
  'submit',
  'submitSignatures',
  'signingPolicy',
  /** Pays for housekeeping, and claims where an owner lets it; the protocol does not know it. */
  'executor',
] as const
export type Role = (typeof roles)[number]

/**
 * Whoever can sign, as viem knows it. It throws `signing-denied` or `signing-unknown` where that is
 * not up to it alone.
 */
export type Signer = Pick<LocalAccount, 'address' | 'signTransaction' | 'signMessage'> & {
  /** Whether what it is asked need not wait for its keystore to be opened; absent where there is none. */
  readonly isOpen?: () => boolean
}

/** One key: where it is, and the address that it must have. */
export type RoleKey = {
  readonly role: Role
  /** Pinned: whatever it signs is recovered and held against this. */
  readonly address: Address
  readonly signer: Signer
}

export type Keyring = {
  /** The key of a role in a reward epoch; `undefined` if the operator gave none for it. */
  readonly keyOf: (role: Role, rewardEpochId: number) => RoleKey | undefined
  /** All keys, each once. */
  readonly keys: () => readonly RoleKey[]
}

/** Which role sends a call. */
export const senderOf: Readonly<Record<CallKind, Role>> = {
  submit1: 'submit',
  submit2: 'submit',
  submitSignatures: 'submitSignatures',
}
