/** What a ticker says its market is worth: the last trade, or the middle of a book that belies it. */

import { isPositive } from './positive.ts'
import type { Ticker } from './quote.ts'
import { middleOf } from './robust.ts'

/** Why a ticker has no price: none that is finite and positive, or a bid above its ask. */
export type Priceless = 'no-price' | 'crossed-book'

/** How far beyond its own book a last trade may lie, as a fraction: the book moves after a trade. */
const bookTolerance = 0.000_5

/** How far from the middle of its own book a last trade may lie, as a fraction. */
const midTolerance = 0.02

/** In the market's own currency, or the reason why there is none. */
export function marketPriceOf({ last, bid, ask }: Ticker): number | Priceless {
  if (!isPositive(last)) return 'no-price'
  if (!isPositive(bid) || !isPositive(ask)) return last
  if (bid > ask) return 'crossed-book'

  const mid = middleOf(bid, ask)
  const isOutside = last < bid * (1 - bookTolerance) || last > ask * (1 + bookTolerance)
  return isOutside || Math.abs(last - mid) > midTolerance * mid ? mid : last
}
