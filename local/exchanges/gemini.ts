/**
 * Gemini, replayed: the price feed, which has a price for every pair and neither book, volume nor
 * date, and the ticker of one pair, whose date is that of its volume and no trade's.
 *
 * Names: `BTCUSD`; perpetuals, `BTCGUSDPERP`, are in the same list.
 *
 * @see https://docs.gemini.com/rest/market-data
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, type Reply, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL DOGE LINK AVAX LTC BCH SHIB DOT UNI PEPE AAVE ATOM RENDER FET FIL OP ARB BONK WIF POL HYPE PAXG USDT USDC DAI',
    'USD',
    name,
  ),
  ...marketsOf('BTC ETH', 'USDT', name),
]

/** In the list with a price like the others, and no spot market. */
const perpetual: Market = {
  name: 'BTCGUSDPERP',
  base: 'BTC',
  quoteCurrency: 'USD',
  state: 'trading',
}

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const priceFeed: Route = {
  method: 'GET',
  path: /^\/v1\/pricefeed$/,
  answer: (_, book) => ok([...markets, perpetual].map((market) => priceOf(market, book))),
}

function priceOf(market: Market, book: Book) {
  const { last, day, decimals } = book.row(market)
  return {
    pair: market.name,
    price: trimmed(last, decimals),
    percentChange24h: (last / day.open - 1).toFixed(4),
  }
}

const ticker: Route = {
  method: 'GET',
  path: /^\/v1\/pubticker\/([^/]+)$/,

  answer({ groups }, book) {
    const market = marketByName.get((groups[0] ?? '').toUpperCase())
    if (market === undefined) return refused(400, 'InvalidSymbol', 'Symbol is not supported')
    const { base, quoteCurrency } = market
    const { bid, ask, last, day, decimals } = book.row(market)
    return ok({
      bid: trimmed(bid, decimals),
      ask: trimmed(ask, decimals),
      last: trimmed(last, decimals),
      volume: {
        [base]: trimmed(day.volume, 8),
        [quoteCurrency]: trimmed(day.volume * day.average, 8),
        timestamp: book.atMs,
      },
    })
  },
}

function refused(status: number, reason: string, message: string): Reply {
  return { status, body: { result: 'error', reason, message } }
}

export const gemini: Venue = {
  name: 'gemini',
  temper: {
    biasBps: 2.4,
    spread: 2.4,
    tradeEveryMs: 1_500,
    tradeEveryAtMostMs: 2_800,
    volumeShare: 0.004,
  },
  markets,
  routes: [priceFeed, ticker],
  notFound: refused(404, 'EndpointNotFound', 'API entry point not found'),
  refusal: (status) =>
    status === 429
      ? refused(status, 'RateLimit', 'Requests were made too frequently').body
      : refused(status, 'Maintenance', 'The system is down for maintenance').body,
}
