/**
 * BitMart, whose every answer holds every pair that was traded within a day. Rows are positional,
 * and by its own documents the answer is not of this instant: it is cached.
 *
 * Known from the exchange's documents (July 2026 at the latest) and public clients, read on
 * 2026-11-22; not yet from a live answer.
 */

import { z } from 'zod'
import { askedRows, rowsSchema } from './asked-rows.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { refusal } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'bitmart'

/** Where a row has what: `[symbol, last, volume, quote volume, open, high, low, change, bid, …]`. */
const at = { market: '0', last: '1', volume: '2', open24h: '4', bid: '8', ask: '10', date: '12' }

const answerSchema = z.object({ code: z.literal(1_000), data: rowsSchema })
const errorSchema = z.object({ code: z.number(), message: z.unknown().optional() })

/** Error codes of which the caller can make something; all others mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([
  ['30010', 'blocked-here'], // the address is forbidden
  ['30013', 'rate-limited'],
])

export const bitmart: Exchange = {
  name: source,
  baseUrl: 'https://api-cloud.bitmart.com',
  regions: ['apac', 'weur'],
  maxMarkets: Infinity,
  minIntervalMs: 5_000,

  request: () => ({ path: '/spot/quotation/v3/tickers' }),

  tickers: (body, { markets, receivedAtMs }) => {
    const answer = answerSchema.safeParse(body)
    if (!answer.success) throw refusalOf(body)

    return askedRows(answer.data.data, at.market, markets).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row[at.last],
        bid: row[at.bid],
        ask: row[at.ask],
        volume: row[at.volume],
        open24h: row[at.open24h],
        dated: { atMs: row[at.date], kind: 'ticker' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

function refusalOf(body: unknown): ExchangeError {
  const { data: error } = errorSchema.safeParse(body)
  if (!error || error.code === 1_000) {
    return new ExchangeError('unexpected-shape', 'BitMart answered no list of tickers.')
  }
  return refusal('BitMart', { code: error.code, reason: error.message }, errorCodes)
}
