/**
 * The operator's keys by role: which of them speaks in which reward epoch. The chain takes a change
 * of keys from a reward epoch on, so that the last reveal of the old one is the old key's. Pure.
 */

import { type Address, isAddressEqual } from 'viem'
import type { Keyring, Role, RoleKey } from './roles.ts'

export type DatedKey = RoleKey & {
  /** The first reward epoch in which it speaks for its role. */
  readonly fromRewardEpoch: number
}

/** Of several keys of a role the one that began last speaks. */
export function keyringOf(keys: readonly DatedKey[]): Keyring {
  const newestFirst = keys.toSorted((one, other) => other.fromRewardEpoch - one.fromRewardEpoch)
  return {
    keyOf: (role, rewardEpochId) =>
      newestFirst.find((key) => key.role === role && key.fromRewardEpoch <= rewardEpochId),
    keys: () => keys,
  }
}

/** The key that a role has at some time, by its address. */
export function keyHolding({ keys }: Keyring, role: Role, address: Address): RoleKey | undefined {
  return keys().find((key) => key.role === role && isAddressEqual(key.address, address))
}

/** Those of the keys that send transactions. */
export function sendersIn<K extends Pick<RoleKey, 'role'>>({
  keys,
}: {
  readonly keys: () => readonly K[]
}): readonly K[] {
  return keys().filter(({ role }) => role === 'submit' || role === 'submitSignatures')
}
