/**
 * KuCoin spot, replayed: one snapshot of every market under one time. A halted market has null for
 * whatever it does not know, a leveraged token stands between the coins, and a renamed market shows
 * its new name in `symbolName` only.
 *
 * Names: `BTC-USDT`.
 *
 * @see https://www.kucoin.com/docs-new/rest/spot-trading/market-data/get-all-tickers
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}-${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH HNT NOT RUNE BERA PUMP XPL MON NIGHT PAXG FLR XDC USDC',
    'USDT',
    name,
  ),
  ...marketsOf('BTC ETH SOL XRP USDT', 'USDC', name),
  { name: 'ETH-BTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  { name: 'FTM-USDT', base: 'S', quoteCurrency: 'USDT', state: 'halted' },
]

const allTickers: Route = {
  method: 'GET',
  path: /^\/api\/v1\/market\/allTickers$/,

  answer: (_asked, book) =>
    ok({
      code: '200000',
      data: {
        time: book.atMs,
        ticker: [...markets.map((market) => rowOf(market, book)), renamedRow, leveragedRow],
      },
    }),
}

const fees = {
  takerFeeRate: '0.001',
  makerFeeRate: '0.001',
  takerCoefficient: '1',
  makerCoefficient: '1',
}

function rowOf(market: Market, book: Book) {
  const names = { symbol: market.name, symbolName: market.name }
  if (market.state !== 'trading') return { ...names, ...silence, ...fees }
  const row = book.row(market)
  const { open, high, low, average, volume } = row.day
  const price = (value: number) => trimmed(value, row.decimals)
  return {
    ...names,
    buy: price(row.bid),
    bestBidSize: trimmed(row.bidSize, 8),
    sell: price(row.ask),
    bestAskSize: trimmed(row.askSize, 8),
    changeRate: trimmed(row.last / open - 1, 4),
    changePrice: price(row.last - open),
    high: price(high),
    low: price(low),
    vol: trimmed(volume, 8),
    volValue: trimmed(volume * average, 8),
    last: price(row.last),
    averagePrice: price(average),
    ...fees,
  }
}

/** What a halted market says. */
const silence = {
  buy: null,
  bestBidSize: null,
  sell: null,
  bestAskSize: null,
  changeRate: null,
  changePrice: null,
  high: null,
  low: null,
  vol: '0',
  volValue: '0',
  last: null,
  averagePrice: null,
}

/** A coin that the tape does not play; its like is in every answer. */
const renamedRow = {
  ...silence,
  ...fees,
  symbol: 'BCHSV-USDT',
  symbolName: 'BSV-USDT',
  buy: '24.61',
  sell: '24.63',
  vol: '9120.4',
  volValue: '224635.5',
  last: '24.62',
}

const leveragedRow = {
  ...silence,
  ...fees,
  symbol: 'BTC3L-USDT',
  symbolName: 'BTC3L-USDT',
  buy: '0.01184',
  sell: '0.01187',
  vol: '88120410.2',
  volValue: '1045108.1',
  last: '0.01186',
}

export const kucoin: Venue = {
  name: 'kucoin',
  temper: {
    biasBps: 1.4,
    spread: 1.4,
    tradeEveryMs: 500,
    tradeEveryAtMostMs: 2_400,
    volumeShare: 0.05,
  },
  markets,
  routes: [allTickers],
  notFound: { status: 404, body: { code: '404000', msg: 'Url Not Found' } },
  refusal: (status) =>
    status === 429
      ? { code: '429000', msg: 'Too many requests' }
      : { code: '500000', msg: 'Internal server error' },
}
