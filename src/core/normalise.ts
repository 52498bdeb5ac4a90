/**
 * Normalisation: tickers, each in its market's own currencies, made quotes of a feed, all in the
 * feed's. A stablecoin is worth what it trades for against true dollars at this very tick; it is
 * never assumed to be worth 1.
 */

import type { Listing } from './listing.ts'
import { marketPriceOf, type Priceless } from './market-price.ts'
import type { Pegs } from './pegs.ts'
import { isPositive } from './positive.ts'
import type { Quote, Ticker } from './quote.ts'

/**
 * Why a ticker became no quote: it has no finite positive price, its bid is above its ask, the peg
 * of its currency is not known, or it would price a stablecoin by way of a peg.
 */
type DropReason = Priceless | 'no-peg' | 'circular'
export type Dropped = { readonly reason: DropReason }

/**
 * The quote that a ticker makes for its listing's feed, in dollars, or the reason why it makes none.
 *
 * The price is the last trade's, but the middle of the ticker's own book where the trade lies
 * outside of that by more than 5 bps, or more than 2 % from its middle. `rawPrice` is that price
 * before conversion. The change of 24 hours stays in the market's own currencies.
 */
export function quoteOf(ticker: Ticker, listing: Listing, pegs: Pegs): Quote | Dropped {
  const rawPrice = marketPriceOf(ticker)
  if (typeof rawPrice !== 'number') return { reason: rawPrice }
  if (isCircular(listing)) return { reason: 'circular' }

  const conversionRate = listing.quoteCurrency === 'USD' ? 1 : pegs[listing.quoteCurrency]
  if (conversionRate === undefined) return { reason: 'no-peg' }
  const price = rawPrice * conversionRate
  if (!isPositive(price)) return { reason: 'no-price' }

  const { bid, ask, volume, open24h } = ticker
  return {
    symbol: listing.symbol,
    source: listing.source,
    market: listing.market,
    price,
    rawPrice,
    conversionRate,
    volume: isPositive(volume) ? volume : 0,
    ...(isPositive(bid) && { bid: bid * conversionRate }),
    ...(isPositive(ask) && { ask: ask * conversionRate }),
    ...(isPositive(open24h) && { change24h: rawPrice / open24h - 1 }),
    observedAtMs: ticker.observedAtMs,
    observedKind: ticker.observedKind,
  }
}

/** Whether a listing would price USDT by way of a peg: the feed that converts others stands alone. */
function isCircular({ symbol, quoteCurrency }: Listing): boolean {
  return symbol === 'USDT/USD' && quoteCurrency !== 'USD'
}
