/**
 * Bybit spot, replayed: one market or all of them, dated by a single time beside them. A market
 * that has not traded yet has zeros for prices, and `usdIndexPrice` is empty where there is no
 * index.
 *
 * Names: base and quote currency run together, `BTCUSDT`.
 *
 * @see https://bybit-exchange.github.io/docs/v5/market/tickers
 */

import { assetByBase } from './assets.ts'
import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, page, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH HNT NOT RUNE BERA PUMP XPL MON NIGHT FLR XDC USDC DAI',
    'USDT',
    name,
  ),
  ...marketsOf('BTC ETH SOL XRP', 'USDC', name),
  { name: 'ETHBTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  // Announced, and not yet traded.
  { name: 'PAXGUSDT', base: 'PAXG', quoteCurrency: 'USDT', state: 'halted' },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

/** Coins large enough to have an index. */
const indexedTurnoverUsd = 100e6

const tickers: Route = {
  method: 'GET',
  path: /^\/v5\/market\/tickers$/,

  answer({ query }, book) {
    const symbol = query.get('symbol')
    if (query.get('category') !== 'spot') {
      return ok(refused(10_001, 'params error: Category is invalid', book.atMs))
    }
    const found = symbol === null ? markets : [marketByName.get(symbol)]
    const known = found.filter((market) => market !== undefined)
    if (known.length < found.length) {
      return ok(refused(10_001, 'Not supported symbols', book.atMs))
    }
    const list = known.map((market) => rowOf(market, book))
    return ok(enveloped(0, 'OK', { category: 'spot', list }, book.atMs))
  },
}

function rowOf(market: Market, book: Book) {
  if (market.state !== 'trading') return { symbol: market.name, ...silence }
  const { decimals, day, ...row } = book.row(market)
  const price = (value: number) => trimmed(value, decimals)
  const isIndexed = (assetByBase.get(market.base)?.turnoverUsd ?? 0) >= indexedTurnoverUsd
  return {
    symbol: market.name,
    bid1Price: price(row.bid),
    bid1Size: trimmed(row.bidSize, 6),
    ask1Price: price(row.ask),
    ask1Size: trimmed(row.askSize, 6),
    lastPrice: price(row.last),
    prevPrice24h: price(day.open),
    price24hPcnt: trimmed(row.last / day.open - 1, 4),
    highPrice24h: price(day.high),
    lowPrice24h: price(day.low),
    turnover24h: trimmed(day.volume * day.average, 8),
    volume24h: trimmed(day.volume, 6),
    usdIndexPrice: isIndexed ? trimmed((row.bid + row.ask) / 2, 6) : '',
  }
}

/** What a market says that has never traded. */
const silence = {
  bid1Price: '0',
  bid1Size: '0',
  ask1Price: '0',
  ask1Size: '0',
  lastPrice: '0',
  prevPrice24h: '0',
  price24hPcnt: '0',
  highPrice24h: '0',
  lowPrice24h: '0',
  turnover24h: '0',
  volume24h: '0',
  usdIndexPrice: '',
}

function enveloped(retCode: number, retMsg: string, result: unknown, time: number) {
  return { retCode, retMsg, result, retExtInfo: {}, time }
}

function refused(retCode: number, retMsg: string, time: number) {
  return enveloped(retCode, retMsg, {}, time)
}

export const bybit: Venue = {
  name: 'bybit',
  temper: {
    biasBps: 1,
    spread: 1.2,
    tradeEveryMs: 350,
    tradeEveryAtMostMs: 2_000,
    volumeShare: 0.07,
  },
  markets,
  routes: [tickers],
  notFound: page(404, 'Not Found'),
  refusal: (status) =>
    status === 429
      ? refused(10_006, 'Too many visits!', 0)
      : refused(10_016, 'Internal server error.', 0),
}
