/** How sure a vote is of itself: an interval in basis points, and one number from 0 to 1. */

import { tuning } from './tuning.ts'

/** The interval at which confidence is halved, bps. Half of the band that FTSO rewards as a minimum. */
const halvingIntervalBps = 25

/**
 * Half-width of the interval that is expected to hold the true price 19 times in 20: 1.96 standard
 * errors, which include what the market moves in the two seconds that no date tells of, and what all
 * sources may have wrong together.
 *
 * @param sigmaBps Standard deviation that the price is taken to have, 1/10 000 of it.
 * @param volatility Standard deviation of the price's relative change over one second.
 * @returns 1/10 000 of the price.
 */
export function intervalBpsOf(sigmaBps: number, volatility: number): number {
  const { commonBps, factor, hiddenSec } = tuning.interval
  const hiddenBps = volatility * Math.sqrt(hiddenSec) * 10_000
  return commonBps + factor * Math.hypot(sigmaBps, hiddenBps)
}

/**
 * Confidence: `1 / (1 + (intervalBps / 25)²)`. Near 1 where the interval is a few basis points, a
 * half where it is 25, and the narrower the interval the higher. Without a quorum there is no
 * interval, and confidence is 0.
 */
export function confidenceOf(intervalBps: number): number {
  return 1 / (1 + (intervalBps / halvingIntervalBps) ** 2)
}
