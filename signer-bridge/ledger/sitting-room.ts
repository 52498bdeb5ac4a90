/**
 * Whether a sitting has the nonces that it needs. What a person has signed cannot be signed anew at
 * another nonce or fee, so that both are looked at before anybody is asked: an older transaction that
 * still waits in nodes' pools could keep the commit out, or, once the commit has landed, take the nonce
 * of its reveal, and a commit without its reveal costs thirty rounds. Pure.
 */

import type { Address } from 'viem'
import type { OwnCall } from '../call.ts'
import { type FeePolicy, type Fees, highestFees, replacementFees } from '../fees.ts'
import type { AttemptBook } from '../journal/attempts.ts'
import type { CallBook } from '../journal/calls.ts'
import type { SentAttempt } from '../nonce.ts'

/** Nodes forget by then what waits behind a gap (geth's `txpool.lifetime`, which coreth shortens). */
const poolLifetimeMs = 3 * 3_600_000

export type RoomFacts = {
  readonly freeNonce: number
  /** How many transactions of the key nodes have in blocks and pools, those behind a gap left out. */
  readonly pendingCount: number
  /** Of older calls, at the free nonce and above. */
  readonly older: readonly SentAttempt[]
  /** What the commit may offer. */
  readonly policy: FeePolicy
  readonly baseFeeWei: bigint
  readonly nowMs: number
}

/** Why no sitting can be held for now, for the person; `undefined` if there is room. */
export function roomRefusal(facts: RoomFacts): string | undefined {
  const { freeNonce, pendingCount, older, policy, baseFeeWei, nowMs } = facts
  const behind = older.find(
    ({ nonce, state, signedAtMs }) =>
      nonce > freeNonce && state === 'accepted' && Math.abs(nowMs - signedAtMs) < poolLifetimeMs,
  )
  if (behind !== undefined) {
    return `An older transaction waits with nonce ${behind.nonce}, which the reveal would need. It lands, or is forgotten, some hours after it was sent.`
  }
  const offered = offeredAt(older, freeNonce)
  const isTaken = pendingCount > freeNonce
  return isTaken && offered !== undefined && !replacementFees(offered, baseFeeWei, policy)
    ? `An older transaction waits with nonce ${freeNonce}, and a commit may not outbid it. It lands once the base fee is lower.`
    : undefined
}

/** The highest fees of transactions at a nonce. */
export function offeredAt(attempts: readonly SentAttempt[], at: number): Fees | undefined {
  return highestFees(attempts.filter(({ nonce }) => nonce === at))
}

/**
 * Whether a reveal that was signed beforehand is kept back: the chain has not used the nonce right before
 * it, which is its commit's, so that it cannot land. A node may have taken the commit and lost it since;
 * sent above that gap, the reveal would wait in pools until a later commit fills it, and then take the
 * nonce of that one's reveal, also from the other bridge, whose journal knows nothing of it. Once the
 * nonce is used it goes out at once.
 *
 * @param freeNonce The first that is free by what is asked: by what all agree on, or by any node.
 */
export function isKeptBack(
  journal: Pick<CallBook, 'statusOf'>,
  call: OwnCall,
  nonce: number,
  freeNonce: number,
): boolean {
  if (call.kind !== 'submit2' || nonce <= freeNonce) return false
  return journal.statusOf({ ...call, kind: 'submit1' }) !== 'confirmed'
}

/** The transactions of a key from a nonce on, but for those of one round. */
export function olderFrom(
  journal: Pick<AttemptBook, 'attemptsFrom'>,
  signer: Address,
  { nonce, votingRoundId }: { readonly nonce: number; readonly votingRoundId: number },
): readonly SentAttempt[] {
  return journal.attemptsFrom(signer, nonce).filter((each) => each.votingRoundId !== votingRoundId)
}
