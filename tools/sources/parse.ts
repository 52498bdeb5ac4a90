/** What an adapter reads out of a saved body: for a bug report, or a look at an exchange's answer. */

import type { Listing } from '../../src/core/listing.ts'
import type { ObservedKind } from '../../src/core/quote.ts'
import type { Exchange } from '../../src/exchanges/exchange.ts'
import type { FeedSymbol } from '../../src/protocol/feed.ts'
import { SourcesError } from './names.ts'

/** One market of the catalogue, in the market's own currencies. */
export type ParsedMarket = {
  readonly symbol: FeedSymbol
  readonly market: string
  /** The last price. */
  readonly price: number
  /** Base units of 24 hours. */
  readonly volume: number | null
  readonly bid: number | null
  readonly ask: number | null
  /** Unix milliseconds. */
  readonly timestamp: number
  readonly timestamp_kind: ObservedKind
}

/**
 * Exchanges whose endpoint is documented to answer with the object alone when asked for one market
 * by `symbol`; what an adapter is given is the list that it asks for.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
 * @see https://mexcdevelop.github.io/apidocs/spot_v3_en/#24hr-ticker-price-change-statistics
 */
const withSingleForm: ReadonlySet<string> = new Set(['binance', 'binanceus', 'mexc'])

/** As much as the collector would read. Bytes. */
export const maxSavedBytes = 4_000_000

export type Saved = {
  readonly text: string
  /** What an undated answer is dated by, Unix milliseconds. */
  readonly receivedAtMs: number
  /** The one market that was asked for, where the answer does not say. */
  readonly market?: string
}

/**
 * All markets of the catalogue that an exchange's adapter finds in a body, in the catalogue's order.
 *
 * @param listings Of the catalogue; those of other exchanges are left out.
 * @throws {SourcesError} `not-json`, `too-large`, or `market-needed` where the answers of an exchange
 *   do not name their market.
 * @throws {ExchangeError} with which the adapter refuses the body.
 */
export function parsedMarkets(
  exchange: Exchange,
  listings: readonly Listing[],
  { text, receivedAtMs, market }: Saved,
): readonly ParsedMarket[] {
  const own = listings.filter(({ source }) => source === exchange.name)
  const markets = market === undefined ? own.map((listing) => listing.market) : [market]
  if (exchange.maxMarkets === 1 && markets.length > 1) {
    const why = `An answer of ${exchange.name} does not name its market; say which with --market.`
    throw new SourcesError('market-needed', why)
  }
  const body = listOf(jsonOf(text), exchange.name)
  const tickers = exchange.tickers(body, { markets, receivedAtMs })
  const byMarket = new Map(tickers.map((ticker) => [ticker.market, ticker]))
  return own.flatMap((listing) => {
    const ticker = byMarket.get(listing.market)
    if (ticker === undefined) return []
    const { last, volume = null, bid = null, ask = null, observedAtMs, observedKind } = ticker
    const { symbol } = listing
    const said = { price: last, volume, bid, ask }
    const seen = { timestamp: observedAtMs, timestamp_kind: observedKind }
    return [{ symbol, market: listing.market, ...said, ...seen }]
  })
}

function jsonOf(text: string): unknown {
  if (text.length > maxSavedBytes) {
    throw new SourcesError('too-large', `The body is over ${maxSavedBytes} bytes.`)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    const trimmed = text.trimStart()
    const what =
      trimmed === '' ? 'is empty' : trimmed.startsWith('<') ? 'is a page' : 'cannot be parsed'
    throw new SourcesError('not-json', `The body is not JSON: it ${what}.`, { cause })
  }
}

function listOf(body: unknown, exchange: string): unknown {
  const isRow = typeof body === 'object' && body !== null && 'symbol' in body
  return withSingleForm.has(exchange) && isRow ? [body] : body
}
