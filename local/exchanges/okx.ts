/**
 * OKX spot, replayed: all markets in one answer, numbers as strings, each row with a time of its
 * own. What has not traded yet has empty strings for prices.
 *
 * Names: `BTC-USDT`. A swap bears the same name and a third part, `BTC-USDT-SWAP`; it is in an
 * answer of its own.
 *
 * @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-tickers
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, type Reply, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}-${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI LEO PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL OP BONK JUP WIF PENGU TRUMP ALGO S ETHFI PYTH NOT BERA PUMP XPL MON NIGHT PAXG FLR USDC DAI',
    'USDT',
    name,
  ),
  ...marketsOf('BTC ETH SOL XRP', 'USDC', name),
  ...marketsOf('BTC ETH USDT', 'USD', name),
  { name: 'ETH-BTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  // Announced, and not yet traded.
  { name: 'XDC-USDT', base: 'XDC', quoteCurrency: 'USDT', state: 'halted' },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const derivativeTypes = new Set(['SWAP', 'FUTURES', 'OPTION'])

const tickers: Route = {
  method: 'GET',
  path: /^\/api\/v5\/market\/tickers$/,

  answer({ query }, book) {
    const type = query.get('instType') ?? ''
    if (type === 'SPOT') return granted(markets.map((market) => rowOf(market, book)))
    return derivativeTypes.has(type)
      ? granted([])
      : { status: 400, body: refused('51000', 'Parameter instType error') }
  },
}

const ticker: Route = {
  method: 'GET',
  path: /^\/api\/v5\/market\/ticker$/,

  answer({ query }, book) {
    const market = marketByName.get(query.get('instId') ?? '')
    return market === undefined
      ? ok(refused('51001', "Instrument ID doesn't exist"))
      : granted([rowOf(market, book)])
  },
}

function rowOf(market: Market, book: Book) {
  const names = { instType: 'SPOT', instId: market.name }
  if (market.state !== 'trading') return { ...names, ...silence, ts: String(book.atMs) }
  const { decimals, day, today, tradedAtMs, ...row } = book.row(market)
  const price = (value: number) => trimmed(value, decimals)
  return {
    ...names,
    last: price(row.last),
    lastSz: trimmed(row.lastSize, 8),
    askPx: price(row.ask),
    askSz: trimmed(row.askSize, 8),
    bidPx: price(row.bid),
    bidSz: trimmed(row.bidSize, 8),
    open24h: price(day.open),
    high24h: price(day.high),
    low24h: price(day.low),
    vol24h: trimmed(day.volume, 8),
    volCcy24h: trimmed(day.volume * day.average, 8),
    ts: String(tradedAtMs),
    sodUtc0: price(today.open),
    sodUtc8: price(today.open),
  }
}

/** What a market says that has never traded. */
const silence = {
  last: '',
  lastSz: '',
  askPx: '',
  askSz: '',
  bidPx: '',
  bidSz: '',
  open24h: '',
  high24h: '',
  low24h: '',
  vol24h: '0',
  volCcy24h: '0',
}

function granted(data: readonly unknown[]): Reply {
  return ok({ code: '0', msg: '', data })
}

function refused(code: string, msg: string) {
  return { code, msg, data: [] }
}

export const okx: Venue = {
  name: 'okx',
  temper: {
    biasBps: 0.9,
    spread: 1.1,
    tradeEveryMs: 300,
    tradeEveryAtMostMs: 1_800,
    volumeShare: 0.09,
  },
  markets,
  routes: [tickers, ticker],
  notFound: { status: 404, body: { code: '404', msg: 'Not Found', data: [] } },
  refusal: (status) =>
    status === 429
      ? refused('50011', 'Too Many Requests')
      : refused('50001', 'Service temporarily unavailable. Try again later'),
}
