/**
 * Binance spot, replayed. One unknown symbol fails the whole call, and symbols that were delisted
 * keep a row of zeros for years.
 *
 * Names: base and quote currency run together, `BTCUSDT`. The tape's names are Binance's own.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { ok, page, type Reply, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH NOT RUNE BERA PUMP XPL MON NIGHT PAXG USDC',
    'USDT',
    name,
  ),
  ...marketsOf('BTC ETH SOL XRP BNB DOGE ADA', 'USDC', name),
  { name: 'ETHBTC', base: 'ETH', quoteCurrency: 'BTC', state: 'trading', decimals: 5 },
  // Gone or renamed: MATIC became POL, FTM became S, TON became GRAM (mid 2026), HNT left in 2022.
  ...[
    { name: 'MATICUSDT', base: 'POL' },
    { name: 'FTMUSDT', base: 'S' },
    { name: 'TONUSDT', base: 'GRAM' },
    { name: 'HNTUSDT', base: 'HNT' },
  ].map((market) => ({ ...market, quoteCurrency: 'USDT', state: 'delisted' as const })),
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const dayMs = 86_400_000
const legalSymbols = '^[A-Z0-9-_.]{1,20}$'

const ticker24h: Route = {
  method: 'GET',
  path: /^\/api\/v3\/ticker\/24hr$/,

  answer({ query }, book) {
    const one = query.get('symbol')
    const many = query.get('symbols')
    const mini = query.get('type') === 'MINI'
    const rowOf = (market: Market) => rowFor(market, book, mini)

    if (one !== null && many !== null) {
      return refused(-1128, 'Combination of optional parameters invalid.')
    }
    if (one !== null) {
      if (!new RegExp(legalSymbols).test(one)) return illegal('symbol', legalSymbols)
      const market = marketByName.get(one)
      return market === undefined ? invalidSymbol : ok(rowOf(market))
    }
    if (many === null) return ok(markets.map(rowOf))

    const asked = symbolsOf(many)
    if (asked === undefined) return illegal('symbols', legalList)
    if (new Set(asked).size < asked.length) {
      return refused(-1151, 'Symbol is present multiple times in the list.')
    }
    const found = asked.map((symbol) => marketByName.get(symbol))
    const known = found.filter((market) => market !== undefined)
    return known.length < found.length ? invalidSymbol : ok(known.map(rowOf))
  },
}

const legalList = '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$'

/** The symbols of `["A","B"]`, which admits no space and no small letter; else undefined. */
function symbolsOf(text: string): string[] | undefined {
  return new RegExp(legalList).test(text) && text !== '[]'
    ? text.slice(2, -2).split('","')
    : undefined
}

function rowFor(market: Market, book: Book, mini: boolean) {
  const full = market.state === 'trading' ? tradingRow(market, book) : delistedRow(market, book)
  if (!mini) return full
  const { symbol, openPrice, highPrice, lowPrice, lastPrice, volume, quoteVolume } = full
  const { openTime, closeTime, firstId, lastId, count } = full
  const prices = { symbol, openPrice, highPrice, lowPrice, lastPrice, volume, quoteVolume }
  return { ...prices, openTime, closeTime, firstId, lastId, count }
}

function tradingRow(market: Market, book: Book) {
  const row = book.row(market)
  const { open, high, low, average, volume, trades } = row.day
  // Dearer coins trade in finer lots: BTC in 0.00001, PEPE in whole ones.
  const lotDecimals = Math.min(8, Math.max(0, Math.ceil(Math.log10(row.last))))
  const lots = (quantity: number) => eight(Number(quantity.toFixed(lotDecimals)))
  return {
    symbol: market.name,
    priceChange: eight(row.last - open),
    priceChangePercent: (100 * (row.last / open - 1)).toFixed(3),
    weightedAvgPrice: eight(average),
    prevClosePrice: eight(open),
    lastPrice: eight(row.last),
    lastQty: lots(row.lastSize),
    bidPrice: eight(row.bid),
    bidQty: lots(row.bidSize),
    askPrice: eight(row.ask),
    askQty: lots(row.askSize),
    openPrice: eight(open),
    highPrice: eight(high),
    lowPrice: eight(low),
    volume: lots(volume),
    quoteVolume: eight(volume * average),
    openTime: row.tradedAtMs - dayMs,
    closeTime: row.tradedAtMs,
    firstId: row.tradeId - trades + 1,
    lastId: row.tradeId,
    count: trades,
  }
}

type Row = ReturnType<typeof tradingRow>

/** How long ago the last trade of a delisted market was. */
const delistedForMs = 130 * dayMs

function delistedRow(market: Market, book: Book): Row {
  const zero = eight(0)
  const closeTime = Math.floor(book.atMs / dayMs) * dayMs - delistedForMs
  return {
    symbol: market.name,
    priceChange: zero,
    priceChangePercent: '0.000',
    weightedAvgPrice: zero,
    prevClosePrice: zero,
    lastPrice: zero,
    lastQty: zero,
    bidPrice: zero,
    bidQty: zero,
    askPrice: zero,
    askQty: zero,
    openPrice: zero,
    highPrice: zero,
    lowPrice: zero,
    volume: zero,
    quoteVolume: zero,
    openTime: closeTime - dayMs,
    closeTime,
    firstId: -1,
    lastId: -1,
    count: 0,
  }
}

function eight(value: number): string {
  return value.toFixed(8)
}

function refused(code: number, msg: string): Reply {
  return { status: 400, body: { code, msg } }
}

const invalidSymbol = refused(-1121, 'Invalid symbol.')

function illegal(parameter: string, legal: string): Reply {
  return refused(
    -1100,
    `Illegal characters found in parameter '${parameter}'; legal range is '${legal}'.`,
  )
}

export const binance: Venue = {
  name: 'binance',
  temper: {
    biasBps: 0.8,
    spread: 1,
    tradeEveryMs: 250,
    tradeEveryAtMostMs: 1_500,
    volumeShare: 0.3,
  },
  markets,
  routes: [ticker24h],
  notFound: page(404, 'Not Found'),
  refusal: (status) =>
    status === 429 || status === 418
      ? { code: -1003, msg: 'Too much request weight used; please use WebSocket Streams instead.' }
      : { code: -1000, msg: 'An unknown error occurred while processing the request.' },
}
