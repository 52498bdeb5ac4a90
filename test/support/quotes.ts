/** Builders: a test names only what it is about; the rest is ordinary. */

import type { Listing } from '../../src/core/listing.ts'
import type { Quote, Ticker } from '../../src/core/quote.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'

/** An ordinary quote: BTC/USD at 100 from Kraken, one coin of volume, seen at `t = 0`. */
export function aQuote(differing: Partial<Quote> = {}): Quote {
  const price = differing.price ?? 100
  return {
    symbol: feedSymbol('BTC/USD'),
    source: 'kraken',
    market: 'BTC/USD',
    price,
    rawPrice: price,
    conversionRate: 1,
    volume: 1,
    observedAtMs: 0,
    observedKind: 'ticker',
    ...differing,
  }
}

/** One ordinary quote a price, each from a source of its own: `s0`, `s1`, … */
export function quotesAt(...prices: number[]): Quote[] {
  return prices.map((price, i) => aQuote({ source: `s${i}`, price }))
}

/** An ordinary ticker: Kraken's BTC/USD, last traded at 100, seen at `t = 0`. */
export function aTicker(differing: Partial<Ticker> = {}): Ticker {
  return {
    source: 'kraken',
    market: 'BTC/USD',
    last: 100,
    observedAtMs: 0,
    observedKind: 'ticker',
    ...differing,
  }
}

/** An ordinary listing: Kraken's BTC/USD for the feed of that name. */
export function aListing(differing: Partial<Listing> = {}): Listing {
  return {
    symbol: feedSymbol('BTC/USD'),
    source: 'kraken',
    market: 'BTC/USD',
    quoteCurrency: 'USD',
    ...differing,
  }
}
