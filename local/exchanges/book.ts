/**
 * A book: what one venue knows of its markets at one instant. Made from the tape and the venue's
 * temper alone, so that asking twice about an instant gives the same answer twice.
 */

import { type Asset, assetByBase } from './assets.ts'
import { hash, jitter } from './chance.ts'
import type { DayOf, DayStatistics } from './day.ts'
import { type Market, marketPrice, type Stall } from './market.ts'
import type { Tape } from './tape.ts'

export type Book = {
  /** The instant it speaks of, Unix milliseconds. */
  readonly atMs: number
  /** Row of a market that trades. */
  readonly row: (market: Market) => MarketRow
}

/** One market; money in the market's own quote currency, volumes in units of its base. */
export type MarketRow = DayStatistics & {
  readonly last: number
  readonly bid: number
  readonly ask: number
  readonly lastSize: number
  readonly bidSize: number
  readonly askSize: number
  /** The last trade, Unix milliseconds. */
  readonly tradedAtMs: number
  /** Grows by one with each trade. */
  readonly tradeId: number
  /** Decimals of its prices. */
  readonly decimals: number
}

/** How a fault bends what a venue says. */
type BookBend = {
  /** When the prices are from; the dates stay those of `atMs`. */
  readonly pricesAtMs?: number
  /** The venue's prices are this many times the others'. */
  readonly factor?: number
}

/** The quotes in a book change this often. */
const bookEveryMs = 250

/** Width of half a book, 1/10 000, for a market that turns over a billion dollars a day. */
const halfSpreadBps = 0.3
const halfSpreadLeastBps = 0.02
const halfSpreadMostBps = 4

/** Trade ids count from here, so that they look like those of a venue with a past. */
const firstTradeAtMs = Date.UTC(2019, 0, 1)

/**
 * @param atMs The instant to speak of, Unix milliseconds.
 */
export function bookOf(
  { tape, dayOf }: { readonly tape: Tape; readonly dayOf: DayOf },
  venue: Stall,
  atMs: number,
  bend: BookBend = {},
): Book {
  const { factor = 1, pricesAtMs = atMs } = bend

  return {
    atMs,

    row(market) {
      const asset = assetOf(market.base)
      const character = characterOf(venue, market, asset)
      const { seed, decimals, halfSpread } = character
      const usualMid = (thenMs: number) =>
        factor * marketPrice(tape, market, thenMs) * (1 + deviation(character, thenMs))

      const trade = Math.floor((pricesAtMs + character.phaseMs) / character.tradeEveryMs)
      const tradedAtMs = trade * character.tradeEveryMs - character.phaseMs
      const tradedMid = usualMid(quantised(tradedAtMs))
      const mid = usualMid(quantised(pricesAtMs))

      const bid = floorTo(mid * (1 - halfSpread), decimals)
      const ask = Math.max(ceilTo(mid * (1 + halfSpread), decimals), bid + 10 ** -decimals)
      const last =
        jitter(seed, trade) < 0
          ? floorTo(tradedMid * (1 - halfSpread), decimals)
          : ceilTo(tradedMid * (1 + halfSpread), decimals)

      return {
        ...dayOf({ venue, market, asset, decimals, last, factor, atMs: pricesAtMs }),
        last,
        bid,
        ask,
        lastSize: sizeOf(seed, trade, 400 / tape.usdPrice(market.base, pricesAtMs)),
        bidSize: sizeOf(seed + 1, trade, 3_000 / tape.usdPrice(market.base, pricesAtMs)),
        askSize: sizeOf(seed + 2, trade, 3_000 / tape.usdPrice(market.base, pricesAtMs)),
        // A frozen venue's clock goes on: a fresh date on an old price is what has been seen.
        tradedAtMs: Math.floor(tradedAtMs + (atMs - pricesAtMs)),
        tradeId: trade - Math.floor(firstTradeAtMs / character.tradeEveryMs),
        decimals,
      }
    },
  }
}

/** What is peculiar to one market at one venue. */
type Character = {
  readonly seed: number
  readonly bias: number
  /** Half the book's width as a fraction of its middle. */
  readonly halfSpread: number
  readonly tradeEveryMs: number
  readonly phaseMs: number
  readonly decimals: number
}

function characterOf({ name, temper }: Stall, market: Market, asset: Asset): Character {
  const seed = hash(`${name} ${market.name}`)
  const thinness = Math.sqrt(1e9 / asset.turnoverUsd)
  const spreadBps = Math.min(
    halfSpreadMostBps,
    Math.max(halfSpreadLeastBps, halfSpreadBps * temper.spread * thinness),
  )
  const tradeEveryMs = Math.ceil(
    Math.min(temper.tradeEveryAtMostMs, Math.max(bookEveryMs, temper.tradeEveryMs * thinness)),
  )
  // Pegged assets trade within a tenth of what would be a small difference elsewhere.
  const calm = asset.kind === 'pegged' ? 0.1 : 1
  return {
    seed,
    bias: (jitter(seed, 1) * temper.biasBps * calm) / 10_000,
    halfSpread: (asset.kind === 'pegged' ? Math.min(0.3, spreadBps) : spreadBps) / 10_000,
    tradeEveryMs,
    phaseMs: Math.floor(((jitter(seed, 2) + 1) / 2) * tradeEveryMs),
    decimals: market.decimals ?? asset.decimals,
  }
}

/** How far a venue's middle is from the tape, as a fraction: its bias, a slow sway, a flutter. */
function deviation({ seed, bias, halfSpread }: Character, atMs: number): number {
  const swayMs = 900_000 + 600_000 * jitter(seed, 3)
  const sway = 0.5 * bias * Math.sin((2 * Math.PI * atMs) / swayMs)
  const flutter = 0.3 * halfSpread * jitter(seed, Math.floor(atMs / bookEveryMs))
  return bias + sway + flutter
}

function quantised(atMs: number): number {
  return Math.floor(atMs / bookEveryMs) * bookEveryMs
}

function assetOf(base: string): Asset {
  const asset = assetByBase.get(base)
  if (asset === undefined) throw new Error(`A venue lists ${base}, which is not on the tape.`)
  return asset
}

function sizeOf(seed: number, counter: number, typical: number): number {
  return typical * (0.05 + (jitter(seed, counter) + 1) ** 3)
}

function floorTo(value: number, decimals: number): number {
  // The epsilon keeps a price that is on the grid from falling a whole step by its last bit.
  return Math.floor(value * 10 ** decimals + 1e-7) / 10 ** decimals
}

function ceilTo(value: number, decimals: number): number {
  return Math.ceil(value * 10 ** decimals - 1e-7) / 10 ** decimals
}
