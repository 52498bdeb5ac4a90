/**
 * Binance.US: Binance's interface over books of its own, which are thin. A spread of 10 bps on
 * BTC/USDT has been recorded while Binance's was a cent, a price beside an empty book, and a test
 * symbol among the real ones. It has true USD markets besides those in USDT.
 *
 * Known from Binance's documents (July 2026), public clients and recordings of 2019 and 2024, read
 * on 2026-11-22; not yet from a live answer.
 */

import { type BinanceLike, binanceTickers, usedWeightShare } from './binance-shape.ts'
import type { Exchange } from './exchange.ts'

const venue: BinanceLike = { source: 'binanceus', title: 'Binance.US' }

/** Weights are taken to be Binance's: 2 for up to 20 symbols. Its limit is a fifth of Binance's. */
const maxMarkets = 20
const weightPerMinute = 1_200

export const binanceus: Exchange = {
  name: venue.source,
  baseUrl: 'https://api.binance.us',
  regions: ['enam', 'wnam'],
  maxMarkets,
  minIntervalMs: 5_000,

  request: (markets) => ({
    path: `/api/v3/ticker/24hr?symbols=${encodeURIComponent(JSON.stringify(markets))}`,
  }),

  tickers: (body, answer) => binanceTickers(venue, body, answer),

  usedShare: (headers) => usedWeightShare(headers, weightPerMinute),
}
