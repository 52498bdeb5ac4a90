/**
 * Five ways to make one value of many that agree. Each errs in its own way; the median of the five
 * is moved by none of them alone.
 */

import { huberOf } from './huber.ts'
import type { Votes } from './outcome.ts'
import { medianOfSorted, middleOf } from './robust.ts'
import { ascendingOrder, sortAscending } from './sort-ascending.ts'
import { tuning } from './tuning.ts'

/** Parallel lists, by ascending value. */
export type Ballot = {
  readonly values: readonly number[]
  readonly sigmas: readonly number[]
  /** Sum to 1. */
  readonly shares: readonly number[]
}

/** Half of the weight counts as reached exactly if it is missed by less than this. */
const tieTolerance = 1e-12

/** The five votes over a ballot of at least one value, in the values' unit. */
export function votesOf(ballot: Ballot): Votes {
  const { values, sigmas, shares } = ballot
  const middle = medianOfSorted(values) ?? 0
  return {
    weightedMedian: weightedMedianOfSorted(values, shares),
    huber: huberOf(values, sigmas, shares, middle),
    trimmedMean: trimmedMeanOf(values, shares),
    threeVote: threeVoteOf(ballot),
    median: middle,
  }
}

/** The median of the five votes. */
export function middleVoteOf(votes: Votes): number {
  const { weightedMedian, huber, trimmedMean, threeVote, median } = votes
  return sortAscending([weightedMedian, huber, trimmedMean, threeVote, median])[2] ?? median
}

/** The value at half of the weight; of exactly half, the middle between it and the next. */
export function weightedMedianOfSorted(
  values: readonly number[],
  shares: readonly number[],
): number {
  let reached = 0
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0
    reached += shares[i] ?? 0
    if (reached > 0.5 + tieTolerance) return value
    if (reached >= 0.5 - tieTolerance) return middleOf(value, values[i + 1] ?? value)
  }
  return values.at(-1) ?? 0
}

/** The weighted mean of what lies between the first and the last quarter of the weight. */
export function trimmedMeanOf(values: readonly number[], shares: readonly number[]): number {
  const { trim } = tuning.estimator
  let reached = 0
  let sum = 0
  let total = 0
  for (let i = 0; i < values.length; i += 1) {
    const from = Math.max(reached, trim)
    reached += shares[i] ?? 0
    const kept = Math.min(reached, 1 - trim) - from
    if (kept <= 0) continue
    sum += kept * (values[i] ?? 0)
    total += kept
  }
  return total > 0 ? sum / total : (medianOfSorted(values) ?? 0)
}

/**
 * The weighted median of three votes a source: its value, and one standard deviation to either side.
 *
 * @see Pyth's aggregation of publishers' confidence intervals, which works with stated deviations;
 *   ours are learnt.
 */
export function threeVoteOf({ values, sigmas, shares }: Ballot): number {
  const votes: number[] = []
  for (let side = -1; side <= 1; side += 1) {
    for (let i = 0; i < values.length; i += 1) {
      votes.push((values[i] ?? 0) + side * (sigmas[i] ?? 0))
    }
  }
  const sorted: number[] = []
  const weights: number[] = []
  for (const place of ascendingOrder(votes)) {
    sorted.push(votes[place] ?? 0)
    weights.push((shares[place % values.length] ?? 0) / 3)
  }
  return weightedMedianOfSorted(sorted, weights)
}
