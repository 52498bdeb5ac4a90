/**
 * The protocol's weighted median: what a feed's votes come to, to the last digit of every other
 * implementation, odd corners included.
 *
 * Weights are `bigint`, since those of the time before FIP.16 have 27 digits.
 */

/** One voter's value of one feed; empty slots are no votes and must not be here. */
export type WeightedVote = {
  /** The integer on chain. */
  readonly value: number
  /** Zero is a weight like others: such a vote takes its place in the order. */
  readonly weight: bigint
}

export type MedianOutcome =
  | {
      readonly kind: 'median'
      readonly value: number
      /** Absent where all votes together weigh nothing. */
      readonly quartile1?: number
      readonly quartile3?: number
      /** Of all votes together. */
      readonly weight: bigint
    }
  | { readonly kind: 'no-votes' }
  /** A single vote, of no weight: the reference crashes there, so that no result is agreed upon. */
  | { readonly kind: 'undefined' }

/**
 * The value at which half of the weight is reached, counted from below. Where exactly half is
 * reached and the weight is even, it is the mean of that value and the next, rounded down: towards
 * minus infinity. The quartiles are the first values with more than a quarter of the weight
 * (rounded down) at or beyond them, from below and from above.
 *
 * @param votes In the order of the signing policy. Among equal values this order stays, and it can
 *   matter: a vote of no weight that stands right behind the half is the next.
 * @see https://github.com/flare-foundation/FTSO-Scaling `calculateMedian` (`ftso-median.ts`)
 */
export function medianOfVotes(votes: readonly WeightedVote[]): MedianOutcome {
  if (votes.length === 0) return { kind: 'no-votes' }
  const sorted = votes.toSorted((one, other) => one.value - other.value)
  const weight = sorted.reduce((sum, vote) => sum + vote.weight, 0n)

  const value = middleOf(sorted, weight)
  if (value === undefined) return { kind: 'undefined' }
  const quartile1 = firstBeyond(sorted, weight / 4n)
  const quartile3 = firstBeyond(sorted.toReversed(), weight / 4n)
  return {
    kind: 'median',
    value,
    ...(quartile1 === undefined ? {} : { quartile1 }),
    ...(quartile3 === undefined ? {} : { quartile3 }),
    weight,
  }
}

/**
 * The share of the policy's weight that voted for a feed, in 1/10 000, rounded down.
 *
 * @param totalWeight Of all voters of the signing policy, whether they revealed or not; positive.
 */
export function turnoutBips(weight: bigint, totalWeight: bigint): number {
  return Number((weight * 10_000n) / totalWeight)
}

function middleOf(sorted: readonly WeightedVote[], weight: bigint): number | undefined {
  const half = weight / 2n + (weight % 2n)
  let reached = 0n
  let lower: number | undefined
  for (const vote of sorted) {
    if (lower !== undefined) return Math.floor((lower + vote.value) / 2)
    reached += vote.weight
    if (reached < half) continue
    if (reached > half || weight % 2n === 1n) return vote.value
    lower = vote.value
  }
  return undefined
}

/** The first value at which more than the limit is reached. */
function firstBeyond(sorted: readonly WeightedVote[], limit: bigint): number | undefined {
  let reached = 0n
  for (const { value, weight } of sorted) {
    reached += weight
    if (reached > limit) return value
  }
  return undefined
}
