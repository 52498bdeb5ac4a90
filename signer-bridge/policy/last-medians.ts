/**
 * The last medians that count as a measure of prices: of a round that this bridge has computed from
 * the chain's blocks itself, and that the chain has made final with the same root.
 */

import { protocolIds } from '../../src/protocol/payload.ts'
import type { RoundResult } from '../../src/protocol/round-result.ts'
import type { Observer } from '../observer/observer.ts'
import type { KnownMedian } from './price-guard.ts'

/** Final in the course of the round after it: the one before is the newest that can be for sure. */
const newestBack = 2

/** For so many rounds (30 minutes of 90 s) a final median still says where prices are. */
export const maxMedianAgeRounds = 20

/**
 * @param votingRoundId The round that is about to be voted in.
 * @returns Nothing where no such round is known: at a start, or on a network that finalises nothing.
 */
export function lastMedians(
  observer: Pick<Observer, 'outcomeOf' | 'finalisationOf'>,
  votingRoundId: number,
): readonly KnownMedian[] {
  for (let back = newestBack; back <= maxMedianAgeRounds; back += 1) {
    const round = votingRoundId - back
    const finalisation = observer.finalisationOf(protocolIds.ftso, round)
    if (finalisation === undefined) continue
    const outcome = observer.outcomeOf(round)
    if (outcome.kind !== 'result' || outcome.tree.root !== finalisation.merkleRoot) continue
    return mediansOf(outcome)
  }
  return []
}

/** A feed that nobody voted for, or whose median is no price, says nothing. */
function mediansOf({ feeds }: RoundResult): readonly KnownMedian[] {
  return feeds
    .filter(({ value, turnoutBips }) => value > 0 && turnoutBips > 0)
    .map(({ id, value, decimals }) => ({ id, price: value / 10 ** decimals }))
}
