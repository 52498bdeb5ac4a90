/**
 * Bitstamp spot, replayed: all markets in one answer, dated in seconds by the server's clock, so
 * that a market which nobody has traded for weeks looks as fresh as any. Perpetuals stand among the
 * coins.
 *
 * Names: `BTC/USD` in its rows, `btcusd` in its paths.
 *
 * @see https://www.bitstamp.net/api/#tag/Tickers
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, page, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}/${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL DOGE ADA LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB DOT UNI PEPE AAVE NEAR ONDO POL RENDER FET BONK WIF PENGU TRUMP ALGO FLR USDT USDC DAI',
    'USD',
    name,
  ),
  ...marketsOf('BTC ETH XRP USDC', 'USDT', name),
  { name: 'ETH/BTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  { name: 'BTC/USD-PERP', base: 'BTC', quoteCurrency: 'USD', state: 'trading', decimals: 0 },
  // MATIC became POL, and its row stayed.
  { name: 'MATIC/USD', base: 'POL', quoteCurrency: 'USD', state: 'delisted' },
]

const marketByPath: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name.replace('/', '').toLowerCase(), market]),
)

const tickers: Route = {
  method: 'GET',
  path: /^\/api\/v2\/ticker\/$/,

  answer: (_asked, book) =>
    ok(markets.map((market) => ({ ...tickerOf(market, book), pair: market.name }))),
}

const ticker: Route = {
  method: 'GET',
  path: /^\/api\/v2\/ticker\/([^/]+)\/?$/,

  answer({ groups }, book) {
    const market = marketByPath.get(groups[0] ?? '')
    return market === undefined ? notFound : ok(tickerOf(market, book))
  },
}

function tickerOf(market: Market, book: Book) {
  const timestamp = String(Math.floor(book.atMs / 1_000))
  if (market.state !== 'trading') return { timestamp, ...lastWords }
  const { decimals, day, today, tradeId, ...row } = book.row(market)
  const price = (value: number) => trimmed(value, decimals)
  return {
    timestamp,
    open: price(today.open),
    high: price(day.high),
    low: price(day.low),
    last: price(row.last),
    volume: day.volume.toFixed(8),
    vwap: price(day.average),
    bid: price(row.bid),
    ask: price(row.ask),
    side: String(tradeId % 2),
    open_24: price(day.open),
    percent_change_24: (100 * (row.last / day.open - 1)).toFixed(2),
  }
}

/** What a market goes on saying that nobody trades any more. */
const lastWords = {
  open: '0.37912',
  high: '0.37912',
  low: '0.37912',
  last: '0.37912',
  volume: '0.00000000',
  vwap: '0.37912',
  bid: '0.30000',
  ask: '0.41000',
  side: '1',
  open_24: '0.37912',
  percent_change_24: '0.00',
}

const notFound = page(404, 'Page not found')

export const bitstamp: Venue = {
  name: 'bitstamp',
  temper: {
    biasBps: 1.8,
    spread: 2,
    tradeEveryMs: 900,
    tradeEveryAtMostMs: 2_800,
    volumeShare: 0.01,
  },
  markets,
  routes: [tickers, ticker],
  notFound,
  refusal: (status) =>
    status === 429
      ? { status: 'error', reason: 'Request rate limit exceeded.', code: '400.002' }
      : { status: 'error', reason: { __all__: ['Service is temporarily unavailable.'] } },
}
