/**
 * Binance.US, replayed: Binance's interface over thin books of its own, in USDT and in true
 * dollars. A test symbol stands among its markets, and one of them shows a price beside a book that
 * is empty.
 *
 * Names: base and quote currency run together, `BTCUSD`.
 */

import { binanceRefusal, type BinanceRow, binanceRow, binanceTicker24h } from './binance-shape.ts'
import { weighed } from './binance-weight.ts'
import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { page, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}${quoteCurrency}`

const testSymbol = '123456'
const emptyBook = 'HNTUSD'

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA LINK AVAX SUI XLM LTC BCH HBAR SHIB DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM RENDER FET FIL OP BONK TRUMP ALGO S USDC',
    'USDT',
    name,
  ),
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA LINK AVAX SUI XLM LTC BCH HBAR SHIB DOT UNI AAVE NEAR ETC POL ATOM ALGO HNT USDT USDC',
    'USD',
    name,
  ),
  { name: 'MATICUSDT', base: 'POL', quoteCurrency: 'USDT', state: 'delisted' },
  { name: testSymbol, base: 'BTC', quoteCurrency: 'USDT', state: 'halted' },
]

function rowOf(market: Market, book: Book): BinanceRow {
  const row = binanceRow(market, book)
  if (market.name === testSymbol) return { ...row, lastPrice: '71.00000000' }
  if (market.name !== emptyBook) return row
  const nothing = '0.00000000'
  return { ...row, bidPrice: nothing, bidQty: nothing, askPrice: nothing, askQty: nothing }
}

export const binanceus: Venue = {
  name: 'binanceus',
  temper: {
    biasBps: 3,
    spread: 4,
    tradeEveryMs: 900,
    tradeEveryAtMostMs: 2_800,
    volumeShare: 0.001,
  },
  markets,
  routes: [weighed(binanceTicker24h(markets, rowOf))],
  notFound: page(404, 'Not Found'),
  refusal: binanceRefusal,
}
