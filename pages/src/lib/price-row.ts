/** One feed as a line of the table: everything already text, every doubt already decided. */

import { baseOf, type FeedSymbol } from '../../../src/protocol/feed.ts'
import { type PriceRecord, priceTtlSec } from '../../../src/protocol/wire.ts'
import { ageText, changeText, intervalText, priceText, shareText } from './format.ts'

/** What is known of a feed: its newest price, and where it came from. */
export type FeedState = {
  readonly price: PriceRecord
  /** Against the price before it. */
  readonly move: 'up' | 'down' | 'none'
}

type FeedName = {
  readonly symbol: FeedSymbol
  readonly base: string
  readonly quoteCurrency: string
}

export type PriceRow = FeedName & {
  readonly kind: 'price'
  readonly price: string
  readonly move: FeedState['move']
  /** Tells one price from the next. */
  readonly seq: number
  readonly age: string
  readonly isStale: boolean
  readonly change: { readonly text: string; readonly direction: FeedState['move'] } | undefined
  readonly sources: readonly string[]
  /** 0 to 1. */
  readonly confidenceShare: number
  readonly confidence: string
  readonly interval: string
}

/** A feed without a price: there is nothing to show, least of all an old one. */
export type EmptyRow = FeedName & { readonly kind: 'none' }

/** The feed with a newer price. */
export function moved(known: FeedState | undefined, price: PriceRecord): FeedState {
  if (known === undefined || price.price === known.price.price) return { price, move: 'none' }
  return { price, move: price.price > known.price.price ? 'up' : 'down' }
}

/**
 * A line of the table at an instant.
 *
 * @param nowMs The server's clock, Unix milliseconds.
 * @param staleAfterMs A price seen longer ago than this is stale.
 */
export function priceRowAt(
  symbol: FeedSymbol,
  state: FeedState | undefined,
  nowMs: number,
  staleAfterMs: number,
): PriceRow | EmptyRow {
  const base = baseOf(symbol)
  const name: FeedName = { symbol, base, quoteCurrency: symbol.slice(base.length + 1) }
  if (state === undefined || nowMs - state.price.timestamp > priceTtlSec * 1_000) {
    return { ...name, kind: 'none' }
  }

  const { price, move } = state
  const ageMs = nowMs - price.observed_at
  return {
    ...name,
    kind: 'price',
    price: priceText(price.price),
    move,
    seq: price.seq,
    age: ageText(ageMs),
    isStale: ageMs > staleAfterMs,
    change: price.change_24h === undefined ? undefined : changeOf(price.change_24h),
    sources: price.sources,
    confidenceShare: price.confidence,
    confidence: shareText(price.confidence),
    interval: intervalText(price.interval_bps),
  }
}

function changeOf(percent: number): NonNullable<PriceRow['change']> {
  const text = changeText(percent)
  if (!/[1-9]/.test(text)) return { text, direction: 'none' }
  return { text, direction: percent > 0 ? 'up' : 'down' }
}
