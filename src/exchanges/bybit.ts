/**
 * Bybit. Every answer holds all spot markets (about 600 rows, 160 kB); the rows are not dated, only
 * the answer is. `usdIndexPrice` is an index of several exchanges, not a price of this one.
 *
 * It answers US addresses and some data centres with a 403 page; too many requests of one address
 * end in a 403, too, for ten minutes.
 *
 * Known from the exchange's documents and threads of its clients, read on 2026-11-22; not yet from
 * a live answer.
 */

import { z } from 'zod'
import { askedRows, rowsSchema } from './asked-rows.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { refusal, said } from './said.ts'
import { tickerOf } from './ticker.ts'
import { usedShareOf } from './used-share.ts'

const source = 'bybit'

const answerSchema = z.object({
  retCode: z.number(),
  retMsg: z.unknown().optional(),
  result: z.unknown().optional(),
  time: z.unknown().optional(),
})
const resultSchema = z.object({
  category: z.literal('spot').optional(),
  list: rowsSchema,
})

/** Whatever the shape it comes in: older interfaces spell their fields otherwise. */
const wordsSchema = z.object({
  retMsg: z.string().optional(),
  ret_msg: z.string().optional(),
  message: z.string().optional(),
})
const banned = /access too frequent/i

/** From its documents: an address that asked too much is let in again after ten minutes. */
const bannedForMs = 600_000

/** The request names no market, so none can be refused: all other codes mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([
  ['10006', 'rate-limited'],
  ['10018', 'rate-limited'],
])

/** Documented for every request; counted by account, so an answer without an account may lack them. */
const limitHeaders = { limit: 'X-Bapi-Limit', remaining: 'X-Bapi-Limit-Status' }

export const bybit: Exchange = {
  name: source,
  baseUrl: 'https://api.bybit.com',
  alternateUrls: ['https://api.bytick.com'],
  regions: ['apac', 'weur'],
  maxMarkets: Number.POSITIVE_INFINITY,
  minIntervalMs: 5_000,

  request: () => ({ path: '/v5/market/tickers?category=spot' }),

  tickers: (body, { markets, receivedAtMs }) => {
    const { rows, time } = answerOf(body)
    return askedRows(rows, 'symbol', markets).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row['lastPrice'],
        bid: row['bid1Price'],
        ask: row['ask1Price'],
        volume: row['volume24h'],
        open24h: row['prevPrice24h'],
        dated: { atMs: time, kind: 'response' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },

  usedShare: (headers) => usedShareOf(headers, limitHeaders),
}

function answerOf(body: unknown): { readonly rows: readonly unknown[]; readonly time: unknown } {
  const { data: answer } = answerSchema.safeParse(body)
  if (answer?.retCode !== 0) mustNotBeBanned(body)
  if (!answer) throw new ExchangeError('unexpected-shape', 'Bybit answered without a code.')
  const { retCode, retMsg, result, time } = answer
  if (retCode !== 0) throw refusal('Bybit', { code: retCode, reason: retMsg }, errorCodes)
  const { data: spot } = resultSchema.safeParse(result)
  if (!spot) throw new ExchangeError('unexpected-shape', 'Bybit answered no list of spot tickers.')
  return { rows: spot.list, time }
}

/** @throws {ExchangeError} `rate-limited`, with the wait that its documents name. */
function mustNotBeBanned(body: unknown): void {
  const { data: words } = wordsSchema.safeParse(body)
  const reason = Object.values(words ?? {}).find((text) => banned.test(text ?? ''))
  if (reason === undefined) return
  const message = `Bybit refused with ${said(reason)}`
  throw new ExchangeError('rate-limited', message, { retryAfterMs: bannedForMs })
}
