/** Whether a receipt can be that of a transaction of ours: a node can tell any figures. Pure. */

import type { EpochSchedule } from '../src/protocol/epoch.ts'
import type { Receipt } from './chain/chain.ts'
import type { Attempt } from './journal/rows.ts'
import { windowOf } from './windows.ts'

/**
 * By what was signed: no more gas than its limit, no more paid than its caps. A reveal is in no block
 * before its window, for a block of the window was seen before it went out. Other calls go out by a time
 * that is carried on from the last block: one that lands a moment early is there, and does not count.
 */
export function canBeOf(
  attempt: Pick<Attempt, 'txHash' | 'gas' | 'fees' | 'votingRoundId' | 'kind'>,
  { txHash, gasUsed, feeWei, timestampSec }: Receipt,
  schedule: EpochSchedule,
): boolean {
  if (txHash !== attempt.txHash || !Number.isSafeInteger(gasUsed)) return false
  const gas = BigInt(gasUsed)
  const isInTime =
    attempt.kind !== 'submit2' || timestampSec * 1_000 >= windowOf(schedule, attempt).fromMs
  return (
    isInTime &&
    gas > 0n &&
    gas <= attempt.gas &&
    feeWei >= 0n &&
    feeWei <= gas * attempt.fees.maxFeePerGas
  )
}
