/** How sure a vote is of itself: an interval in basis points, and one number from 0 to 1. */

/**
 * Half-width of a 95 % interval in standard errors: 1.96 for normal errors times 1.25 for the
 * median's own inefficiency, and a little for the heavier tails of real prices.
 */
const coverageFactor = 2.6

/**
 * Spread of honest sources at the least, bps. A handful of quotes can coincide by chance, and that
 * does not make them exact.
 */
const leastSpreadBps = 2

/** What all sources have wrong together, bps: it does not shrink however many they are. */
const commonErrorBps = 0.5

/** The interval at which confidence is halved, bps. Half of the band that FTSO rewards as a minimum. */
const halvingIntervalBps = 25

/**
 * Half-width of the interval that is expected to hold the true price 19 times in 20.
 *
 * @param spreadBps Robust standard deviation of the sources, 1/10 000 of the price.
 * @param effectiveSources How many independent equal sources the vote is worth.
 * @returns 1/10 000 of the price, at least 0.5.
 */
export function intervalBpsOf(spreadBps: number, effectiveSources: number): number {
  const standardError = Math.max(spreadBps, leastSpreadBps) / Math.sqrt(effectiveSources)
  return commonErrorBps + coverageFactor * standardError
}

/**
 * Confidence: `support / (1 + (intervalBps / 25)²)`. It is 1 for nobody, near 1 where all agree
 * closely, halved where the interval is 25 bps, and falls with each source that was asked and does
 * not agree. It is never 0, since nothing agreed is no consensus at all.
 *
 * @param support Share of those asked that agree: above 0, at most 1.
 */
export function confidenceOf(intervalBps: number, support: number): number {
  return support / (1 + (intervalBps / halvingIntervalBps) ** 2)
}
