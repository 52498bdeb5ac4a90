/**
 * What one exchange trades of our feeds, as data that a person can check: the bases by the currency
 * that they are quoted in, and the rule by which the exchange spells a market.
 */

import type { Listing } from '../core/listing.ts'

type QuoteCurrency = Listing['quoteCurrency']

export type VenueMarkets = {
  readonly source: string
  /** The exchange's name of a market. Both arguments are in the exchange's own spelling. */
  readonly nameOf: (base: string, quoteCurrency: string) => string
  /** Where the exchange spells a coin or a currency unlike everybody else. */
  readonly spelled?: Readonly<Record<string, string>>
  /**
   * Bases in alphabetical order, parted by white space. A base stands under one currency: true
   * dollars where that market is a busy one.
   */
  readonly bases: { readonly [Currency in QuoteCurrency]?: string }
}

export type VenueMarket = {
  readonly base: string
  readonly market: string
  readonly quoteCurrency: QuoteCurrency
}

/**
 * Whose market informs a feed, where it is not that of the feed's own base. A contract of their
 * maker changes DAI into USDS and back one to one without a fee, and it is DAI that venues trade;
 * Flare's own provider prices USDS by it too.
 */
const tradedAs: Readonly<Record<string, string>> = { USDS: 'DAI' }

const quoteCurrencies: readonly QuoteCurrency[] = ['USD', 'USDT', 'USDC']

/** Every market of an exchange's table, by its feed's base. */
export function marketsOf({ nameOf, spelled = {}, bases }: VenueMarkets): readonly VenueMarket[] {
  const spell = (name: string): string => spelled[name] ?? name
  return quoteCurrencies.flatMap((quoteCurrency) =>
    wordsOf(bases[quoteCurrency]).map((base) => ({
      base,
      market: nameOf(spell(tradedAs[base] ?? base), spell(quoteCurrency)),
      quoteCurrency,
    })),
  )
}

function wordsOf(text = ''): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
