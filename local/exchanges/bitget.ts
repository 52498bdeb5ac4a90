/**
 * Bitget spot, replayed: every market in one answer, or one of them if it is named. Rows are dated
 * one by one; a market that does not trade is dated "0" and has "0" for both sides of its book.
 *
 * Names: `BTCUSDT`.
 *
 * @see https://www.bitget.com/api-doc/spot/market/Get-Tickers
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH HNT NOT RUNE BERA PUMP XPL MON NIGHT PAXG FLR XDC USDC',
    'USDT',
    name,
  ),
  ...marketsOf('BTC ETH SOL XRP', 'USDC', name),
  { name: 'ETHBTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  { name: 'FTMUSDT', base: 'S', quoteCurrency: 'USDT', state: 'halted' },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const tickers: Route = {
  method: 'GET',
  path: /^\/api\/v2\/spot\/market\/tickers$/,

  answer({ query }, book) {
    const asked = query.get('symbol')
    const found = asked === null ? markets : [marketByName.get(asked)]
    const known = found.filter((market) => market !== undefined)
    if (known.length < found.length) {
      return { status: 400, body: said('40034', `Parameter ${asked} does not exist`, book.atMs) }
    }
    return ok({
      ...said('00000', 'success', book.atMs),
      data: known.map((market) => rowOf(market, book)),
    })
  },
}

function said(code: string, msg: string, requestTime: number) {
  return { code, msg, requestTime, data: null }
}

function rowOf(market: Market, book: Book) {
  if (market.state !== 'trading') return { symbol: market.name, ...silence }
  const row = book.row(market)
  const { day, today } = row
  const price = (value: number) => trimmed(value, row.decimals)
  const turnover = day.volume * day.average
  return {
    open: price(day.open),
    symbol: market.name,
    high24h: price(day.high),
    low24h: price(day.low),
    lastPr: price(row.last),
    quoteVolume: trimmed(turnover, 8),
    baseVolume: trimmed(day.volume, 8),
    usdtVolume: trimmed(turnover, 12),
    ts: String(row.tradedAtMs),
    bidPr: price(row.bid),
    askPr: price(row.ask),
    bidSz: trimmed(row.bidSize, 8),
    askSz: trimmed(row.askSize, 8),
    openUtc: price(today.open),
    changeUtc24h: trimmed(row.last / today.open - 1, 5),
    change24h: trimmed(row.last / day.open - 1, 5),
  }
}

/** What a market says that does not trade: its last price, for good. */
const silence = {
  open: '0.7012',
  high24h: '0',
  low24h: '0',
  lastPr: '0.7012',
  quoteVolume: '0',
  baseVolume: '0',
  usdtVolume: '0',
  ts: '0',
  bidPr: '0',
  askPr: '0',
  bidSz: '0',
  askSz: '0',
  openUtc: '0',
  changeUtc24h: '0',
  change24h: '0',
}

export const bitget: Venue = {
  name: 'bitget',
  temper: {
    biasBps: 1.3,
    spread: 1.2,
    tradeEveryMs: 450,
    tradeEveryAtMostMs: 2_200,
    volumeShare: 0.07,
  },
  markets,
  routes: [tickers],
  notFound: { status: 404, body: { code: '40404', msg: 'Request URL NOT FOUND', data: null } },
  refusal: (status) =>
    status === 429
      ? { code: '429', msg: 'Too Many Requests', data: null }
      : { code: '40725', msg: 'service return an error', data: null },
}
