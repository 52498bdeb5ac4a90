/**
 * Whether the sender can pay a call with all that companions add to it. The commit was only sent when
 * it could; yet a balance may be spent elsewhere, and companions may come with a restart. A node takes
 * no transaction that its sender could not pay at the full fee, and what a call says is fixed for ever.
 * Pure.
 */

import { type Hex, size } from 'viem'
import type { FeePolicy } from '../fees.ts'
import { gasLimitOf } from '../gas.ts'

export type Payment = {
  readonly calldata: Hex
  /** The gas that such a call took lately. */
  readonly measured: number | undefined
  readonly policy: FeePolicy
  /** Of the sender, as seen last. */
  readonly balanceWei: bigint | undefined
}

/** Whether the balance covers a call at its ceiling. One that is not known covers nothing. */
export function isAffordable({ calldata, measured, policy, balanceWei }: Payment): boolean {
  if (balanceWei === undefined) return false
  return balanceWei >= gasLimitOf(size(calldata), measured) * policy.ceilingWei
}
