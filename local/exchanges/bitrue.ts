/**
 * Bitrue spot, replayed: Binance's rows over Binance's books, without a date, in a list even where
 * one market is named. Its lows are those of prints that nobody else saw.
 *
 * Names: `BTCUSDT`.
 *
 * @see https://github.com/Bitrue-exchange/Spot-official-api-docs
 */

import { binance } from './binance.ts'
import { binanceRefused, binanceRow } from './binance-shape.ts'
import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { ok, page, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI XLM LTC BCH HBAR SHIB DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM FET FIL OP QNT ALGO FLR SGB XDC USDC',
    'USDT',
    name,
  ),
  { name: 'ETHBTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  { name: 'MATICUSDT', base: 'POL', quoteCurrency: 'USDT', state: 'delisted' },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const ticker24h: Route = {
  method: 'GET',
  path: /^\/api\/v1\/ticker\/24hr$/,

  answer({ query }, book) {
    const asked = query.get('symbol')
    const found = asked === null ? markets : [marketByName.get(asked)]
    const known = found.filter((market) => market !== undefined)
    return known.length < found.length
      ? binanceRefused(-1121, 'Invalid symbol.')
      : ok(known.map((market) => rowOf(market, book)))
  },
}

/** How far below everyone else's its lows have been seen. */
const wick = 0.93

function rowOf(market: Market, book: Book) {
  const row = binanceRow(market, book)
  return {
    ...row,
    weightedAvgPrice: null,
    lastQty: null,
    lowPrice: (Number(row.lowPrice) * wick).toFixed(8),
    openTime: 0,
    closeTime: 0,
    firstId: 0,
    lastId: 0,
    count: 0,
  }
}

export const bitrue: Venue = {
  name: 'bitrue',
  mirrors: binance.name,
  temper: { ...binance.temper, volumeShare: 0.02 },
  markets,
  routes: [ticker24h],
  notFound: page(404, 'Not Found'),
  refusal: (status) =>
    status === 429
      ? { msg: 'Too many requests. Please try again later.', success: false }
      : { code: 1, msg: 'System is under maintenance.' },
}
