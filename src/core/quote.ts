/**
 * What the core works on: tickers as exchanges say them, and quotes, which are tickers made
 * comparable.
 */

import type { FeedSymbol } from '../protocol/feed.ts'

/**
 * How an instant of observation is known: the exchange dated the trade, the ticker or the whole
 * response; or we know only when we received it.
 */
export type ObservedKind = 'trade' | 'ticker' | 'response' | 'received'

/** What an exchange said of one market, in the market's own currencies. */
export type Ticker = {
  /** The exchange's name. */
  readonly source: string
  /** The market in the exchange's own spelling, as it was asked for. */
  readonly market: string
  /** Last traded price, quote currency for one unit of base. */
  readonly last: number
  /** Best bid and ask, where the exchange says them. */
  readonly bid?: number
  readonly ask?: number
  /** Volume of the last 24 hours in base units; absent where the exchange says none. */
  readonly volume?: number
  /** Price 24 hours ago, quote currency for one unit of base. */
  readonly open24h?: number
  /** Unix milliseconds. */
  readonly observedAtMs: number
  readonly observedKind: ObservedKind
}

/** A ticker in its feed's quote currency: comparable with every other quote of that feed. */
export type Quote = {
  readonly symbol: FeedSymbol
  readonly source: string
  readonly market: string
  /** Feed's quote currency for one unit of base; finite and positive. */
  readonly price: number
  /** What the exchange said, before conversion. */
  readonly rawPrice: number
  /** Feed's quote currency for one unit of the market's: 1 where they are the same. */
  readonly conversionRate: number
  /** Base units traded in the last 24 hours; 0 where the exchange says none. */
  readonly volume: number
  readonly bid?: number
  readonly ask?: number
  /** Change against 24 hours ago as a fraction, in the market's own currencies. */
  readonly change24h?: number
  readonly observedAtMs: number
  readonly observedKind: ObservedKind
}
