/**
 * Binance, through the host that serves market data only: it needs no key, and it answers from
 * places where api.binance.com answers 451.
 *
 * Known from the exchange's own documents (binance-spot-api-docs of July 2026), read on 2026-11-22;
 * not yet from a live answer.
 */

import { type BinanceLike, binanceTickers, usedWeightShare } from './binance-shape.ts'
import type { Exchange } from './exchange.ts'

const venue: BinanceLike = { source: 'binance', title: 'Binance' }

/**
 * A request costs 2 of the 6 000 weight a minute up to 20 symbols, 40 from 21 on. The limit is by
 * address, and a Worker shares its address with strangers, so three small requests are the better
 * manners; they also keep the search for a refused symbol short.
 */
const maxMarkets = 20
const weightPerMinute = 6_000

export const binance: Exchange = {
  name: venue.source,
  baseUrl: 'https://data-api.binance.vision',
  alternateUrls: ['https://api.binance.com'],
  regions: ['weur', 'apac'],
  maxMarkets,
  minIntervalMs: 5_000,

  request: (markets) => ({
    // Unencoded, the array's brackets and quotation marks are "illegal characters" (-1100).
    path: `/api/v3/ticker/24hr?symbols=${encodeURIComponent(JSON.stringify(markets))}`,
  }),

  tickers: (body, answer) => binanceTickers(venue, body, answer),

  usedShare: (headers) => usedWeightShare(headers, weightPerMinute),
}
