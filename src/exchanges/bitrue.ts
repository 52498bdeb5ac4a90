/**
 * Bitrue, through the 24-hour tickers of all its spot markets, in Binance's shape but for the dates,
 * which are all 0: a row is as old as its arrival.
 *
 * Its books follow Binance's (recorded on 2024-03-13 beside those of MEXC and DigiFinex): it is no
 * independent witness where Binance lists the same. Its low of that day lay 7 % under everyone
 * else's: a print of its own that no other venue saw. A list is answered even for one market.
 *
 * Known from a recorded answer and public clients, read on 2026-11-22; not yet from a live answer.
 */

import { z } from 'zod'
import { type BinanceLike, binanceTickers } from './binance-shape.ts'
import { type Exchange, ExchangeError } from './exchange.ts'
import { said } from './said.ts'

const venue: BinanceLike = { source: 'bitrue', title: 'Bitrue' }

/** A refusal without a code; one with a code is as Binance's. */
const refusalSchema = z.object({
  success: z.literal(false),
  msg: z.unknown().optional(),
  code: z.undefined().optional(),
})

export const bitrue: Exchange = {
  name: venue.source,
  baseUrl: 'https://www.bitrue.com',
  regions: ['weur', 'apac'],
  maxMarkets: Infinity,
  minIntervalMs: 10_000,

  request: () => ({ path: '/api/v1/ticker/24hr' }),

  tickers: (body, answer) => {
    const { data: refused } = refusalSchema.safeParse(body)
    if (refused) throw refusalOf(said(refused.msg))
    return binanceTickers(venue, body, answer)
  },
}

function refusalOf(reason: string): ExchangeError {
  const code = /too many requests/i.test(reason) ? 'rate-limited' : 'exchange-refused'
  return new ExchangeError(code, `Bitrue refused with: ${reason}`)
}
