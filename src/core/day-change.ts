/** Change against 24 hours ago: from our own memory where it reaches back, else as sources say. */

import type { Quote } from './quote.ts'
import { median } from './robust.ts'

/**
 * @param dayAgoPrice The feed's own price 24 hours ago, if it is remembered.
 * @param quotes The agreeing quotes; those that say how they changed are asked when memory is short.
 * @returns Percent, or undefined when nobody knows.
 */
export function dayChangePercent(
  price: number,
  dayAgoPrice: number | undefined,
  quotes: readonly Quote[],
): number | undefined {
  if (dayAgoPrice !== undefined && dayAgoPrice > 0) {
    return finite((price / dayAgoPrice - 1) * 100)
  }

  const said = quotes.map(({ change24h }) => finite(change24h)).filter((each) => each !== undefined)
  const middle = median(said)
  return middle === undefined ? undefined : finite(middle * 100)
}

/** What a source divided by next to nothing is no change that anyone can be told. */
function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined
}
