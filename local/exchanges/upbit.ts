/**
 * Upbit, replayed: the markets that are named, in JSON numbers, without a book; one unknown name
 * fails the whole call. Rows carry the time of the last trade and, beside it, one of their own.
 *
 * Names: the quote currency first, `USDT-BTC`. Its books in won are left out: the tape has no won.
 *
 * @see https://global-docs.upbit.com/reference/list-tickers
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { ok, type Reply, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${quoteCurrency}-${base}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL DOGE ADA TRX LINK AVAX SUI XLM BCH HBAR SHIB DOT UNI PEPE AAVE NEAR ETC APT ONDO POL ARB ATOM ENA RENDER BONK JUP PENGU TRUMP BERA USDC',
    'USDT',
    name,
  ),
  { name: 'BTC-ETH', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const ticker: Route = {
  method: 'GET',
  path: /^\/v1\/ticker$/,

  answer({ query }, book) {
    const asked = query.get('markets')
    if (asked === null) return refused(400, 'Missing request parameter: markets')
    const found = asked.split(',').map((market) => marketByName.get(market))
    const known = found.filter((market) => market !== undefined)
    return known.length < found.length ? unknown : rowsOf(known, book)
  },
}

const all: Route = {
  method: 'GET',
  path: /^\/v1\/ticker\/all$/,

  answer({ query }, book) {
    const currencies = query.get('quote_currencies')?.split(',') ?? []
    const found = markets.filter(({ quoteCurrency }) => currencies.includes(quoteCurrency))
    return found.length === 0 ? unknown : rowsOf(found, book)
  },
}

function rowsOf(known: readonly Market[], book: Book): Reply {
  const body = known.map((market) => rowOf(market, book))
  return { ...ok(body), headers: { 'Remaining-Req': 'group=ticker; min=600; sec=9' } }
}

/** How long after a trade its row is made. */
const rowAfterMs = 30

function rowOf(market: Market, book: Book) {
  const { last, lastSize, tradedAtMs, decimals, day, today } = book.row(market)
  const onGrid = (price: number) => Number(price.toFixed(decimals))
  const change = onGrid(last - today.open)
  const direction = change < 0 ? 'FALL' : 'RISE'
  return {
    market: market.name,
    trade_timestamp: tradedAtMs,
    opening_price: today.open,
    high_price: today.high,
    low_price: today.low,
    trade_price: last,
    prev_closing_price: today.open,
    change: change === 0 ? 'EVEN' : direction,
    change_price: Math.abs(change),
    change_rate: Math.abs(change / today.open),
    signed_change_price: change,
    signed_change_rate: change / today.open,
    trade_volume: lastSize,
    acc_trade_price: today.volume * today.average,
    acc_trade_price_24h: day.volume * day.average,
    acc_trade_volume: today.volume,
    acc_trade_volume_24h: day.volume,
    timestamp: tradedAtMs + rowAfterMs,
  }
}

/** Its errors bear the status for a name, but for a few that have one of their own. */
function refused(status: number, message: string, errorName: number | string = status): Reply {
  return { status, body: { error: { name: errorName, message } } }
}

const unknown = refused(404, 'Code not found')

export const upbit: Venue = {
  name: 'upbit',
  temper: {
    biasBps: 2.8,
    spread: 3.5,
    tradeEveryMs: 2_000,
    tradeEveryAtMostMs: 3_000,
    volumeShare: 0.0008,
  },
  markets,
  routes: [ticker, all],
  notFound: refused(404, 'no Route matched with those values'),
  refusal: (status) =>
    status === 429
      ? refused(status, 'Too many API requests.', 'too_many_requests').body
      : refused(status, 'Internal server error').body,
}
