/**
 * HTX spot, replayed: JSON numbers throughout, uncut to the last bit, one time for the whole answer,
 * and its errors in words under a status of 200.
 *
 * Names: small letters run together, `btcusdt`.
 *
 * @see https://huobiapi.github.io/docs/spot/v1/en/#get-latest-tickers-for-all-pairs
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { ok, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}${quoteCurrency}`.toLowerCase()

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA FIL TAO OP BONK JUP WIF PENGU TRUMP ALGO ETHFI PYTH NOT BERA PUMP XPL FLR XDC USDC DAI',
    'USDT',
    name,
  ),
  { name: 'ethbtc', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  { name: 'maticusdt', base: 'POL', quoteCurrency: 'USDT', state: 'delisted' },
]

const tickers: Route = {
  method: 'GET',
  path: /^\/market\/tickers$/,

  answer: (_asked, book) =>
    ok({
      status: 'ok',
      ts: book.atMs,
      data: [...markets.map((market) => rowOf(market, book)), leveragedRow],
    }),
}

function rowOf(market: Market, book: Book) {
  if (market.state !== 'trading') return { symbol: market.name, ...silence }
  const row = book.row(market)
  const { today, day } = row
  return {
    symbol: market.name,
    open: today.open,
    high: today.high,
    low: today.low,
    close: row.last,
    amount: day.volume,
    vol: day.volume * day.average,
    count: day.trades,
    bid: row.bid,
    bidSize: row.bidSize,
    ask: row.ask,
    askSize: row.askSize,
  }
}

/** What a market says in which nobody trades any more. */
const silence = {
  open: 0.3812,
  high: 0.3812,
  low: 0.3812,
  close: 0.3812,
  amount: 0,
  vol: 0,
  count: 0,
  bid: 0,
  bidSize: 0,
  ask: 0,
  askSize: 0,
}

/** A leveraged token, whose price is below a millionth: such numbers have an exponent in JSON. */
const leveragedRow = {
  symbol: 'btc3susdt',
  open: 5.402e-7,
  high: 5.641e-7,
  low: 5.188e-7,
  close: 5.313e-7,
  amount: 238_221_682_420.166_8,
  vol: 126_567.179_9,
  count: 812,
  bid: 5.31e-7,
  bidSize: 1_200_000,
  ask: 5.32e-7,
  askSize: 900_000,
}

export const htx: Venue = {
  name: 'htx',
  temper: {
    biasBps: 1.8,
    spread: 1.6,
    tradeEveryMs: 600,
    tradeEveryAtMostMs: 2_600,
    volumeShare: 0.04,
  },
  markets,
  routes: [tickers],
  notFound: ok({
    status: 'error',
    'err-code': 'invalid-parameter',
    'err-msg': 'invalid path',
    data: null,
  }),
  refusal: (status) =>
    status === 429
      ? { status: 'error', 'err-code': 'too-many-requests', 'err-msg': 'request limit' }
      : { status: 'error', 'err-code': 'system-maintenance', 'err-msg': 'System maintenance' },
}
