/**
 * Crypto.com Exchange, replayed: every instrument in one answer, perpetuals among the spot markets,
 * or one of them if it is named. Where there is no side or no last price it says null; a book that
 * nobody trades goes on printing its last price with a volume of 0.
 *
 * Names: `BTC_USD`; perpetuals are `BTCUSD-PERP`.
 *
 * @see https://exchange-docs.crypto.com/exchange/v1/rest-ws/index.html#public-get-tickers
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { ok, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}_${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH HNT NOT RUNE BERA PUMP XPL PAXG FLR USDT USDC DAI',
    'USD',
    name,
  ),
  ...marketsOf('BTC ETH XRP SOL DOGE', 'USDT', name),
  { name: 'MATIC_USD', base: 'POL', quoteCurrency: 'USD', state: 'halted' },
]

/** Instruments that are answered like the others and are none of the spot markets. */
const perpetuals: readonly Market[] = ['BTC', 'ETH', 'SOL'].map((base) => ({
  name: `${base}USD-PERP`,
  base,
  quoteCurrency: 'USD',
  state: 'trading',
}))

const instruments: ReadonlyMap<string, Market> = new Map(
  [...markets, ...perpetuals].map((market) => [market.name, market]),
)

const tickers: Route = {
  method: 'GET',
  path: /^\/public\/get-tickers$/,

  answer({ query }, book) {
    const asked = query.get('instrument_name')
    if (asked === null) {
      return answered([
        ...[...instruments.values()].map((market) => rowOf(market, book)),
        dead(book),
      ])
    }
    const market = instruments.get(asked)
    return market === undefined
      ? { status: 400, body: said(30_003, 'Instrument does not exist') }
      : answered([rowOf(market, book)])
  },
}

const said = (code: number, message: string) => ({
  id: -1,
  method: 'public/get-tickers',
  code,
  message,
})

function answered(data: readonly unknown[]) {
  return ok({ id: -1, method: 'public/get-tickers', code: 0, result: { data } })
}

function rowOf(market: Market, book: Book) {
  if (market.state !== 'trading') return { i: market.name, ...silence, t: book.atMs }
  const row = book.row(market)
  const { day } = row
  const price = (value: number) => value.toFixed(row.decimals)
  return {
    i: market.name,
    h: price(day.high),
    l: price(day.low),
    a: price(row.last),
    v: day.volume.toFixed(4),
    vv: (day.volume * day.average).toFixed(2),
    c: (row.last / day.open - 1).toFixed(4),
    b: price(row.bid),
    k: price(row.ask),
    t: row.tradedAtMs,
  }
}

const silence = { h: null, l: null, a: null, v: '0', vv: '0', c: null, b: null, k: null }

/** A book as it stood for 21 days of March 2023: one price, no trade, a fresh date. */
function dead({ atMs: t }: Book) {
  const price = '20100.0'
  return {
    i: 'BTC_USDC',
    h: price,
    l: price,
    a: price,
    v: '0',
    vv: '0',
    c: '0',
    b: null,
    k: null,
    t,
  }
}

export const cryptoCom: Venue = {
  name: 'crypto.com',
  temper: {
    biasBps: 1.7,
    spread: 1.6,
    tradeEveryMs: 600,
    tradeEveryAtMostMs: 2_400,
    volumeShare: 0.02,
  },
  markets,
  routes: [tickers],
  notFound: { status: 404, body: { code: 40_401, message: 'NOT_FOUND' } },
  refusal: (status) =>
    status === 429 ? said(42_901, 'TOO_MANY_REQUESTS') : said(9_010_001, 'SYSTEM_MAINTENANCE'),
}
