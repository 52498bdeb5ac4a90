/**
 * Which nonce a call takes, and whether it is sent anew. Pure.
 *
 * One key, one process, and windows that never overlap: at any time at most one call of ours is
 * alive, so its nonce is always the first that the chain has not used; behind a companion's call of the
 * same window, the one after it (`abreast`). If an older call of ours waits there, its window is over,
 * and the living one replaces it with a higher fee; otherwise one stuck commit would block the key for
 * ever.
 */

import { type FeePolicy, type Fees, feesAt, replacementFees } from './fees.ts'

/** One signed transaction of a call. */
export type SentAttempt = {
  readonly nonce: number
  readonly fees: Fees
  readonly signedAtMs: number
  /** Whether a node took it: nobody knows after a crash, or when none could be reached. */
  readonly state: 'signed' | 'accepted' | 'underpriced'
}

export type AttemptFacts<A extends SentAttempt = SentAttempt> = {
  /** Of this call, oldest first. */
  readonly attempts: readonly A[]
  /** The first nonce that the chain has not used. */
  readonly freeNonce: number
  /** The highest fees that any call of ours has offered at that nonce. */
  readonly offered?: Fees
  readonly baseFeeWei: bigint
  readonly policy: FeePolicy
  readonly nowMs: number
  /** A transaction gets so long before it is replaced. */
  readonly resendMs: number
}

export type AttemptPlan<A extends SentAttempt = SentAttempt> =
  | { readonly kind: 'wait' }
  /** Send the same bytes once more. */
  | { readonly kind: 'repeat'; readonly attempt: A }
  | { readonly kind: 'sign'; readonly nonce: number; readonly fees: Fees }

/** What to do for a call that has not been found on chain. */
export function attemptPlan<A extends SentAttempt>(facts: AttemptFacts<A>): AttemptPlan<A> {
  const { attempts, freeNonce, nowMs, resendMs } = facts
  const last = attempts.at(-1)
  if (last === undefined) return signed(facts, undefined)

  // After a clock has jumped back nobody knows how young it is; then it is not.
  const ageMs = nowMs - last.signedAtMs
  const isYoung = ageMs >= 0 && ageMs < resendMs
  if (last.nonce !== freeNonce) {
    // At both nonces it is the same call, which may be on chain twice.
    if (!isYoung) return signed(facts, undefined)
    // Above: a node lags now, or one counted too many then, and the call waits behind a gap. Below,
    // the nonce is used: by this call, whose receipt is about to appear, or by a stranger.
    return last.nonce > freeNonce ? { kind: 'repeat', attempt: last } : { kind: 'wait' }
  }

  if (last.state === 'underpriced') return signed(facts, last)
  if (last.state === 'signed' && isYoung) return { kind: 'repeat', attempt: last }
  return isYoung ? { kind: 'wait' } : signed(facts, last)
}

function signed<A extends SentAttempt>(
  { freeNonce, offered, baseFeeWei, policy }: AttemptFacts<A>,
  last: A | undefined,
): AttemptPlan<A> {
  const fees =
    offered === undefined
      ? feesAt(baseFeeWei, policy)
      : replacementFees(offered, baseFeeWei, policy)
  if (fees !== undefined) return { kind: 'sign', nonce: freeNonce, fees }
  if (last !== undefined) return { kind: 'repeat', attempt: last }
  // The ceiling is absolute: what waits at the nonce already offers it, and so does this call.
  return { kind: 'sign', nonce: freeNonce, fees: feesAt(policy.ceilingWei, policy) }
}

/**
 * Whether a call that some node shows on chain, at the nonce `shownAt`, may be signed at another one.
 * That node may lie, so the call is pursued; but if it is right, each further nonce pays for the call
 * anew. One above is enough where what is shown is not so, for no two strangers use our nonces.
 */
export function maySignBeyond(
  attempts: readonly Pick<SentAttempt, 'nonce'>[],
  nonce: number,
  shownAt: number | undefined,
): boolean {
  if (shownAt === undefined || nonce <= shownAt) return true
  const above = attempts.filter((attempt) => attempt.nonce > shownAt)
  return above.length === 0 || above.some((attempt) => attempt.nonce === nonce)
}

export type PendingNonces =
  | { readonly kind: 'none' }
  /** All that waits is ours. */
  | { readonly kind: 'ours'; readonly count: number }
  /** Something waits that this journal knows nothing of: the key is used elsewhere. */
  | { readonly kind: 'foreign'; readonly nonces: readonly number[] }

/** More waiting transactions than this are not listed one by one. */
const maxListed = 16

/** What waits between the chain's latest and pending count, held against the journal's nonces. */
export function pendingNonces(
  latestCount: number,
  pendingCount: number,
  ours: ReadonlySet<number>,
): PendingNonces {
  const count = Math.max(0, pendingCount - latestCount)
  if (count === 0) return { kind: 'none' }
  const waiting = Array.from({ length: Math.min(count, maxListed) }, (_, i) => latestCount + i)
  const foreign = waiting.filter((nonce) => !ours.has(nonce))
  return foreign.length === 0 ? { kind: 'ours', count } : { kind: 'foreign', nonces: foreign }
}
