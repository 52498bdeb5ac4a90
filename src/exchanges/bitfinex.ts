/**
 * Bitfinex. Rows are lists whose first place names the market: `tBTCUSD`, and with a colon where a
 * name is longer than three letters, `tAVAX:USD`. Some coins have names of its own: UST is USDT, and
 * BCHN is BCH. A market that it does not know is missing from the answer without a word, and nothing
 * is dated.
 *
 * Known from the exchange's documents and recorded answers, read on 2026-11-22; not yet from a live
 * answer.
 */

import { z } from 'zod'
import { askedRows } from './asked-rows.ts'
import { priceBefore } from './day-ago.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { said } from './said.ts'
import { tickerOf } from './ticker.ts'

const source = 'bitfinex'

/** No limit is documented; 60 names make a query of about 700 bytes. */
const maxMarkets = 60

/** Where a row of a trading pair has what. Funding rows (`fUSD`) have other things there. */
const at = { market: '0', bid: '1', ask: '3', change: '6', last: '7', volume: '8' }

/** `["error", code, reason]`, or before it comes that far, `{"error": "ERR_RATE_LIMIT"}`. */
const errorSchema = z.union([
  z
    .tuple([z.literal('error'), z.number(), z.unknown()])
    .rest(z.unknown())
    .transform(([, code, reason]) => ({ code: String(code), reason })),
  z.object({ error: z.string() }).transform(({ error }) => ({ code: error, reason: undefined })),
])

/** Error codes of which the caller can make something; all others mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([
  ['10020', 'market-refused'], // symbol: invalid
  ['11010', 'rate-limited'],
  ['ERR_RATE_LIMIT', 'rate-limited'],
])

export const bitfinex: Exchange = {
  name: source,
  baseUrl: 'https://api-pub.bitfinex.com',
  regions: ['weur', 'apac'],
  maxMarkets,
  // Its documents allow 10 to 90 requests a minute; who exceeds that is locked out for a minute.
  minIntervalMs: 10_000,

  request: (markets) => ({
    path: `/v2/tickers?symbols=${markets.map(encodeURIComponent).join(',')}`,
  }),

  tickers: (body, { markets, receivedAtMs }) => {
    const refusal = refusalOf(body)
    if (refusal) throw refusal
    if (!Array.isArray(body)) {
      throw new ExchangeError('unexpected-shape', 'Bitfinex answered no list of tickers.')
    }

    return askedRows(body, at.market, markets.filter(isPair)).flatMap(({ market, row }) => {
      const ticker = tickerOf({
        source,
        market,
        last: row[at.last],
        bid: row[at.bid],
        ask: row[at.ask],
        volume: row[at.volume],
        // A fraction of the price of a day ago, not percent.
        open24h: priceBefore(row[at.last], row[at.change], 1),
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

/** Trading pairs begin with t, funding currencies with f. */
function isPair(market: string): boolean {
  return market.startsWith('t')
}

function refusalOf(body: unknown): ExchangeError | undefined {
  const { data: error } = errorSchema.safeParse(body)
  if (!error) return undefined
  const { code, reason } = error
  const words = reason === undefined ? said(code) : `${said(code)}: ${said(reason)}`
  return new ExchangeError(
    errorCodes.get(code) ?? 'exchange-refused',
    `Bitfinex refused with ${words}`,
  )
}
