/**
 * Benching: whoever committed and did not reveal in one of the last 20 rounds adds nothing to the
 * random, so that withholding a reveal to bend it can be done once and costs a place for a while.
 */

import type { Address } from 'viem'

/** Rounds for which an offence is remembered. */
export const benchingRounds = 20

/**
 * The offenders of past rounds, by round: all senders, voters or not, judged by the rules of the
 * round's own reward epoch. A round is here only if every block of its windows has been read; one
 * without an offender is here with an empty set, and so are rounds before the chain's first block.
 */
export type OffenceHistory = ReadonlyMap<number, ReadonlySet<Address>>

export type Bench =
  | { readonly kind: 'complete'; readonly benched: ReadonlySet<Address> }
  /** Rounds that have not been read in full, ascending: who is benched cannot be known. */
  | { readonly kind: 'incomplete'; readonly missingRounds: readonly number[] }

/**
 * Who is benched in a round: the offenders of the 20 rounds before it. Those of the round itself
 * are benched from the next one on.
 *
 * @see https://github.com/flare-foundation/FTSO-Scaling `DataManager.getBenchingWindowRevealOffenders`
 */
export function benchOf(votingRoundId: number, history: OffenceHistory): Bench {
  const rounds = Array.from(
    { length: benchingRounds },
    (_, i) => votingRoundId - benchingRounds + i,
  ).filter((round) => round >= 0)
  const missingRounds = rounds.filter((round) => !history.has(round))
  if (missingRounds.length > 0) return { kind: 'incomplete', missingRounds }
  const benched = new Set(rounds.flatMap((round) => [...(history.get(round) ?? [])]))
  return { kind: 'complete', benched }
}
