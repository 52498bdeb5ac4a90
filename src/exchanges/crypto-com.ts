/**
 * Crypto.com Exchange, whose every answer holds every instrument, perpetuals (`BTCUSD-PERP`)
 * among the spot markets (`BTC_USD`), in fields of one letter. A side of the book and even the
 * last price are null where there is none; a dead market goes on printing its last price with a
 * volume of 0.
 *
 * Known from the exchange's documents, public clients and recorded answers, read on 2026-11-22;
 * not yet from a live answer.
 */

import { z } from 'zod'
import { askedRows, rowsSchema } from './asked-rows.ts'
import { priceBefore } from './day-ago.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { refusal } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'crypto.com'

const answerSchema = z.object({ code: z.literal(0), result: z.object({ data: rowsSchema }) })
const errorSchema = z.object({ code: z.number(), message: z.unknown().optional() })

/** Error codes of which the caller can make something; all others mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([
  ['42901', 'rate-limited'], // 100 requests a second are documented
])

export const cryptoCom: Exchange = {
  name: source,
  baseUrl: 'https://api.crypto.com/exchange/v1',
  regions: ['apac', 'weur'],
  maxMarkets: Infinity,
  minIntervalMs: 5_000,

  request: () => ({ path: '/public/get-tickers' }),

  tickers: (body, { markets, receivedAtMs }) => {
    const answer = answerSchema.safeParse(body)
    if (!answer.success) throw refusalOf(body)

    return askedRows(answer.data.result.data, 'i', markets).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row['a'],
        bid: row['b'],
        ask: row['k'],
        // `vv` is the same in US dollars.
        volume: row['v'],
        open24h: priceBefore(row['a'], row['c'], 1),
        dated: { atMs: row['t'], kind: 'ticker' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

function refusalOf(body: unknown): ExchangeError {
  const { data: error } = errorSchema.safeParse(body)
  if (!error || error.code === 0) {
    return new ExchangeError('unexpected-shape', 'Crypto.com answered no list of tickers.')
  }
  return refusal('Crypto.com', { code: error.code, reason: error.message }, errorCodes)
}
