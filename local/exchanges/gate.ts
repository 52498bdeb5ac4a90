/**
 * Gate spot, replayed: one market or all of them, none of them dated. A quiet market may have `nan`
 * for volumes, a delisted one keeps its last price, and leveraged tokens bear the net value of a
 * fund. That the real answer comes out of a cache is for the control to play: `{"lagSec": 15}`.
 *
 * Names: `BTC_USDT`.
 *
 * @see https://www.gate.com/docs/developers/apiv4/en/#get-currency-pair-ticker-information
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, page, type Reply, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}_${quoteCurrency}`

const quiet = 'SOL_USDC'

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI LEO PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH HNT NOT RUNE BERA PUMP XPL MON NIGHT PAXG FLR XDC USDC DAI',
    'USDT',
    name,
  ),
  ...marketsOf('BTC ETH SOL', 'USDC', name),
  { name: 'ETH_BTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  { name: 'MATIC_USDT', base: 'POL', quoteCurrency: 'USDT', state: 'delisted' },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const tickers: Route = {
  method: 'GET',
  path: /^\/api\/v4\/spot\/tickers$/,

  answer({ query }, book) {
    const pair = query.get('currency_pair')
    if (pair === null) {
      return granted([...markets.map((market) => rowOf(market, book)), leveragedRow])
    }
    const market = marketByName.get(pair)
    return market === undefined ? invalidPair(pair) : granted([rowOf(market, book)])
  },
}

/** Under the headers of a limit of which this is the first request. */
function granted(rows: readonly unknown[]): Reply {
  return {
    ...ok(rows),
    headers: { 'X-Gate-RateLimit-Limit': '200', 'X-Gate-RateLimit-Requests-Remain': '199' },
  }
}

function rowOf(market: Market, book: Book) {
  if (market.state !== 'trading') return { currency_pair: market.name, ...lastWords }
  const { decimals, day, ...row } = book.row(market)
  const price = (value: number) => trimmed(value, decimals)
  const volume = (value: number) => (market.name === quiet ? 'nan' : trimmed(value, 9))
  return {
    currency_pair: market.name,
    last: price(row.last),
    lowest_ask: price(row.ask),
    lowest_size: trimmed(row.askSize, 6),
    highest_bid: price(row.bid),
    highest_size: trimmed(row.bidSize, 6),
    change_percentage: (100 * (row.last / day.open - 1)).toFixed(2),
    base_volume: volume(day.volume),
    quote_volume: volume(day.volume * day.average),
    high_24h: price(day.high),
    low_24h: price(day.low),
  }
}

/** What a market goes on saying that nobody trades any more. */
const lastWords = {
  last: '0.3791',
  lowest_ask: '',
  highest_bid: '',
  change_percentage: '0',
  base_volume: '0',
  quote_volume: '0',
  high_24h: '0.3791',
  low_24h: '0.3791',
}

const leveragedRow = {
  currency_pair: 'BTC3L_USDT',
  last: '2.46140',
  lowest_ask: '2.47697',
  highest_bid: '2.46140',
  change_percentage: '-8.91',
  base_volume: '656614.0845820589',
  quote_volume: '1602221.66468375534639404191',
  high_24h: '2.7431',
  low_24h: '1.9863',
  etf_net_value: '2.46316141',
  etf_pre_net_value: '2.43201848',
  etf_pre_timestamp: 1_611_244_800,
  etf_leverage: '2.2803019447281203',
}

function invalidPair(pair: string): Reply {
  const message = `Invalid currency pair ${pair.slice(0, 40)}`
  return { status: 400, body: { label: 'INVALID_CURRENCY_PAIR', message } }
}

export const gate: Venue = {
  name: 'gate',
  temper: {
    biasBps: 1.4,
    spread: 1.6,
    tradeEveryMs: 600,
    tradeEveryAtMostMs: 2_600,
    volumeShare: 0.05,
  },
  markets,
  routes: [tickers],
  notFound: page(404, 'Not Found'),
  refusal: (status) =>
    status === 429
      ? { label: 'TOO_MANY_REQUESTS', message: 'Request Rate limit Exceeded (311)' }
      : { label: 'SERVER_ERROR', message: 'Internal server error' },
}
