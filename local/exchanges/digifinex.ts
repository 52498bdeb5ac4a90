/**
 * DigiFinex spot, replayed: Binance's books once more, JSON numbers, one date in seconds for the
 * whole answer, and volumes under each other's names: `vol` is of the base.
 *
 * Names: small letters, `btc_usdt`.
 *
 * @see https://docs.digifinex.com/en-ww/spot/v3/rest.html#get-ticker-price
 */

import { binance } from './binance.ts'
import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { ok, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}_${quoteCurrency}`.toLowerCase()

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI XLM LTC BCH HBAR SHIB DOT UNI PEPE AAVE NEAR ICP ETC APT ARB ATOM FIL OP ALGO USDC',
    'USDT',
    name,
  ),
  { name: 'eth_btc', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  { name: 'matic_usdt', base: 'POL', quoteCurrency: 'USDT', state: 'delisted' },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const ticker: Route = {
  method: 'GET',
  path: /^\/v3\/ticker$/,

  answer({ query }, book) {
    const asked = query.get('symbol')
    const found = asked === null ? markets : [marketByName.get(asked)]
    const known = found.filter((market) => market !== undefined)
    if (known.length < found.length) return ok({ code: 20019 })
    return ok({
      ticker: known.map((market) => rowOf(market, book)),
      date: Math.floor(book.atMs / 1_000),
      code: 0,
    })
  },
}

function rowOf(market: Market, book: Book) {
  if (market.state !== 'trading') return { symbol: market.name, ...silence }
  // The books of Binance go by Binance's names.
  const { base, quoteCurrency } = market
  const row = book.row({ ...market, name: `${base}${quoteCurrency}` })
  const { open, high, low, average, volume } = row.day
  return {
    symbol: market.name,
    vol: volume,
    change: Number((100 * (row.last / open - 1)).toFixed(2)),
    base_vol: volume * average,
    sell: row.ask,
    last: row.last,
    high,
    low,
    buy: row.bid,
  }
}

/** What a market says in which nobody trades any more. */
const silence = { vol: 0, change: 0, base_vol: 0, sell: 0, last: 0.3812, high: 0, low: 0, buy: 0 }

export const digifinex: Venue = {
  name: 'digifinex',
  mirrors: binance.name,
  temper: { ...binance.temper, volumeShare: 0.02 },
  markets,
  routes: [ticker],
  notFound: ok({ code: 10009 }),
  refusal: (status) => ({ code: status === 429 ? 10005 : 50000 }),
}
