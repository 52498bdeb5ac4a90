/**
 * What is wrong with a catalogue. A hard problem stops the start; a feed with few independent
 * sources is only told of, since nobody can make it thicker.
 */

import type { Catalogue, CatalogueFeed } from '../catalogue.ts'
import { type FeedSymbol, symbolSchema } from '../protocol/feed.ts'
import { independentCount } from './independence.ts'

/** With fewer independent sources than this, two that agree have nobody to contradict them. */
const minIndependent = 3

export type ThinFeed = { readonly symbol: FeedSymbol; readonly independent: number }

/** Feeds with fewer than three independent sources, in the catalogue's order. */
export function thinFeeds(catalogue: Catalogue): readonly ThinFeed[] {
  return catalogue
    .map(({ symbol, listings }) => ({ symbol, independent: independentSources(listings) }))
    .filter(({ independent }) => independent < minIndependent)
}

/** How many independent sources some listings have. */
export function independentSources(listings: CatalogueFeed['listings']): number {
  return independentCount(listings.map(({ source }) => source))
}

/**
 * What nothing can start with, a sentence each; none if all is well.
 *
 * @param knownExchanges The names of the exchanges that can be asked.
 */
export function catalogueProblems(
  checked: Catalogue,
  knownExchanges: ReadonlySet<string>,
): readonly string[] {
  const markets = checked.flatMap((each) => each.listings)
  return [
    ...repeated(checked.map(({ symbol }) => symbol)).map((symbol) => `${symbol} is there twice.`),
    ...repeated(markets.map(({ source, market }) => `${market} of ${source}`)).map(
      (market) => `${market} informs two feeds, or one twice.`,
    ),
    ...checked.flatMap((each) => feedProblems(each, knownExchanges)),
  ]
}

function feedProblems(
  { symbol, listings: own }: CatalogueFeed,
  knownExchanges: ReadonlySet<string>,
): readonly string[] {
  const sources = own.map(({ source }) => source)
  const strangers = sources.filter((source) => !knownExchanges.has(source))
  const astray = own.filter((listing) => listing.symbol !== symbol)
  return [
    ...(symbolSchema.safeParse(symbol).success ? [] : [`"${symbol}" is no symbol.`]),
    ...(own.length === 0 ? [`${symbol} has no source at all.`] : []),
    ...repeated(sources).map((source) => `${symbol} has two votes of ${source}.`),
    ...strangers.map((source) => `${symbol} names ${source}, which cannot be asked.`),
    ...own
      .filter(({ quoteCurrency }) => symbol === `${quoteCurrency}/USD`)
      .map(({ market }) => `${market} would price ${symbol} in itself.`),
    ...astray.map(
      ({ market }) => `${market} informs another feed than ${symbol}, where it stands.`,
    ),
  ]
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
}
