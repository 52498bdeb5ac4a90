/**
 * Pegs: what a stablecoin is worth, by the venues that trade it for true dollars at this very tick.
 * It is never assumed to be worth 1, and no market that is to be converted has a say in it.
 */

import type { ListedTicker, Stablecoin } from './listing.ts'
import { marketPriceOf } from './market-price.ts'
import { hampelGate, isInside, median } from './robust.ts'
import { sortAscending } from './sort-ascending.ts'

/** Dollars for one unit; absent where this tick does not tell. */
export type Pegs = { readonly [Coin in Stablecoin]?: number }

/** From a source to the group in which it has one vote; who is not named stands alone. */
type Groups = Readonly<Record<string, string>>

/** A peg beyond these is no peg but a coin that failed, or a wrong number. Dollars, both included. */
const pegRange = { least: 0.5, most: 1.5 } as const

/** A rate seen longer ago than this is not this tick's. Milliseconds. */
const pegStaleAfterMs = 60_000

/** Rates agree as quotes do by the policy of the house. */
const pegGate = { gateWidth: 3, gateFloorBps: 10 } as const

/**
 * The dollar value of a stablecoin by its true-dollar tickers of one tick: the median of those that
 * agree, each independent group of sources with one rate, its own median. Markets in another
 * currency are not looked at, so nothing that is to be converted has a say in its own rate.
 *
 * @param atMs The instant the rate is for, Unix milliseconds.
 * @returns Undefined where there is no such ticker of the last 60 s, where they do not agree, or
 *   where the value lies outside 0.5 to 1.5.
 */
export function pegOf(
  coin: Stablecoin,
  listed: readonly ListedTicker[],
  atMs: number,
  groups: Groups = {},
): number | undefined {
  const rates = ratesOf(coin, listed, atMs, groups)
  const gate = hampelGate(rates, pegGate)
  if (gate === undefined) return undefined
  const agreeing = rates.filter((rate) => isInside(gate, rate))
  if (agreeing.length * 2 <= rates.length) return undefined

  const peg = median(agreeing)
  return peg !== undefined && peg >= pegRange.least && peg <= pegRange.most ? peg : undefined
}

/** The pegs that the tickers of one tick tell. Parameters as for `pegOf`. */
export function pegsOf(listed: readonly ListedTicker[], atMs: number, groups: Groups = {}): Pegs {
  const usdt = pegOf('USDT', listed, atMs, groups)
  const usdc = pegOf('USDC', listed, atMs, groups)
  return {
    ...(usdt !== undefined && { USDT: usdt }),
    ...(usdc !== undefined && { USDC: usdc }),
  }
}

/** Whether a listing prices a coin in true dollars. */
export function isPegListing(coin: Stablecoin, { symbol, quoteCurrency }: ListedTicker['listing']) {
  return symbol === `${coin}/USD` && quoteCurrency === 'USD'
}

/** One rate a group, in ascending order. */
function ratesOf(
  coin: Stablecoin,
  listed: readonly ListedTicker[],
  atMs: number,
  groups: Groups,
): number[] {
  const said = listed
    .filter(({ listing }) => isPegListing(coin, listing))
    .filter(({ ticker }) => atMs - ticker.observedAtMs <= pegStaleAfterMs)
    .map(({ ticker, listing: { source } }) => ({
      group: groups[source] ?? source,
      rate: marketPriceOf(ticker),
    }))
  const byGroup = Map.groupBy(said, ({ group }) => group)
  const rates = [...byGroup.values()].map((members) => {
    const own = members.flatMap(({ rate }) => (typeof rate === 'number' ? [rate] : []))
    return median(sortAscending(own))
  })
  return sortAscending(rates.filter((rate) => rate !== undefined))
}
