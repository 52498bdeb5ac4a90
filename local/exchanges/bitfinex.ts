/**
 * Bitfinex spot, replayed: rows are lists of numbers, a market that is unknown is left out, and the
 * answer to ALL holds funding rows of another length.
 *
 * Names: `tBTCUSD`, and with a colon where one of the two is longer than three letters,
 * `tAVAX:USD`. Some coins have names of its own: UST is USDT, BCHN is BCH.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-tickers
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { ok, page, type Route, type Venue } from './venue.ts'

const ownName: Readonly<Record<string, string>> = {
  USDT: 'UST',
  USDC: 'UDC',
  ALGO: 'ALG',
  ATOM: 'ATO',
  BCH: 'BCHN',
}

const spelled = (currency: string) => ownName[currency] ?? currency

function name(base: string, quoteCurrency: string): string {
  const halves = [spelled(base), spelled(quoteCurrency)]
  return `t${halves.join(halves.some((half) => half.length > 3) ? ':' : '')}`
}

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL DOGE ADA TRX LINK AVAX SUI XLM LTC BCH SHIB GRAM DOT UNI LEO PEPE AAVE NEAR ICP ETC APT POL ARB ATOM FET FIL BONK JUP WIF TRUMP ALGO XDC USDT USDC DAI',
    'USD',
    name,
  ),
  ...marketsOf('BTC ETH XRP SOL LEO USDC', 'USDT', name),
  { name: 'tETHBTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const tickers: Route = {
  method: 'GET',
  path: /^\/v2\/tickers$/,

  answer({ query }, book) {
    const asked = query.get('symbols') ?? ''
    if (asked === '') return { status: 500, body: refused(10_020, 'symbols: invalid') }
    const rowOf = (market: Market) => [market.name, ...placesOf(market, book)]
    if (asked === 'ALL') return ok([...markets.map(rowOf), ...fundingRows])
    return ok(
      asked.split(',').flatMap((symbol) => {
        const market = marketByName.get(symbol)
        return market === undefined ? [] : [rowOf(market)]
      }),
    )
  },
}

/** One market is answered without its name, so that everything stands one place earlier. */
const ticker: Route = {
  method: 'GET',
  path: /^\/v2\/ticker\/([^/]+)$/,

  answer({ groups }, book) {
    const market = marketByName.get(groups[0] ?? '')
    return market === undefined
      ? { status: 500, body: refused(10_020, 'symbol: invalid') }
      : ok(placesOf(market, book))
  },
}

function placesOf(market: Market, book: Book): readonly number[] {
  const { decimals, day, bid, bidSize, ask, askSize, last } = book.row(market)
  const cut = (value: number, to: number) => Number(value.toFixed(to))
  return [
    bid,
    cut(bidSize, 8),
    ask,
    cut(askSize, 8),
    cut(last - day.open, decimals),
    cut(last / day.open - 1, 8),
    last,
    cut(day.volume, 8),
    day.high,
    day.low,
  ]
}

/** `[name, rate, bid, period, size, ask, period, size, change, …]`: no prices of a market. */
const fundingRows: readonly (readonly unknown[])[] = [
  fundingRow('fUSD', 0.000_312, 21_750_321.5),
  fundingRow('fUST', 0.000_271, 4_310_200.25),
]

function fundingRow(symbol: string, rate: number, size: number): readonly unknown[] {
  const [bid, ask] = [0.000_29, 0.000_31]
  const book = [rate, bid, 30, size, ask, 2, size / 9]
  return [symbol, ...book, -0.000_01, -0.031, rate, size * 4, 0.000_5, 0.000_1, null, null, size]
}

function refused(code: number, reason: string) {
  return ['error', code, reason]
}

export const bitfinex: Venue = {
  name: 'bitfinex',
  temper: {
    biasBps: 2,
    spread: 2.2,
    tradeEveryMs: 1_000,
    tradeEveryAtMostMs: 2_800,
    volumeShare: 0.01,
  },
  markets,
  routes: [tickers, ticker],
  notFound: page(404, 'Not Found'),
  refusal: (status) =>
    status === 429 ? refused(11_010, 'ratelimit: error') : refused(20_060, 'maintenance'),
}
