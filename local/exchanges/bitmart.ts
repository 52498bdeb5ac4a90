/**
 * BitMart spot, replayed: every pair that was traded within a day, in rows without field names,
 * which are dated by even seconds, as what comes from a cache is.
 *
 * Names: `BTC_USDT`. Leveraged tokens, `BTC3L_USDT`, are in the same list.
 *
 * @see https://developer-pro.bitmart.com/en/spot/#get-ticker-of-all-pairs-v3
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { ok, type Reply, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}_${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH NOT RUNE BERA PUMP XPL MON NIGHT PAXG FLR XDC USDC USDX',
    'USDT',
    name,
  ),
  { name: 'ETH_BTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const tickers: Route = {
  method: 'GET',
  path: /^\/spot\/quotation\/v3\/tickers$/,
  answer: (_, book) =>
    granted([...markets.map((market) => rowOf(market, book)), leveraged(book.atMs)]),
}

const ticker: Route = {
  method: 'GET',
  path: /^\/spot\/quotation\/v3\/ticker$/,

  answer({ query }, book) {
    const market = marketByName.get(query.get('symbol') ?? '')
    if (market === undefined) return refused(400, 70_002, 'Symbol not found')
    const [symbol, last, v_24h, qv_24h, open_24h, high_24h, low_24h, fluctuation, ...rest] = rowOf(
      market,
      book,
    )
    const [bid_px, bid_sz, ask_px, ask_sz, ts] = rest
    const traded = { symbol, last, v_24h, qv_24h, open_24h, high_24h, low_24h, fluctuation }
    return granted({ ...traded, bid_px, bid_sz, ask_px, ask_sz, ts })
  },
}

function rowOf(market: Market, book: Book): string[] {
  const row = book.row(market)
  const { open, high, low, average, volume } = row.day
  const price = (value: number) => value.toFixed(row.decimals)
  return [
    market.name,
    price(row.last),
    volume.toFixed(5),
    (volume * average).toFixed(8),
    price(open),
    price(high),
    price(low),
    (row.last / open - 1).toFixed(5),
    price(row.bid),
    row.bidSize.toFixed(5),
    price(row.ask),
    row.askSize.toFixed(5),
    String(cachedAt(row.tradedAtMs)),
  ]
}

const cachedForMs = 2_000

function cachedAt(atMs: number): number {
  return Math.floor(atMs / cachedForMs) * cachedForMs
}

function leveraged(atMs: number): string[] {
  const [price, lots] = ['0.05132', '21000.00000']
  const traded = [price, '1830044.1', '93918.26', '0.05401', '0.05533', '0.04987', '-0.04981']
  return ['BTC3L_USDT', ...traded, price, lots, '0.05134', lots, String(cachedAt(atMs))]
}

const trace = '886fb6ae-456b-4654-b4e0-d681ac05cea1.88.17324'

function granted(data: unknown): Reply {
  return ok({ code: 1_000, trace, message: 'success', data })
}

function refused(status: number, code: number, message: string): Reply {
  return { status, body: { code, trace, message, data: {} } }
}

export const bitmart: Venue = {
  name: 'bitmart',
  temper: {
    biasBps: 2,
    spread: 1.9,
    tradeEveryMs: 800,
    tradeEveryAtMostMs: 2_500,
    volumeShare: 0.02,
  },
  markets,
  routes: [tickers, ticker],
  notFound: refused(404, 30_000, 'Not found'),
  refusal: (status) =>
    status === 429
      ? refused(status, 30_013, 'Request too many requests').body
      : refused(status, 30_014, 'Service unavailable').body,
}
