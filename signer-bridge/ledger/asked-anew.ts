/**
 * What a person has signed of a call goes out as it is for as long as it can land: nobody is asked twice
 * for the same. Once something else has used its nonce it never can. Then they are asked for the same
 * content at the nonce that is free, for a commit without its reveal costs thirty rounds; and not again
 * after a no. A commit is never asked for anew: its next nonce is that of the reveal signed with it, and
 * if a twin of it stands (another bridge's, say), that reveal is the one that is owed.
 */

import type { OwnCall } from '../call.ts'
import type { SentAttempt } from '../nonce.ts'

/** What is signed of a call and can still land, by the first free nonce; `undefined` if nothing is. */
export function landable<A extends SentAttempt>(
  attempts: readonly A[],
  freeNonce: number,
): A | undefined {
  return (
    attempts.findLast(({ nonce }) => nonce === freeNonce) ??
    attempts.findLast(({ nonce }) => nonce > freeNonce)
  )
}

/** By journal, so that each process of a test has its own; of the newest call only. */
const refusals = new WeakMap<object, string>()

/** Notes that a person will not sign a call anew. The journal keeps that it is signed. */
export function noteRefusedAnew(journal: object, call: OwnCall): void {
  refusals.set(journal, nameOf(call))
}

export function mayBeAskedAnew(journal: object, call: OwnCall): boolean {
  return call.kind !== 'submit1' && refusals.get(journal) !== nameOf(call)
}

function nameOf({ signer, votingRoundId, kind, part }: OwnCall): string {
  return [signer.toLowerCase(), votingRoundId, kind, part].join('/')
}

/** Why a person is asked once more, before the review. */
export function anewText(
  { kind, votingRoundId }: OwnCall,
  { nonce, freeNonce }: { readonly nonce: number; readonly freeNonce: number },
): string {
  const why = `Round ${votingRoundId}: the ${kind} that you have signed cannot land any more, for something else has used its nonce (${nonce}). Sign the same once more, with nonce ${freeNonce}.`
  return kind === 'submit2'
    ? `${why} A commit that stands without its reveal costs thirty times the reward of its round.`
    : why
}
