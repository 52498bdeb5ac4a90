/**
 * Gemini, through its price feed: one answer with the price of every pair, perpetuals
 * (`BTCGUSDPERP`) included, and with nothing to judge it by: no book, no volume, no date. Its thin
 * pairs stand still for a long time (a last price of 41 minutes was recorded), so it is asked for
 * its liquid dollar pairs alone, and only a price that moves shows that it lives.
 *
 * `percentChange24h` is not read: one document shows it as percent, a recorded answer as a fraction.
 *
 * Known from documents, public clients and recorded answers, read on 2026-11-22; not yet from a
 * live answer.
 */

import { z } from 'zod'
import { askedRows } from './asked-rows.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { said } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'gemini'

const errorSchema = z.object({
  result: z.literal('error'),
  reason: z.unknown().optional(),
  message: z.unknown().optional(),
})

export const gemini: Exchange = {
  name: source,
  baseUrl: 'https://api.gemini.com',
  regions: ['enam', 'weur'],
  maxMarkets: Infinity,
  // 120 requests a minute are the limit, and no more than one a second is asked for.
  minIntervalMs: 10_000,

  request: () => ({ path: '/v1/pricefeed' }),

  tickers: (body, { markets, receivedAtMs }) => {
    if (!Array.isArray(body)) throw refusalOf(body)

    return askedRows(body, 'pair', markets).flatMap(
      ({ market, row }) => tickerOf({ source, market, last: row['price'], receivedAtMs }) ?? [],
    )
  },
}

function refusalOf(body: unknown): ExchangeError {
  const { data: error } = errorSchema.safeParse(body)
  if (!error) return new ExchangeError('unexpected-shape', 'Gemini answered no list of prices.')
  const reason = said(error.reason)
  return new ExchangeError(codeOf(reason), `Gemini refused with ${reason}: ${said(error.message)}`)
}

function codeOf(reason: string): ExchangeErrorCode {
  return /^rate.?limit/i.test(reason) ? 'rate-limited' : 'exchange-refused'
}
