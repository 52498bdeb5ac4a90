/**
 * DigiFinex, through the tickers of all its spot markets. Its names for volume mislead: `vol` is in
 * base units and `base_vol` in quote units (recorded: 19 019 and 1.36e9 for BTC). One time, in
 * seconds, is for the whole answer.
 *
 * Its books follow Binance's (recorded on 2024-03-13 beside those of MEXC and Bitrue), and its
 * volumes are doubtful: it is no independent witness. No market can be refused: the request names
 * none. What is not listed is not in the answer.
 *
 * Known from a recorded answer and public clients, read on 2026-11-22; not yet from a live answer.
 */

import { z } from 'zod'
import { askedRows, rowsSchema } from './asked-rows.ts'
import { priceBefore } from './day-ago.ts'
import { positiveDecimal } from './decimal.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { refusal } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'digifinex'

const answerSchema = z.object({
  code: z.literal([0, '0']).optional(),
  date: z.unknown().optional(),
  ticker: rowsSchema,
})
const refusalSchema = z.object({
  code: z.union([z.string(), z.number()]),
  msg: z.unknown().optional(),
})

/** Codes of which the caller can make something; all others mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([
  ['10005', 'rate-limited'],
  ['20020', 'rate-limited'], // its rules of use were broken, and it forbids for a while
])

export const digifinex: Exchange = {
  name: source,
  baseUrl: 'https://openapi.digifinex.com',
  regions: ['weur', 'apac'],
  maxMarkets: Infinity,
  minIntervalMs: 10_000,

  request: () => ({ path: '/v3/ticker' }),

  tickers: (body, { markets, receivedAtMs }) => {
    const { data: answer } = answerSchema.safeParse(body)
    if (!answer) throw refusalOf(body)

    const dateSec = positiveDecimal(answer.date) ?? 0
    return askedRows(answer.ticker, 'symbol', markets).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row['last'],
        bid: row['buy'],
        ask: row['sell'],
        volume: row['vol'],
        open24h: priceBefore(row['last'], row['change'], 100),
        dated: { atMs: dateSec * 1_000, kind: 'response' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

function refusalOf(body: unknown): ExchangeError {
  const { data: refused } = refusalSchema.safeParse(body)
  if (!refused || Number(refused.code) === 0) {
    return new ExchangeError('unexpected-shape', 'DigiFinex answered no list of tickers.')
  }
  return refusal('DigiFinex', { code: refused.code, reason: refused.msg }, errorCodes)
}
