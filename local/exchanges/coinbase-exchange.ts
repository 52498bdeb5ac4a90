/**
 * Coinbase Exchange, replayed: the ticker of one product, with book, volume and the time of the
 * last trade. The books are those of Advanced Trade (coinbase.ts), seen through an older window.
 *
 * Names: `BTC-USD`. It knows books only, not the names in USDC that Advanced gives them besides.
 *
 * @see https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-ticker
 */

import { coinbase } from './coinbase.ts'
import type { Market } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, type Route, type Venue } from './venue.ts'

const markets: readonly Market[] = coinbase.markets.filter(
  ({ quoteCurrency, state }) => state === 'trading' && quoteCurrency !== 'USDC',
)

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const ticker: Route = {
  method: 'GET',
  path: /^\/products\/([^/]+)\/ticker$/,

  answer({ groups, headers }, book) {
    if (headers['user-agent'] === undefined) {
      return { status: 400, body: { message: 'User-Agent header is required.' } }
    }
    const market = marketByName.get(groups[0] ?? '')
    if (market === undefined) return notFound
    const row = book.row(market)
    return ok({
      ask: trimmed(row.ask, row.decimals),
      bid: trimmed(row.bid, row.decimals),
      volume: trimmed(row.day.volume, 8),
      trade_id: row.tradeId,
      price: trimmed(row.last, row.decimals),
      size: trimmed(row.lastSize, 8),
      time: microseconds(row.tradedAtMs, row.tradeId),
      rfq_volume: trimmed(row.day.volume * 0.007, 6),
    })
  },
}

/** It dates trades to the microsecond; the tape does not, so the trade's id lends the rest. */
function microseconds(atMs: number, tradeId: number): string {
  const rest = String((tradeId * 7_919) % 1_000).padStart(3, '0')
  return new Date(atMs).toISOString().replace('Z', `${rest}Z`)
}

const notFound = { status: 404, body: { message: 'NotFound' } }

export const coinbaseExchange: Venue = {
  name: 'coinbase-exchange',
  mirrors: coinbase.name,
  temper: coinbase.temper,
  markets,
  routes: [ticker],
  notFound,
  refusal: coinbase.refusal,
}
