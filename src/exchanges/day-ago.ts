/** The price of a day ago where an exchange tells only its last price and the change since then. */

import { decimal, positiveDecimal } from './decimal.ts'

/**
 * The price of a day ago; undefined if either value cannot be read, or no price could have changed
 * so.
 *
 * @param change Against the price of a day ago.
 * @param whole What the change is a part of: 1 where it is a fraction, 100 where it is percent.
 */
export function priceBefore(last: unknown, change: unknown, whole: 1 | 100): number | undefined {
  const price = positiveDecimal(last)
  const changed = decimal(change)
  if (price === undefined || changed === undefined) return undefined
  return positiveDecimal(price / (1 + changed / whole))
}
