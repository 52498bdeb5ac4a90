/**
 * Where venues are polled from: groups of at most five, each in one object at one place, since an
 * object has six outgoing connections and never moves.
 */

import type { Listing } from './core/normalise.ts'
import type { Region } from './exchanges/exchange.ts'

export type Vantage = {
  /** Versioned: another place needs another object. */
  readonly name: string
  /** Best effort, and only when the object is first made. */
  readonly locationHint: Region
  readonly sources: readonly string[]
}

export const vantages: readonly Vantage[] = [
  // Binance refuses addresses of the United States; all three answer in western Europe.
  { name: 'collector:v1:weur:0', locationHint: 'weur', sources: ['binance', 'coinbase', 'kraken'] },
]

/** What one vantage point asks: each of its sources with the markets that inform a feed. */
export function planOf(
  vantage: Vantage,
  listings: readonly Listing[],
): readonly { readonly source: string; readonly markets: readonly string[] }[] {
  return vantage.sources.map((source) => ({
    source,
    markets: listings.filter((listing) => listing.source === source).map(({ market }) => market),
  }))
}
