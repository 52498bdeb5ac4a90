/**
 * MEXC spot, replayed: Binance's rows over Binance's books, with null where it counts nothing, the
 * change as a ratio, and an `openTime` of seconds ago. A dead market is dated 0.
 *
 * Names: `BTCUSDT`.
 *
 * @see https://www.mexc.com/api-docs/spot-v3/market-data-endpoints
 */

import { binance } from './binance.ts'
import { binanceRefusal, binanceRow, binanceTicker24h } from './binance-shape.ts'
import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { page, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH HNT NOT RUNE BERA PUMP XPL MON NIGHT PAXG FLR SGB XDC USDC DAI',
    'USDT',
    name,
  ),
  ...marketsOf('BTC ETH SOL XRP', 'USDC', name),
  { name: 'ETHBTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  { name: 'FTMUSDT', base: 'S', quoteCurrency: 'USDT', state: 'delisted' },
]

/** The span between the two times of a row, as recorded. */
const spanMs = 19_023

function rowOf(market: Market, book: Book) {
  const row = binanceRow(market, book)
  const closeTime = market.state === 'trading' ? row.closeTime : 0
  return {
    ...row,
    priceChangePercent: (Number(row.priceChangePercent) / 100).toFixed(4),
    lastQty: '',
    quoteVolume: market.quoteCurrency === 'USDT' ? row.quoteVolume : null,
    openTime: Math.max(0, closeTime - spanMs),
    closeTime,
    firstId: null,
    lastId: null,
    count: null,
  }
}

export const mexc: Venue = {
  name: 'mexc',
  mirrors: binance.name,
  temper: { ...binance.temper, volumeShare: 0.06 },
  markets,
  routes: [binanceTicker24h(markets, rowOf)],
  notFound: page(404, 'Not Found'),
  refusal: (status) =>
    status === 429 ? { code: 429, msg: 'Too many requests' } : binanceRefusal(status),
}
