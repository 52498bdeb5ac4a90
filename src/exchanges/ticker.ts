/**
 * One row of an exchange's answer as a ticker, by the rules that hold for every exchange: a market
 * without a price, or without a trade for a day, says nothing and is left out.
 */

import type { ObservedKind, Ticker } from '../core/quote.ts'
import { nonNegativeDecimal, positiveDecimal } from './decimal.ts'

/** A row's fields as they came: strings, numbers, or nothing. */
export type TickerRow = {
  readonly source: string
  readonly market: string
  readonly last: unknown
  readonly bid?: unknown
  readonly ask?: unknown
  /** Base units of the last 24 hours. */
  readonly volume?: unknown
  readonly open24h?: unknown
  /** When the exchange says that it was so, and of what it says it; nothing where it dates nothing. */
  readonly dated?: { readonly atMs: unknown; readonly kind: Exclude<ObservedKind, 'received'> }
  /** When the answer arrived, Unix milliseconds. */
  readonly receivedAtMs: number
}

/** No exchange dates a price before there were any. What does so counts in seconds, or in nothing. */
const earliestMs = Date.UTC(2010)

/** A clock that runs further ahead than this tells no time. */
const furthestAheadMs = 86_400_000

/**
 * The ticker that a row holds, if it holds one. Fields that cannot be read are left out.
 *
 * A volume of exactly 0 means that nobody traded for a day: a delisted or frozen market, which
 * some exchanges go on printing for weeks (seen on Binance and Crypto.com, facts of 2026-11-22).
 */
export function tickerOf(row: TickerRow): Ticker | undefined {
  const last = positiveDecimal(row.last)
  const volume = nonNegativeDecimal(row.volume)
  if (last === undefined || volume === 0) return undefined

  const bid = positiveDecimal(row.bid)
  const ask = positiveDecimal(row.ask)
  const open24h = positiveDecimal(row.open24h)
  return {
    source: row.source,
    market: row.market,
    last,
    ...(bid !== undefined && { bid }),
    ...(ask !== undefined && { ask }),
    ...(volume !== undefined && { volume }),
    ...(open24h !== undefined && { open24h }),
    ...observedOf(row),
  }
}

/** A date in whole milliseconds; what is no date of a price is dated by when it was received. */
function observedOf({
  dated,
  receivedAtMs,
}: TickerRow): Pick<Ticker, 'observedAtMs' | 'observedKind'> {
  const atMs = Math.floor(positiveDecimal(dated?.atMs) ?? 0)
  if (dated === undefined || atMs < earliestMs || atMs > receivedAtMs + furthestAheadMs) {
    return { observedAtMs: receivedAtMs, observedKind: 'received' }
  }
  // The exchange's clock may run ahead of ours, but nothing is seen before it arrives.
  return { observedAtMs: Math.min(atMs, receivedAtMs), observedKind: dated.kind }
}
