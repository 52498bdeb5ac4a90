/**
 * Binance, through the host that serves market data only: it needs no key, and it answers from
 * places where api.binance.com answers 451.
 *
 * Known from the exchange's own documents (binance-spot-api-docs of July 2026), read on 2026-11-22;
 * not yet from a live answer.
 */

import { z } from 'zod'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { tickerOf } from './ticker.ts'

const source = 'binance'

/**
 * A request costs 2 of the 6 000 weight a minute up to 20 symbols, 40 from 21 on. The limit is by
 * address, and a Worker shares its address with strangers, so three small requests are the better
 * manners; they also keep the search for a refused symbol short.
 */
const maxMarkets = 20

const rowsSchema = z.array(z.unknown())
const rowSchema = z.object({
  symbol: z.string(),
  lastPrice: z.unknown(),
  bidPrice: z.unknown().optional(),
  askPrice: z.unknown().optional(),
  openPrice: z.unknown().optional(),
  volume: z.unknown().optional(),
  closeTime: z.unknown().optional(),
})
const errorSchema = z.object({ code: z.number(), msg: z.string().optional() })

/** Error codes of which the caller can make something; all others mean a refusal. */
const errorCodes = new Map<number, ExchangeErrorCode>([
  [-1121, 'market-refused'], // invalid symbol; one is enough to lose the whole batch
  [-1003, 'rate-limited'], // too much weight
  [-1015, 'rate-limited'],
])

export const binance: Exchange = {
  name: source,
  baseUrl: 'https://data-api.binance.vision',
  regions: ['weur', 'apac'],
  maxMarkets,
  minIntervalMs: 5_000,

  request: (markets) => ({
    // Unencoded, the array's brackets and quotation marks are "illegal characters" (-1100).
    path: `/api/v3/ticker/24hr?symbols=${encodeURIComponent(JSON.stringify(markets))}`,
  }),

  tickers: (body, { markets, receivedAtMs }) => {
    const rows = rowsSchema.safeParse(body)
    if (!rows.success) throw refusalOf(body)

    const asked = new Set(markets)
    return rows.data.flatMap((row) => {
      const parsed = rowSchema.safeParse(row)
      if (!parsed.success || !asked.delete(parsed.data.symbol)) return []
      const { symbol, lastPrice, bidPrice, askPrice, openPrice, volume, closeTime } = parsed.data
      const ticker = tickerOf({
        source,
        market: symbol,
        last: lastPrice,
        bid: bidPrice,
        ask: askPrice,
        volume,
        open24h: openPrice,
        dated: { atMs: closeTime, kind: 'ticker' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

function refusalOf(body: unknown): ExchangeError {
  const { data: error } = errorSchema.safeParse(body)
  if (!error) return new ExchangeError('unexpected-shape', 'Binance answered no list of tickers.')
  return new ExchangeError(
    errorCodes.get(error.code) ?? 'exchange-refused',
    `Binance refused with ${error.code}: ${(error.msg ?? 'no reason').slice(0, 200)}`,
  )
}
