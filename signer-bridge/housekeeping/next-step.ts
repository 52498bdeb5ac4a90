/**
 * What to do next for a call of housekeeping that is not known to have landed. It has one nonce and
 * one calldata for ever: what is sent again is the same with a higher fee. Pure.
 */

import { type FeePolicy, type Fees, feesAt, replacementFees } from '../fees.ts'
import type { HouseAttempt } from '../journal/housekeeping.ts'

export type NextFacts = {
  /** Of this call, oldest first. */
  readonly attempts: readonly HouseAttempt[]
  readonly nonce: number
  /** The first nonce of the sender that the chain has not used. */
  readonly freeNonce: number
  readonly baseFeeWei: bigint
  readonly policy: FeePolicy
  readonly nowMs: number
  /** A transaction gets so long before it is replaced. */
  readonly resendMs: number
}

export type NextStep =
  | { readonly kind: 'wait' }
  /** The nonce is used: by one of these, whose receipt is about to appear, or by a stranger. */
  | { readonly kind: 'used' }
  | { readonly kind: 'repeat'; readonly attempt: HouseAttempt }
  | { readonly kind: 'sign'; readonly fees: Fees }

export function nextStep(facts: NextFacts): NextStep {
  const { attempts, nonce, freeNonce, nowMs, resendMs } = facts
  if (freeNonce > nonce) return { kind: 'used' }
  const last = attempts.at(-1)
  if (last === undefined) {
    // Behind a gap it would wait for ever; a node that lags counts too few for a while.
    return freeNonce < nonce ? { kind: 'wait' } : signed(facts, undefined)
  }
  const ageMs = nowMs - last.signedAtMs
  const isYoung = ageMs >= 0 && ageMs < resendMs
  if (last.state === 'underpriced') return signed(facts, last)
  // Nobody knows whether a node has it, after a crash or when none could be reached.
  if (last.state === 'signed' && isYoung) return { kind: 'repeat', attempt: last }
  return isYoung ? { kind: 'wait' } : signed(facts, last)
}

function signed({ baseFeeWei, policy }: NextFacts, last: HouseAttempt | undefined): NextStep {
  if (last === undefined) return { kind: 'sign', fees: feesAt(baseFeeWei, policy) }
  const fees = replacementFees(last.fees, baseFeeWei, policy)
  // The ceiling is absolute.
  return fees === undefined ? { kind: 'repeat', attempt: last } : { kind: 'sign', fees }
}
