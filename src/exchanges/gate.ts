/**
 * Gate. Every answer holds all spot markets (about 2 500 rows, 650 kB) out of a cache: its staff
 * call prices 10 to 20 s old usual there, and nothing in it is dated. Volumes may be `"nan"`.
 * Leveraged tokens (`BTC3L_USDT`) stand among the coins and bear fields of a fund's net value.
 *
 * Known from the exchange's documents, a recorded answer and a thread of its client
 * (gateapi-python #83), read on 2026-11-22; not yet from a live answer.
 */

import { z } from 'zod'
import { askedRows } from './asked-rows.ts'
import { priceBefore } from './day-ago.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { refusal } from './said.ts'
import { tickerOf } from './ticker.ts'
import { usedShareOf } from './used-share.ts'

const source = 'gate'

const errorSchema = z.object({ label: z.string(), message: z.unknown().optional() })

/** The request names no market, so none can be refused: all other labels mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([
  ['TOO_MANY_REQUESTS', 'rate-limited'],
])

const limitHeaders = {
  limit: 'X-Gate-RateLimit-Limit',
  remaining: 'X-Gate-RateLimit-Requests-Remain',
}

export const gate: Exchange = {
  name: source,
  baseUrl: 'https://api.gateio.ws',
  regions: ['apac', 'weur'],
  maxMarkets: Number.POSITIVE_INFINITY,
  minIntervalMs: 5_000,

  request: () => ({ path: '/api/v4/spot/tickers' }),

  tickers: (body, { markets, receivedAtMs }) => {
    if (!Array.isArray(body)) throw refusalOf(body)

    return askedRows(body, 'currency_pair', markets).flatMap(({ market, row }) => {
      if (row['etf_net_value'] !== undefined) return []
      const ticker = tickerOf({
        source,
        market,
        last: row['last'],
        bid: row['highest_bid'],
        ask: row['lowest_ask'],
        volume: row['base_volume'],
        open24h: priceBefore(row['last'], row['change_percentage'], 100),
        receivedAtMs,
      })
      return ticker ?? []
    })
  },

  usedShare: (headers) => usedShareOf(headers, limitHeaders),
}

function refusalOf(body: unknown): ExchangeError {
  const { data: error } = errorSchema.safeParse(body)
  if (!error) return new ExchangeError('unexpected-shape', 'Gate answered no list of tickers.')
  return refusal('Gate', { code: error.label, reason: error.message }, errorCodes)
}
