/** Listings: which market informs which feed, and what that market's prices are in. */

import type { FeedSymbol } from '../protocol/feed.ts'
import type { Ticker } from './quote.ts'

export type Stablecoin = 'USDT' | 'USDC'

/** A market and the feed that it informs. */
export type Listing = {
  readonly symbol: FeedSymbol
  readonly source: string
  /** In the exchange's own spelling. */
  readonly market: string
  /**
   * What the market's prices are in. Coinbase settles USDC markets one to one in dollars: those are
   * declared as USD.
   */
  readonly quoteCurrency: 'USD' | Stablecoin
}

export type ListedTicker = { readonly ticker: Ticker; readonly listing: Listing }
