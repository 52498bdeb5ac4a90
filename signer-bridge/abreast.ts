/**
 * Two calls of one key at once: ours with a round's signatures, and a companion's that went ahead alone
 * since ours was late. Ours does not wait for the other to land: it takes the next nonce, both are sent
 * again and outbid by themselves, and one block may hold both. Pure but for the journal.
 *
 * Holding the companion's call back instead would cost it the grace period whenever ours is late, and
 * nobody knows by then whether ours will come at all. No nonce changes hands by it but one that was
 * never used: a call that is signed keeps its own until its window is over by the stamp of a block. Ours
 * lands behind the other's or not at all, and neither is a reveal: a companion's call is never begun
 * while a reveal of ours is owed, and so never stands in front of one.
 */

import type { OwnCall } from './call.ts'
import type { AttemptBook, NonceHolder } from './journal/attempts.ts'
import type { CallBook } from './journal/calls.ts'

type Books = Pick<AttemptBook, 'attempts'> & Pick<CallBook, 'statusOf'>

/** The nonce of a call whose other part may be on its way with the first that is free. */
export function nonceBeside(journal: Books, call: OwnCall, freeNonce: number): number {
  const other = otherPartOf(call)
  if (journal.statusOf(other) !== 'planned') return freeNonce
  const isAhead = journal.attempts(other).some(({ nonce }) => nonce === freeNonce)
  return isAhead ? freeNonce + 1 : freeNonce
}

/**
 * Whether the holder of a nonce is the companion's part of our call and was never signed: nothing is
 * signed but after its nonce was claimed, and nothing sent but after it was written down.
 */
export function isUnusedBeside(journal: Books, call: OwnCall, holder: NonceHolder): boolean {
  const isOther =
    call.part === 'main' &&
    holder.part === 'late' &&
    holder.kind === call.kind &&
    holder.votingRoundId === call.votingRoundId
  return isOther && journal.attempts(holder).length === 0
}

function otherPartOf({ votingRoundId, kind, part, signer }: OwnCall): OwnCall {
  return { votingRoundId, kind, signer, part: part === 'main' ? 'late' : 'main' }
}
