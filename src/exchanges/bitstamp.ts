/**
 * Bitstamp. Every answer holds all markets (about 60 kB), named as `BTC/USD`, most of them in true
 * US dollars, USDT and USDC among them. `timestamp` counts seconds and is the server's time, not
 * that of a trade: a dead market looks fresh by it. `open` is today's; `open_24` is a day old.
 *
 * Known from public clients and a recorded answer of 2024, read on 2026-11-22; not yet from a live
 * answer.
 */

import { z } from 'zod'
import { askedRows } from './asked-rows.ts'
import { decimal } from './decimal.ts'
import { type Exchange, ExchangeError } from './exchange.ts'
import { said } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'bitstamp'

/** Reasons are words, or words by field: `{"__all__": ["…"]}`. */
const reasonSchema = z.union([
  z.string(),
  z
    .record(z.string(), z.array(z.string()))
    .transform((byField) => Object.values(byField).flat().join(' ')),
])
const errorSchema = z.union([
  z.object({ status: z.literal('error'), reason: reasonSchema.optional() }),
  z.object({ error: reasonSchema }).transform(({ error }) => ({ reason: error })),
])

export const bitstamp: Exchange = {
  name: source,
  baseUrl: 'https://www.bitstamp.net',
  regions: ['weur', 'enam'],
  maxMarkets: Number.POSITIVE_INFINITY,
  minIntervalMs: 5_000,

  // Without the slash at its end the path is redirected.
  request: () => ({ path: '/api/v2/ticker/' }),

  tickers: (body, { markets, receivedAtMs }) => {
    if (!Array.isArray(body)) throw refusalOf(body)

    return askedRows(body, 'pair', markets).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row['last'],
        bid: row['bid'],
        ask: row['ask'],
        volume: row['volume'],
        open24h: row['open_24'],
        dated: { atMs: (decimal(row['timestamp']) ?? 0) * 1_000, kind: 'response' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

function refusalOf(body: unknown): ExchangeError {
  const { data: refusal } = errorSchema.safeParse(body)
  if (!refusal) {
    return new ExchangeError('unexpected-shape', 'Bitstamp answered no list of tickers.')
  }
  const reason = said(refusal.reason)
  const code = /rate.?limit|too many requests/i.test(reason) ? 'rate-limited' : 'exchange-refused'
  return new ExchangeError(code, `Bitstamp refused with ${reason}`)
}
