/**
 * Whether a commit of ours that is not signed yet has the round to itself: by what is reserved at the
 * Worker, and then by the chain, where more was sent with the key than the journal knows of.
 */

import { earlierCommit } from './last-commit.ts'
import { reservationOf } from './reserve-commit.ts'
import type { Vote } from './vote.ts'
import type { World } from './world.ts'

export type Clearance =
  | { readonly kind: 'clear' }
  /** The reason is told; the next look may find it otherwise. */
  | { readonly kind: 'not-now' }
  /** Another commit has the round, for good. */
  | { readonly kind: 'of-another'; readonly error: string }

/**
 * Reserves a vote's commit and looks for another one; nothing need be bound yet.
 *
 * Where the look fails, a reservation is enough: no other bridge of ours is granted another, so that a
 * node which is merely slow stops nothing. And if one has committed all the same, past a Worker that it
 * could not reach, the later commit is the one that counts: ours, which is revealed. Where the
 * reservation was skipped too nobody speaks against a second digest any more, and none is signed while
 * that lasts. The lasting cost is small: with the first call that has landed the journal knows the
 * key's count, and no look is needed.
 */
export async function clearanceOf(world: World, vote: Vote): Promise<Clearance> {
  const reservation = await reservationOf(world, vote)
  if (reservation === 'refused') return { kind: 'not-now' }
  if (reservation === 'of-another') {
    return {
      kind: 'of-another',
      error: 'Another bridge has reserved another commit for the round.',
    }
  }
  const earlier = await earlierCommit(world, vote)
  if (earlier === 'of-another') {
    return { kind: 'of-another', error: 'Another commit of ours for the round is on chain.' }
  }
  if (earlier === 'unseen' && reservation === 'skipped') return notNow(world, vote, unheard)
  // Both have taken their time.
  return world.lease.token() === undefined
    ? notNow(world, vote, 'The lease is gone.')
    : { kind: 'clear' }
}

const unheard = 'Neither the Worker nor the chain can say whether another bridge has committed.'

function notNow({ log }: World, { votingRoundId }: Vote, reason: string): Clearance {
  log({ event: 'commit-refused', voting_round_id: votingRoundId, reason })
  return { kind: 'not-now' }
}
