/**
 * All that must hold before a commit, for the whole chain of steps: once a commit may be out, no
 * check is left that could stop its reveal. Pure; each refusal is a sentence for the operator.
 */

import { formatEther, formatGwei } from 'viem'
import { type FeePolicy, leavesRoom, worstCostWei } from './fees.ts'
import type { Head } from './timeline.ts'

export type Preflight = {
  readonly isClockTrusted: boolean
  /** How far the clock is ahead of the chain, milliseconds, for the message. */
  readonly driftMs?: number
  readonly head?: Head
  readonly sinceHeadMs: number
  /** An older head says that the chain or the way to it is in trouble. Milliseconds. */
  readonly maxHeadAgeMs: number
  readonly balanceWei: bigint | undefined
  readonly feePolicy: FeePolicy
  readonly hasLease: boolean
}

/** Why no commit may be sent now; `undefined` if nothing stands against it. */
export function commitRefusal(facts: Preflight): string | undefined {
  const { head, sinceHeadMs, maxHeadAgeMs, balanceWei, feePolicy } = facts
  if (head === undefined || sinceHeadMs > maxHeadAgeMs) {
    return `No block has been seen for ${Math.round(sinceHeadMs / 1_000)} s.`
  }
  if (!facts.isClockTrusted) {
    return `The clock is ${facts.driftMs ?? '?'} ms ahead of the chain's blocks.`
  }
  if (!facts.hasLease) return 'This bridge does not hold the lease.'
  if (!leavesRoom(head.baseFeeWei, feePolicy)) {
    const base = formatGwei(head.baseFeeWei)
    const ceiling = formatGwei(feePolicy.ceilingWei)
    return `A base fee of ${base} gwei leaves no room for a reveal under the ceiling of ${ceiling} gwei.`
  }
  if (balanceWei === undefined) return 'The balance of the submit address is not known.'
  const needed = worstCostWei(feePolicy)
  if (balanceWei < needed) {
    return `A balance of ${formatEther(balanceWei)} does not cover commit and reveal at the ceiling, ${formatEther(needed)}.`
  }
  return undefined
}
