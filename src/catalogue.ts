/**
 * The catalogue: the feeds we price, and the markets that inform each of them, by exchange. Made of
 * the tables beside it, which are checked at the start.
 */

import { dollarVenues } from './catalogue/dollar-venues.ts'
import { flareFeeds } from './catalogue/feeds.ts'
import { stablecoinVenues } from './catalogue/stablecoin-venues.ts'
import { marketsOf, type VenueMarkets } from './catalogue/venue-markets.ts'
import type { Listing } from './core/listing.ts'
import { type Feed, feedSymbol, type FeedSymbol } from './protocol/feed.ts'

export type CatalogueFeed = Feed & {
  /** At most one a source: a source has one vote. */
  readonly listings: readonly Listing[]
}
export type Catalogue = readonly CatalogueFeed[]

/** The first byte of every id in it. */
const crypto = 1

/** In order of their symbols, each feed's listings in order of their sources. */
export const catalogue: Catalogue = catalogueOf(flareFeeds, [...dollarVenues, ...stablecoinVenues])

/** Every symbol of the catalogue, in its order. */
export const symbols: readonly FeedSymbol[] = catalogue.map(({ symbol }) => symbol)

/** The same, to ask whether we price one. */
export const catalogueSymbols: ReadonlySet<FeedSymbol> = new Set(symbols)

/** Every listing of the catalogue. */
export const listings: readonly Listing[] = catalogue.flatMap((each) => each.listings)

/**
 * Feeds with the markets that the tables name for them. A base that is no feed's is a slip.
 *
 * @throws {TypeError} naming the exchange and the base.
 */
export function catalogueOf(
  feeds: typeof flareFeeds,
  venues: readonly VenueMarkets[],
): readonly CatalogueFeed[] {
  const byBase = new Map(feeds.map(([base]) => [base, [] as Listing[]]))
  const inOrder = venues.toSorted((a, b) => (a.source < b.source ? -1 : 1))
  for (const venue of inOrder) {
    for (const { base, market, quoteCurrency } of marketsOf(venue)) {
      const known = byBase.get(base)
      if (known === undefined)
        throw new TypeError(`${venue.source} names ${base}, which is no feed.`)
      known.push({ symbol: feedSymbol(base), source: venue.source, market, quoteCurrency })
    }
  }
  return feeds.map(([base, decimals]) => ({
    symbol: feedSymbol(base),
    category: crypto,
    decimals,
    listings: byBase.get(base) ?? [],
  }))
}
