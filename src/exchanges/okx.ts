/**
 * OKX. Every answer holds all spot markets (about 550 rows, 200 kB). Of a spot market `vol24h` is
 * in base units and `volCcy24h` in the quote currency; of derivatives they mean other things.
 *
 * No other address is named here: us.okx.com and the European host have markets of their own, and
 * the main one is said to keep US addresses out.
 *
 * Known from the exchange's documents and recorded answers, read on 2026-11-22; not yet from a live
 * answer.
 */

import { z } from 'zod'
import type { Ticker } from '../core/quote.ts'
import { askedRows, rowsSchema } from './asked-rows.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { refusal } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'okx'

const answerSchema = z.object({
  code: z.string(),
  msg: z.unknown().optional(),
  data: rowsSchema.optional(),
})

/** The request names no market, so none can be refused: all other codes mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([['50011', 'rate-limited']])

export const okx: Exchange = {
  name: source,
  baseUrl: 'https://www.okx.com',
  regions: ['apac', 'weur'],
  maxMarkets: Number.POSITIVE_INFINITY,
  minIntervalMs: 5_000,

  request: () => ({ path: '/api/v5/market/tickers?instType=SPOT' }),

  tickers: (body, { markets, receivedAtMs }) =>
    askedRows(rowsOf(body), 'instId', markets).flatMap(({ market, row }) => {
      return okxTicker(market, row, receivedAtMs) ?? []
    }),
}

/** The ticker of a row, which is the same over REST and over the socket. */
export function okxTicker(
  market: string,
  row: Readonly<Record<string, unknown>>,
  receivedAtMs: number,
): Ticker | undefined {
  return tickerOf({
    source,
    market,
    last: row['last'],
    bid: row['bidPx'],
    ask: row['askPx'],
    volume: row['vol24h'],
    open24h: row['open24h'],
    dated: { atMs: row['ts'], kind: 'ticker' },
    receivedAtMs,
  })
}

function rowsOf(body: unknown): readonly unknown[] {
  const { data: answer } = answerSchema.safeParse(body)
  if (!answer) throw new ExchangeError('unexpected-shape', 'OKX answered neither data nor a code.')
  const { code, msg, data } = answer
  if (code !== '0') throw refusal('OKX', { code, reason: msg }, errorCodes)
  if (!data) throw new ExchangeError('unexpected-shape', 'OKX answered without data.')
  return data
}
