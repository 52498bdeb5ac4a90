/**
 * Upbit, of which only the books in USDT are asked for: those in won need a rate of exchange and
 * carry Korea's premium. Markets are named the other way round (`USDT-BTC`), one unknown name
 * costs the whole call, and there is no book beside the price; the time is that of the last trade,
 * which in these thin books may be minutes ago.
 *
 * Names are its own: its TON is Tokamak Network, not the coin that is now GRAM.
 *
 * Known from documents, public clients and recorded answers, read on 2026-11-22; not yet from a
 * live answer.
 */

import { z } from 'zod'
import { askedRows } from './asked-rows.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { said } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'upbit'

/** No limit is documented; 60 names make a query of 600 bytes. */
const maxMarkets = 60

/** Tickers have a limit of their own, by address. */
const requestsPerSecond = 10

const errorSchema = z.object({
  error: z.object({ name: z.unknown().optional(), message: z.unknown().optional() }),
})

export const upbit: Exchange = {
  name: source,
  baseUrl: 'https://api.upbit.com',
  regions: ['apac', 'weur'],
  maxMarkets,
  minIntervalMs: 5_000,

  request: (markets) => ({
    path: `/v1/ticker?markets=${markets.map(encodeURIComponent).join(',')}`,
  }),

  tickers: (body, { markets, receivedAtMs }) => {
    if (!Array.isArray(body)) throw refusalOf(body)

    return askedRows(body, 'market', markets).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row['trade_price'],
        // `acc_trade_volume` without the 24h counts from midnight, as `opening_price` does.
        volume: row['acc_trade_volume_24h'],
        dated: { atMs: row['trade_timestamp'], kind: 'trade' },
        receivedAtMs,
      })
      return ticker ?? []
    })
  },

  // `group=ticker; min=573; sec=9`: what is left of this second; the minute's figure is obsolete.
  usedShare: (headers) => {
    const left = /\bsec=(\d{1,3})\b/.exec(headers.get('Remaining-Req') ?? '')?.[1]
    return left === undefined ? undefined : Math.max(0, 1 - Number(left) / requestsPerSecond)
  },
}

function refusalOf(body: unknown): ExchangeError {
  const { data: refusal } = errorSchema.safeParse(body)
  if (!refusal) return new ExchangeError('unexpected-shape', 'Upbit answered no list of tickers.')
  const words = `${said(refusal.error.name)}: ${said(refusal.error.message)}`
  return new ExchangeError(codeOf(words), `Upbit refused with ${words}`)
}

/** Its errors are named by a number or by a word. */
function codeOf(words: string): ExchangeErrorCode {
  if (/^404\b|code not found/i.test(words)) return 'market-refused'
  return /too.?many.?requests/i.test(words) ? 'rate-limited' : 'exchange-refused'
}
