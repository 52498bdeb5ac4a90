/**
 * How scores are usually spread, as a decaying histogram: from which score on one is worth an alert
 * follows from it, and is no number that somebody chose.
 */

/** Bins of the histogram, each as wide as any other: scores lie in [0, 1]. */
export const binCount = 128

/** At so many scores all counts are halved: the past fades, and a count fits in two bytes. */
const mostScores = 20_000

/** With fewer scores the 99th percentile is that of ten of them, and nothing is an alert yet. */
const leastScores = 1_000

/**
 * How far past the 90th percentile one score in 100 000 lies, in distances from the 90th to the 99th:
 * in an exponential tail each such distance is a factor of ten. A normal tail would end earlier (at
 * 2.9); those of scores do not: sources misbehave a little more often than by chance.
 */
const tailLengths = 4

/** Scores that vary less than this are equal; the threshold is above the 99th percentile by it at least. */
const leastMargin = 0.05

export type ScoreTally = {
  /** Scores by bin. */
  readonly counts: Uint16Array
  readonly total: number
}

export const emptyTally: ScoreTally = { counts: new Uint16Array(binCount), total: 0 }

/** The tally after some scores more, each in [0, 1]. */
export function tallied(tally: ScoreTally, scores: readonly number[]): ScoreTally {
  if (scores.length === 0) return tally
  const counts = tally.counts.slice()
  let total = tally.total
  for (const score of scores) {
    const bin = Math.min(Math.floor(score * binCount), binCount - 1)
    counts[bin] = (counts[bin] ?? 0) + 1
    total += 1
    if (total >= mostScores) total = halve(counts)
  }
  return { counts, total }
}

/**
 * The score from which on one is worth an alert: what one in 100 000 ordinary scores would exceed if
 * their tail is exponential. Of 20 sources with a tick every 30 s that is one false alert in two days.
 *
 * @returns Undefined until enough scores are known.
 */
export function alertThreshold(tally: ScoreTally): number | undefined {
  if (tally.total < leastScores) return undefined
  const high = quantileOf(tally, 0.9)
  const highest = quantileOf(tally, 0.99)
  return Math.max(high + tailLengths * (highest - high), highest + leastMargin)
}

/** The upper edge of the bin that holds the quantile. */
function quantileOf({ counts, total }: ScoreTally, share: number): number {
  let reached = 0
  for (let bin = 0; bin < binCount; bin += 1) {
    reached += counts[bin] ?? 0
    if (reached >= share * total) return (bin + 1) / binCount
  }
  return 1
}

/** Halves all counts, and returns what they sum to. */
function halve(counts: Uint16Array): number {
  let total = 0
  for (let bin = 0; bin < binCount; bin += 1) {
    counts[bin] = (counts[bin] ?? 0) >> 1
    total += counts[bin] ?? 0
  }
  return total
}
