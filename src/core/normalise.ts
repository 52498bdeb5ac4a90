/**
 * Normalisation: tickers, each in its market's own currencies, made quotes of a feed, all in the
 * feed's. A stablecoin is worth what it trades for against true dollars at this very tick; it is
 * never assumed to be worth 1.
 */

import type { FeedSymbol } from '../protocol/feed.ts'
import type { Quote, Ticker } from './quote.ts'
import { hampelGate, isInside, median, middleOf } from './robust.ts'
import { sortAscending } from './sort-ascending.ts'

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

/** Dollars for one unit; absent where this tick does not tell. */
export type Pegs = { readonly [Coin in Stablecoin]?: number }

/**
 * Why a ticker became no quote: it has no finite positive price, its bid is above its ask, the peg
 * of its currency is not known, or it would price a stablecoin by way of a peg.
 */
type DropReason = 'no-price' | 'crossed-book' | 'no-peg' | 'circular'
export type Dropped = { readonly reason: DropReason }

/** A peg beyond these is no peg but a coin that failed, or a wrong number. Dollars, both included. */
const pegRange = { least: 0.5, most: 1.5 } as const

/** A rate seen longer ago than this is not this tick's. Milliseconds. */
const pegStaleAfterMs = 60_000

/** Rates agree as quotes do by the policy of the house. */
const pegGate = { gateWidth: 3, gateFloorBps: 10 } as const

/** How far beyond its own book a last trade may lie, as a fraction: the book moves after a trade. */
const bookTolerance = 0.000_5

/** How far from the middle of its own book a last trade may lie, as a fraction. */
const midTolerance = 0.02

/**
 * The dollar value of a stablecoin by its true-dollar tickers of one tick: the median of those that
 * agree. Markets in another currency are not looked at, so nothing that is to be converted has a
 * say in its own rate.
 *
 * @param atMs The instant the rate is for, Unix milliseconds.
 * @returns Undefined where there is no such ticker of the last 60 s, where they do not agree, or
 *   where the value lies outside 0.5 to 1.5.
 */
export function pegOf(
  coin: Stablecoin,
  listed: readonly ListedTicker[],
  atMs: number,
): number | undefined {
  const said = listed
    .filter(({ listing }) => listing.symbol === `${coin}/USD` && listing.quoteCurrency === 'USD')
    .filter(({ ticker }) => atMs - ticker.observedAtMs <= pegStaleAfterMs)
    .map(({ ticker }) => marketPriceOf(ticker))
  const rates = sortAscending(said.filter((rate) => typeof rate === 'number'))

  const gate = hampelGate(rates, pegGate)
  if (gate === undefined) return undefined
  const agreeing = rates.filter((rate) => isInside(gate, rate))
  if (agreeing.length * 2 <= rates.length) return undefined

  const peg = median(agreeing)
  return peg !== undefined && peg >= pegRange.least && peg <= pegRange.most ? peg : undefined
}

/** The pegs that the tickers of one tick tell. Parameters as for `pegOf`. */
export function pegsOf(listed: readonly ListedTicker[], atMs: number): Pegs {
  const usdt = pegOf('USDT', listed, atMs)
  const usdc = pegOf('USDC', listed, atMs)
  return {
    ...(usdt !== undefined && { USDT: usdt }),
    ...(usdc !== undefined && { USDC: usdc }),
  }
}

/**
 * The quote that a ticker makes for its listing's feed, in dollars, or the reason why it makes none.
 *
 * The price is the last trade's, but the middle of the ticker's own book where the trade lies
 * outside of that by more than 5 bps, or more than 2 % from its middle. `rawPrice` is that price
 * before conversion. The change of 24 hours stays in the market's own currencies.
 */
export function quoteOf(ticker: Ticker, listing: Listing, pegs: Pegs): Quote | Dropped {
  const rawPrice = marketPriceOf(ticker)
  if (typeof rawPrice !== 'number') return rawPrice
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

/** What a ticker says its market is worth, in the market's own currency. */
function marketPriceOf({ last, bid, ask }: Ticker): number | Dropped {
  if (!isPositive(last)) return { reason: 'no-price' }
  if (!isPositive(bid) || !isPositive(ask)) return last
  if (bid > ask) return { reason: 'crossed-book' }

  const mid = middleOf(bid, ask)
  const isOutside = last < bid * (1 - bookTolerance) || last > ask * (1 + bookTolerance)
  return isOutside || Math.abs(last - mid) > midTolerance * mid ? mid : last
}

/** Whether a listing would price USDT by way of a peg: the feed that converts others stands alone. */
function isCircular({ symbol, quoteCurrency }: Listing): boolean {
  return symbol === 'USDT/USD' && quoteCurrency !== 'USD'
}

function isPositive(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0
}
