/**
 * Coinbase Exchange: the ticker of one product a request, with the book and the true time of the
 * last trade, both of which the batch of Advanced Trade lacks. It is the same book as `coinbase`,
 * so the two are one vote; at a request a product it is for a handful of important ones.
 *
 * It refuses requests without a `User-Agent`, which all of ours have. USD products only, as with
 * `coinbase`.
 *
 * Known from documents and recorded answers, read on 2026-11-22; not yet from a live answer.
 */

import { z } from 'zod'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { said } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'coinbase-exchange'

const tickerSchema = z.object({
  price: z.unknown(),
  bid: z.unknown().optional(),
  ask: z.unknown().optional(),
  volume: z.unknown().optional(),
  time: z.unknown().optional(),
})
const errorSchema = z.object({ message: z.string() })

/** `2024-03-13T11:10:41.270099Z`, to the microsecond or less finely. */
const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

export const coinbaseExchange: Exchange = {
  name: source,
  baseUrl: 'https://api.exchange.coinbase.com',
  regions: ['enam', 'weur'],
  maxMarkets: 1,
  // Ten requests a second are the limit, and ten products are ten requests.
  minIntervalMs: 10_000,

  request: ([product = '']) => ({ path: `/products/${encodeURIComponent(product)}/ticker` }),

  tickers: (body, { markets, receivedAtMs }) => {
    const { data: parsed } = tickerSchema.safeParse(body)
    if (!parsed) throw refusalOf(body)

    // The answer does not name its product: it is of the one that was asked for.
    return markets.slice(0, 1).flatMap((market) => {
      const ticker = tickerOf({
        source,
        market,
        last: parsed.price,
        bid: parsed.bid,
        ask: parsed.ask,
        volume: parsed.volume,
        dated: { atMs: msOf(parsed.time), kind: 'trade' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

function msOf(time: unknown): number | undefined {
  return typeof time === 'string' && instantPattern.test(time) ? Date.parse(time) : undefined
}

function refusalOf(body: unknown): ExchangeError {
  const { data: refusal } = errorSchema.safeParse(body)
  if (!refusal) return new ExchangeError('unexpected-shape', 'Coinbase answered no ticker.')
  const reason = said(refusal.message)
  return new ExchangeError(codeOf(reason), `Coinbase refused with ${reason}`)
}

/** Its errors have words, not numbers. An unknown product is a 404 and costs only itself. */
function codeOf(reason: string): ExchangeErrorCode {
  if (/rate limit|too many requests/i.test(reason)) return 'rate-limited'
  return /^not.?found\b/i.test(reason) ? 'market-refused' : 'exchange-refused'
}
