/**
 * MEXC, through the 24-hour tickers of all its spot markets, in Binance's shape but for the words:
 * counts and quote volumes may be null, the change is a ratio, and `openTime` lies some 20 s before
 * `closeTime`, which therefore dates the row and no day.
 *
 * Its books follow Binance's (recorded on 2024-03-13 beside those of Bitrue and DigiFinex): it is
 * no independent witness. Names are not identities there: its GMT was another token than STEPN's
 * (ccxt issue 15766). A list of symbols (`symbols=`) is said to be taken, but no document that we
 * read has it, so all 3 000 markets are asked for, 1 MB, and no oftener than every ten seconds.
 *
 * Known from the exchange's documents (November 2025) and a recorded answer, read on 2026-11-22; not
 * yet from a live answer.
 */

import { z } from 'zod'
import { type BinanceLike, binanceTickers } from './binance-shape.ts'
import type { Exchange, ExchangeErrorCode } from './exchange.ts'
import { refusal } from './said.ts'

const venue: BinanceLike = { source: 'mexc', title: 'MEXC' }

const refusalSchema = z.object({ code: z.number(), msg: z.unknown().optional() })

/** Its own codes beside Binance's: those of HTTP, which public clients list. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([
  ['403', 'blocked-here'],
  ['429', 'rate-limited'],
])

export const mexc: Exchange = {
  name: venue.source,
  baseUrl: 'https://api.mexc.com',
  regions: ['weur', 'apac'],
  maxMarkets: Infinity,
  minIntervalMs: 10_000,

  request: () => ({ path: '/api/v3/ticker/24hr' }),

  tickers: (body, answer) => {
    const { data: refused } = refusalSchema.safeParse(body)
    if (refused && errorCodes.has(String(refused.code))) {
      throw refusal(venue.title, { code: refused.code, reason: refused.msg }, errorCodes)
    }
    return binanceTickers(venue, body, answer)
  },
}
