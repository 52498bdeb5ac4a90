/**
 * HTX, once Huobi, through the tickers of all its spot markets: JSON numbers with up to 20 decimals
 * or an exponent, `amount` in base units beside `vol` in quote units, one time for the whole answer.
 *
 * Its `open` is that of a calendar day in Singapore, not of 24 hours ago, so it is not read. No
 * market can be refused: the request names none. What is not listed is not in the answer.
 *
 * Known from the exchange's documents and public clients, read on 2026-11-22; not yet from a live
 * answer.
 */

import { z } from 'zod'
import { askedRows, rowsSchema } from './asked-rows.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { said } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'htx'

const answerSchema = z.object({
  status: z.literal('ok'),
  ts: z.unknown().optional(),
  data: rowsSchema,
})
const refusalSchema = z.object({
  'err-code': z.union([z.string(), z.number()]),
  'err-msg': z.unknown().optional(),
})

export const htx: Exchange = {
  name: source,
  baseUrl: 'https://api.huobi.pro',
  alternateUrls: ['https://api-aws.huobi.pro'],
  regions: ['weur', 'apac'],
  maxMarkets: Infinity,
  minIntervalMs: 5_000,

  request: () => ({ path: '/market/tickers' }),

  tickers: (body, { markets, receivedAtMs }) => {
    const { data: answer } = answerSchema.safeParse(body)
    if (!answer) throw refusalOf(body)

    return askedRows(answer.data, 'symbol', markets).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row['close'],
        bid: row['bid'],
        ask: row['ask'],
        volume: row['amount'],
        dated: { atMs: answer.ts, kind: 'response' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

function refusalOf(body: unknown): ExchangeError {
  const { data: refused } = refusalSchema.safeParse(body)
  if (!refused) return new ExchangeError('unexpected-shape', 'HTX answered no list of tickers.')
  const reason = `${said(refused['err-code'])}: ${said(refused['err-msg'])}`
  return new ExchangeError(codeOf(reason), `HTX refused with ${reason}`)
}

/** Its errors have words; whether "request limit" is the code or the message is not certain. */
function codeOf(reason: string): ExchangeErrorCode {
  return /request.?limit|rate.?limit|too.?many/i.test(reason) ? 'rate-limited' : 'exchange-refused'
}
