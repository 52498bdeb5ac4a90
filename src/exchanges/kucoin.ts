/**
 * KuCoin, through its snapshot of all spot markets, which is made anew every two seconds and has
 * one time for all of them. A halted market keeps its row with null for a price, and after a rename
 * `symbolName` changes while `symbol`, by which markets are asked for, stays.
 *
 * No market can be refused: the request names none. What is not listed is not in the answer.
 *
 * Known from the exchange's documents (November 2025), public clients and their issues, read on
 * 2026-11-22; not yet from a live answer.
 */

import { z } from 'zod'
import { askedRows, rowsSchema } from './asked-rows.ts'
import { priceBefore } from './day-ago.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { refusal } from './said.ts'
import { tickerOf } from './ticker.ts'
import { usedShareOf } from './used-share.ts'

const source = 'kucoin'
const granted = '200000'

const answerSchema = z.object({
  code: z.literal(granted),
  data: z.object({ time: z.unknown().optional(), ticker: rowsSchema }),
})
const refusalSchema = z.object({
  code: z.union([z.string(), z.number()]),
  msg: z.unknown().optional(),
})

/** Codes of which the caller can make something; all others mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([
  ['429000', 'rate-limited'],
  // Said to American addresses; from memory of public reports, in no document that we read.
  ['400302', 'blocked-here'],
])

/** Of the pool of 30 seconds; said to be on every answer, which for public ones is not certain. */
const limitHeaders = { limit: 'gw-ratelimit-limit', remaining: 'gw-ratelimit-remaining' }

export const kucoin: Exchange = {
  name: source,
  baseUrl: 'https://api.kucoin.com',
  regions: ['weur', 'apac'],
  maxMarkets: Infinity,
  minIntervalMs: 5_000,

  request: () => ({ path: '/api/v1/market/allTickers' }),

  tickers: (body, { markets, receivedAtMs }) => {
    const { data: answer } = answerSchema.safeParse(body)
    if (!answer) throw refusalOf(body)

    const { time, ticker: rows } = answer.data
    return askedRows(rows, 'symbol', markets).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row['last'],
        bid: row['buy'],
        ask: row['sell'],
        volume: row['vol'],
        open24h: priceBefore(row['last'], row['changeRate'], 1),
        dated: { atMs: time, kind: 'response' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },

  usedShare: (headers) => usedShareOf(headers, limitHeaders),
}

function refusalOf(body: unknown): ExchangeError {
  const { data: refused } = refusalSchema.safeParse(body)
  if (!refused || refused.code === granted) {
    return new ExchangeError('unexpected-shape', 'KuCoin answered no list of tickers.')
  }
  return refusal('KuCoin', { code: refused.code, reason: refused.msg }, errorCodes)
}
