/**
 * Bitget, through the tickers of all its spot markets (version 2). A row is dated by itself, but
 * with "0" where it has no date, and an empty side of a book is "0", too.
 *
 * It has answered a Cloudflare Worker with a 403 page (seen by others in February 2025), so that it
 * may have to be collected from elsewhere. No market can be refused: the request names none. What
 * is not listed is not in the answer.
 *
 * Known from the exchange's documents (November 2025), public clients and their issues, read on
 * 2026-11-22; not yet from a live answer.
 */

import { z } from 'zod'
import { askedRows, rowsSchema } from './asked-rows.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { refusal } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'bitget'
const granted = '00000'

const answerSchema = z.object({ code: z.literal(granted), data: rowsSchema })
const refusalSchema = z.object({
  code: z.union([z.string(), z.number()]),
  msg: z.unknown().optional(),
})

/** Codes of which the caller can make something; all others mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([['429', 'rate-limited']])

export const bitget: Exchange = {
  name: source,
  baseUrl: 'https://api.bitget.com',
  regions: ['weur', 'apac'],
  maxMarkets: Infinity,
  minIntervalMs: 5_000,

  request: () => ({ path: '/api/v2/spot/market/tickers' }),

  tickers: (body, { markets, receivedAtMs }) => {
    const { data: answer } = answerSchema.safeParse(body)
    if (!answer) throw refusalOf(body)

    return askedRows(answer.data, 'symbol', markets).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row['lastPr'],
        bid: row['bidPr'],
        ask: row['askPr'],
        volume: row['baseVolume'],
        open24h: row['open'],
        dated: { atMs: row['ts'], kind: 'ticker' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

function refusalOf(body: unknown): ExchangeError {
  const { data: refused } = refusalSchema.safeParse(body)
  if (!refused || refused.code === granted) {
    return new ExchangeError('unexpected-shape', 'Bitget answered no list of tickers.')
  }
  return refusal('Bitget', { code: refused.code, reason: refused.msg }, errorCodes)
}
