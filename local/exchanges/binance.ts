/**
 * Binance spot, replayed; its interface is in binance-shape.ts.
 *
 * Names: base and quote currency run together, `BTCUSDT`. The tape's names are Binance's own.
 */

import { binanceRefusal, binanceTicker24h } from './binance-shape.ts'
import { weighed } from './binance-weight.ts'
import { type Market, marketsOf } from './market.ts'
import { page, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH NOT RUNE BERA PUMP XPL MON NIGHT PAXG USDC',
    'USDT',
    name,
  ),
  ...marketsOf('BTC ETH SOL XRP BNB DOGE ADA', 'USDC', name),
  { name: 'ETHBTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  // Gone or renamed: MATIC became POL, FTM became S, TON became GRAM (mid 2026), HNT left in 2022.
  ...[
    { name: 'MATICUSDT', base: 'POL' },
    { name: 'FTMUSDT', base: 'S' },
    { name: 'TONUSDT', base: 'GRAM' },
    { name: 'HNTUSDT', base: 'HNT' },
  ].map((market) => ({ ...market, quoteCurrency: 'USDT', state: 'delisted' as const })),
]

export const binance: Venue = {
  name: 'binance',
  temper: {
    biasBps: 0.8,
    spread: 1,
    tradeEveryMs: 250,
    tradeEveryAtMostMs: 1_500,
    volumeShare: 0.3,
  },
  markets,
  routes: [weighed(binanceTicker24h(markets))],
  notFound: page(404, 'Not Found'),
  refusal: binanceRefusal,
}
