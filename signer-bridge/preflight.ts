/**
 * All that must hold before a commit, for the whole chain of steps: once a commit may be out, no
 * check is left that could stop its reveal. Pure; each refusal is a sentence for the operator.
 */

import { formatEther, formatGwei } from 'viem'
import {
  type FeePolicy,
  leavesRoom,
  worstCostWei,
  worstRoundWei,
  worstSignaturesWei,
} from './fees.ts'
import type { RoundGas } from './gas.ts'
import type { RootMeans } from './later-keys.ts'
import type { Head } from './timeline.ts'

/** What must hold whoever sends the commit. */
export type View = {
  readonly isClockTrusted: boolean
  /** How far the clock is ahead of the chain, milliseconds, for the message. */
  readonly driftMs?: number
  readonly head?: Head
  readonly sinceHeadMs: number
  /** An older head says that the chain or the way to it is in trouble. Milliseconds. */
  readonly maxHeadAgeMs: number
  readonly hasLease: boolean
}

export type Preflight = View & {
  readonly votingRoundId: number
  /** The first round that may be bound; 0 where there is no watermark. */
  readonly minRound: number
  /** Whether it is known what our keys have said lately. */
  readonly isArmed: boolean
  /** Of the submit address. */
  readonly balanceWei: bigint | undefined
  /** Of the keys of the round's root; absent where none of ours follows. */
  readonly root?: RootMeans
  readonly feePolicy: FeePolicy
  /** Of the longest calls that the round may come to need. */
  readonly gas: RoundGas
  /** In the last day, with what is still open at its worst. */
  readonly spentWei: bigint
  readonly dailyBudgetWei: bigint
}

/** Why no commit may go out now, whoever sends it: chain, clock or lease. */
export function viewRefusal(view: View): string | undefined {
  const { head, sinceHeadMs, maxHeadAgeMs } = view
  if (head === undefined || sinceHeadMs > maxHeadAgeMs) {
    return `No block has been seen for ${Math.round(sinceHeadMs / 1_000)} s.`
  }
  if (!view.isClockTrusted) {
    return `The clock is ${view.driftMs ?? '?'} ms ahead of the chain's blocks.`
  }
  // What is owed goes by the older of two nodes that seem to know the time: it would be too late.
  if ((head.apartMs ?? 0) > maxHeadAgeMs) {
    return `The nodes are ${Math.round((head.apartMs ?? 0) / 1_000)} s apart, and none is known to have stopped.`
  }
  return view.hasLease ? undefined : 'This bridge does not hold the lease.'
}

/** Before the look at what our keys have said. */
export const unarmed = 'What our keys have said lately is not known yet.'

export function letGoBy(minRound: number): string {
  return `Rounds before ${minRound} are let go by: another may have voted in them with our key.`
}

/** Why no commit may be sent now; `undefined` if nothing stands against it. */
export function commitRefusal(facts: Preflight): string | undefined {
  const { head, feePolicy } = facts
  const refusal = viewRefusal(facts)
  if (refusal !== undefined || head === undefined) return refusal
  if (!facts.isArmed) return unarmed
  if (facts.votingRoundId < facts.minRound) {
    return letGoBy(facts.minRound)
  }
  if (!leavesRoom(head.baseFeeWei, feePolicy)) {
    const base = formatGwei(head.baseFeeWei)
    const ceiling = formatGwei(feePolicy.ceilingWei)
    return `A base fee of ${base} gwei leaves no room for a reveal under the ceiling of ${ceiling} gwei.`
  }
  const unable = balanceRefusal(facts) ?? rootRefusal(facts)
  if (unable !== undefined) return unable
  const { spentWei, dailyBudgetWei } = facts
  const most = worstRoundWei(feePolicy, facts.gas)
  if (spentWei + most > dailyBudgetWei) {
    return `${formatEther(spentWei)} of the day's budget of ${formatEther(dailyBudgetWei)} are spent, and a round may need ${formatEther(most)}.`
  }
  return undefined
}

/** Why the submit key could not pay for the round. */
function balanceRefusal({ balanceWei, feePolicy, gas }: Preflight): string | undefined {
  if (balanceWei === undefined) return 'The balance of the submit address is not known.'
  const needed = worstCostWei(feePolicy, gas)
  if (balanceWei >= needed) return undefined
  const others = gas.late > 0n ? ', with what companions may add' : ''
  return `A balance of ${formatEther(balanceWei)} does not cover commit and reveal at the ceiling${others}, ${formatEther(needed)}.`
}

/** Why no root could follow, where the settings have keys for one. */
function rootRefusal({ root, feePolicy, gas }: Preflight): string | undefined {
  if (root === undefined) return undefined
  const { refusal, balanceWei } = root
  if (refusal !== undefined) return refusal
  if (balanceWei === undefined) return 'The balance of the submitSignatures address is not known.'
  const needed = worstSignaturesWei(feePolicy, gas)
  return balanceWei < needed
    ? `A balance of ${formatEther(balanceWei)} of the submitSignatures address does not cover the round's signatures at the ceiling, ${formatEther(needed)}.`
    : undefined
}
