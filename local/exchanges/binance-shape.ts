/**
 * Binance's 24-hour ticker, replayed, for Binance and the venues that took over its interface: its
 * route, its rows, its words of refusal. One unknown symbol fails the whole call, and symbols that
 * were delisted keep a row of zeros for years.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
 */

import type { Book } from './book.ts'
import type { Market } from './market.ts'
import { ok, type Reply, type Route } from './venue.ts'

export type BinanceRow = ReturnType<typeof tradingRow>

const dayMs = 86_400_000
const legalSymbols = '^[A-Z0-9-_.]{1,20}$'
const legalList = '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$'

/**
 * The route `/api/v3/ticker/24hr`, of one symbol, some, or all of a venue's markets.
 *
 * @param rowOf How the venue writes a row, where it differs from Binance.
 */
export function binanceTicker24h(
  markets: readonly Market[],
  rowOf: (market: Market, book: Book) => Readonly<Record<string, unknown>> = binanceRow,
): Route {
  const marketByName = new Map(markets.map((market) => [market.name, market]))

  return {
    method: 'GET',
    path: /^\/api\/v3\/ticker\/24hr$/,

    answer({ query }, book) {
      const one = query.get('symbol')
      const many = query.get('symbols')
      const mini = query.get('type') === 'MINI'
      const row = (market: Market) => (mini ? miniOf(rowOf(market, book)) : rowOf(market, book))

      if (one !== null && many !== null) {
        return binanceRefused(-1128, 'Combination of optional parameters invalid.')
      }
      if (one !== null) {
        if (!new RegExp(legalSymbols).test(one)) return illegal('symbol', legalSymbols)
        const market = marketByName.get(one)
        return market === undefined ? invalidSymbol : ok(row(market))
      }
      if (many === null) return ok(markets.map(row))

      const asked = symbolsOf(many)
      if (asked === undefined) return illegal('symbols', legalList)
      if (new Set(asked).size < asked.length) {
        return binanceRefused(-1151, 'Symbol is present multiple times in the list.')
      }
      const found = asked.map((symbol) => marketByName.get(symbol))
      const known = found.filter((market) => market !== undefined)
      return known.length < found.length ? invalidSymbol : ok(known.map(row))
    },
  }
}

/** A market's row: prices and volumes with eight decimals, or zeros if it is delisted. */
export function binanceRow(market: Market, book: Book): BinanceRow {
  return market.state === 'trading' ? tradingRow(market, book) : delistedRow(market, book)
}

export function binanceRefused(code: number, msg: string): Reply {
  return { status: 400, body: { code, msg } }
}

/** The body with which it refuses by status. */
export function binanceRefusal(status: number): unknown {
  return status === 429 || status === 418
    ? { code: -1003, msg: 'Too much request weight used; please use WebSocket Streams instead.' }
    : { code: -1000, msg: 'An unknown error occurred while processing the request.' }
}

/** The symbols of `["A","B"]`, which admits no space and no small letter; else undefined. */
function symbolsOf(text: string): string[] | undefined {
  return new RegExp(legalList).test(text) && text !== '[]'
    ? text.slice(2, -2).split('","')
    : undefined
}

/** What a row keeps under `type=MINI`: all but the book and the changes. */
const miniFields =
  'symbol openPrice highPrice lowPrice lastPrice volume quoteVolume openTime closeTime firstId lastId count'

function miniOf(row: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(miniFields.split(' ').map((field) => [field, row[field]]))
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

/** How long ago the last trade of a delisted market was. */
const delistedForMs = 130 * dayMs

function delistedRow(market: Market, book: Book): BinanceRow {
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

const invalidSymbol = binanceRefused(-1121, 'Invalid symbol.')

function illegal(parameter: string, legal: string): Reply {
  return binanceRefused(
    -1100,
    `Illegal characters found in parameter '${parameter}'; legal range is '${legal}'.`,
  )
}
