/**
 * A market, and what makes one venue's markets differ from another's. Which markets a venue has is
 * said in the venue's own file.
 */

import type { Tape } from './tape.ts'

/** How a venue differs from the tape and so from its peers. */
export type Temper = {
  /** Its prices stay off by up to this much, each market in its own way. 1/10 000. */
  readonly biasBps: number
  /** Width of its books against an ordinary venue's. */
  readonly spread: number
  /** Time between trades of a market that turns over a billion dollars a day; others are slower. */
  readonly tradeEveryMs: number
  /** No market of it waits longer for a trade. */
  readonly tradeEveryAtMostMs: number
  /** Share of the world's turnover in what it lists. */
  readonly volumeShare: number
}

/** A delisted market has a row of zeros where its venue keeps one; a halted one has no price. */
type MarketState = 'trading' | 'delisted' | 'halted'

export type Market = {
  /** In the venue's own spelling, as it is asked for. */
  readonly name: string
  /** The tape's name of what is traded. */
  readonly base: string
  readonly quoteCurrency: string
  readonly state: MarketState
  /** Decimals of its prices where they are not the asset's usual ones. */
  readonly decimals?: number
}

/** A venue, as far as its prices are concerned. */
export type Stall = { readonly name: string; readonly temper: Temper }

/** What a market's base is worth in its quote currency, by the tape. */
export function marketPrice(tape: Tape, market: Market, atMs: number): number {
  const usd = tape.usdPrice(market.base, atMs)
  return market.quoteCurrency === 'USD' ? usd : usd / tape.usdPrice(market.quoteCurrency, atMs)
}

/** Markets of many bases against one currency, named by the venue's rule. */
export function marketsOf(
  bases: string,
  quoteCurrency: string,
  nameOf: (base: string, quoteCurrency: string) => string,
  state: MarketState = 'trading',
): Market[] {
  return bases.split(' ').map((base) => ({
    name: nameOf(base, quoteCurrency),
    base,
    quoteCurrency,
    state,
  }))
}
