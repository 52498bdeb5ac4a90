/**
 * Kraken. It is asked by its alternative names (`XBTUSD`) and answers the older markets by their
 * first ones (`XXBTZUSD`, `USDTZUSD`), which are read back here; it dates nothing.
 *
 * Known from the exchange's documents and recorded answers, read on 2026-11-22; not yet from a
 * live answer.
 */

import { z } from 'zod'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { tickerOf } from './ticker.ts'

const source = 'kraken'

/** 60 pairs are known to work; with a much longer list it answers 520 and no JSON. */
const maxMarkets = 60

const answerSchema = z.object({
  error: z.array(z.string()),
  result: z.record(z.string(), z.unknown()).optional(),
})

/** Of each pair, index 0 is the price or today (UTC), index 1 the last 24 hours. */
const rowSchema = z.object({
  c: z.tuple([z.unknown()]).rest(z.unknown()),
  a: z.array(z.unknown()).optional(),
  b: z.array(z.unknown()).optional(),
  v: z.array(z.unknown()).optional(),
})

export const kraken: Exchange = {
  name: source,
  baseUrl: 'https://api.kraken.com',
  regions: ['weur', 'enam'],
  maxMarkets,
  minIntervalMs: 5_000,

  request: (markets) => ({
    path: `/0/public/Ticker?pair=${markets.map(encodeURIComponent).join(',')}`,
  }),

  tickers: (body, { markets, receivedAtMs }) => {
    const answer = answerSchema.safeParse(body)
    if (!answer.success) {
      throw new ExchangeError('unexpected-shape', 'Kraken answered neither a result nor an error.')
    }
    const { error: said, result } = answer.data
    // What begins with W is a warning beside a good result.
    const refusal = said.find((line) => !line.startsWith('W'))
    if (refusal !== undefined) {
      throw new ExchangeError(codeOf(refusal), `Kraken refused with ${refusal.slice(0, 200)}`)
    }
    if (!result) throw new ExchangeError('unexpected-shape', 'Kraken answered without a result.')

    return markets.flatMap((market) => {
      const row = answerNamesOf(market).map((name) => result[name])
      const { data: parsed } = rowSchema.safeParse(row.find((found) => found !== undefined))
      if (!parsed) return []
      const ticker = tickerOf({
        source,
        market,
        last: parsed.c[0],
        bid: parsed.b?.[0],
        ask: parsed.a?.[0],
        volume: parsed.v?.[1],
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

/**
 * The names under which a market may be answered: as asked, or with the letters that old assets
 * bear, X for a coin and Z for a currency. `XBTUSD` is answered as `XXBTZUSD`.
 */
function answerNamesOf(market: string): readonly string[] {
  const base = /^(.+)USD$/.exec(market)?.[1]
  return base === undefined ? [market] : [market, `X${base}ZUSD`, `${base}ZUSD`]
}

function codeOf(refusal: string): ExchangeErrorCode {
  if (refusal.startsWith('EQuery:Unknown asset pair')) return 'market-refused'
  if (/rate limit|too many requests|temporary lockout/i.test(refusal)) return 'rate-limited'
  return 'exchange-refused'
}
