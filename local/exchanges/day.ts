/**
 * A market's day: what exchanges say of the last 24 hours and of the day since midnight UTC. Taken
 * from a few samples of the tape, and kept for a minute, since every row carries it.
 */

import type { Asset } from './assets.ts'
import { hash, jitter } from './chance.ts'
import { type Market, marketPrice, type Stall } from './market.ts'
import type { Tape } from './tape.ts'

export type DayStatistics = {
  /** The last 24 hours. */
  readonly day: Span
  /** Since midnight UTC. */
  readonly today: Span
}

/** Prices in the market's quote currency. */
type Span = {
  readonly open: number
  readonly high: number
  readonly low: number
  /** Mean price, weighted by volume. */
  readonly average: number
  /** Base units. */
  readonly volume: number
  readonly trades: number
}

export type DayOf = (asked: {
  readonly venue: Stall
  readonly market: Market
  readonly asset: Asset
  /** Of the market's prices. */
  readonly decimals: number
  /** The venue's last price, which the day's range holds. */
  readonly last: number
  readonly factor: number
  readonly atMs: number
}) => DayStatistics

type Range = Pick<Span, 'open' | 'high' | 'low' | 'average'>

const dayMs = 86_400_000
const sampleMs = 900_000
const keptMs = 60_000
/** More than all markets of all venues; what is older than a minute goes first. */
const maxKept = 4_000

const meanTradeUsd = 1_400

/** A maker of days that remembers the ranges it has worked out. */
export function dayStatistics(tape: Tape): DayOf {
  const kept = new Map<
    string,
    { readonly minute: number; readonly day: Range; readonly today: Range }
  >()

  function rangesAt(market: Market, atMs: number) {
    const key = `${market.base}/${market.quoteCurrency}`
    const minute = Math.floor(atMs / keptMs)
    const known = kept.get(key)
    if (known?.minute === minute) return known

    const untilMs = minute * keptMs
    const ranges = {
      minute,
      day: rangeOf(tape, market, untilMs - dayMs, untilMs),
      today: rangeOf(tape, market, Math.floor(atMs / dayMs) * dayMs, untilMs),
    }
    if (kept.size >= maxKept) kept.clear()
    kept.set(key, ranges)
    return ranges
  }

  return ({ venue, market, asset, decimals, last, factor, atMs }) => {
    const onGrid = (price: number) => Number((price * factor).toFixed(decimals))
    const ranges = rangesAt(market, atMs)
    const volume = volumeOf(venue, market, asset, atMs)
    // The least that anything has been open today, so that nothing is divided by nothing.
    const part = Math.max(0.001, (atMs % dayMs) / dayMs)
    const span = (range: Range, share: number): Span => ({
      open: onGrid(range.open),
      high: Math.max(onGrid(range.high), last),
      low: Math.min(onGrid(range.low), last),
      average: range.average * factor,
      volume: volume * share,
      trades: 1 + Math.floor((volume * share * asset.levelUsd) / meanTradeUsd),
    })
    return { day: span(ranges.day, 1), today: span(ranges.today, part) }
  }
}

function rangeOf(tape: Tape, market: Market, fromMs: number, untilMs: number): Range {
  const open = marketPrice(tape, market, fromMs)
  let [high, low, sum, count] = [open, open, open, 1]
  for (let atMs = fromMs + sampleMs; atMs <= untilMs; atMs += sampleMs) {
    const price = marketPrice(tape, market, atMs)
    high = Math.max(high, price)
    low = Math.min(low, price)
    sum += price
    count += 1
  }
  return { open, high, low, average: sum / count }
}

/** Base units of 24 hours: the venue's share, breathing over hours and never twice the same. */
function volumeOf({ name, temper }: Stall, market: Market, asset: Asset, atMs: number): number {
  const seed = hash(`${name} ${market.name} volume`)
  const usual = (asset.turnoverUsd * temper.volumeShare) / asset.levelUsd
  const mood = 1 + 0.4 * jitter(seed, 1)
  const breath = 1 + 0.2 * Math.sin((2 * Math.PI * atMs) / (7 * 3_600_000) + seed)
  const ripple = 1 + 0.002 * Math.sin((2 * Math.PI * atMs) / 61_000 + seed)
  return usual * mood * breath * ripple
}
