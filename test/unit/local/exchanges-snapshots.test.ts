/** The replayed venues that answer with all their markets at once, in the words of each of them. */

import { expect, test } from 'vitest'
import { replayOf } from '../../../local/exchanges/replay.ts'
import { loadTape } from '../../../local/exchanges/tape.ts'
import { venues } from '../../../local/exchanges.ts'

/** A quiet instant; every answer below is the same in each run. */
const nowMs = Date.UTC(2026, 10, 22, 10, 30, 0, 500)
const replay = replayOf(venues, loadTape(), () => nowMs)

type Row = Readonly<Record<string, unknown>>

function get(venue: string, path: string, query = ''): unknown {
  const answer = replay.answer(venue, {
    method: 'GET',
    path,
    query: new URLSearchParams(query),
    headers: {},
  })
  if (answer?.kind !== 'reply') throw new Error(`${venue} did not answer.`)
  return JSON.parse(JSON.stringify(answer.reply.body))
}

/** The row of a market in a list, by the field that names it. */
function rowOf(rows: unknown, symbol: string): Row {
  // The lists are those of the venues below; a wrong one is seen at once.
  const row = (rows as readonly Row[]).find((found) => found['symbol'] === symbol)
  if (row === undefined) throw new Error(`There is no ${symbol}.`)
  return row
}

function at(body: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce((value, key) => (value as Row)[key], body)
}

const text = expect.stringMatching(/^-?\d+(\.\d*[1-9])?$/)
const eight = expect.stringMatching(/^-?\d+\.\d{8}$/)
const number = expect.any(Number)

const kucoin = () => get('kucoin', '/api/v1/market/allTickers')
const htx = () => get('htx', '/market/tickers')
const bitget = (query = '') => get('bitget', '/api/v2/spot/market/tickers', query)
const digifinex = (query = '') => get('digifinex', '/v3/ticker', query)
const mexc = () => get('mexc', '/api/v3/ticker/24hr')
const bitrue = (query = '') => get('bitrue', '/api/v1/ticker/24hr', query)
const binance = (symbol: string) => get('binance', '/api/v3/ticker/24hr', `symbol=${symbol}`)

test('KuCoin writes a market, field by field, under one time for all', () => {
  expect(kucoin()).toMatchObject({ code: '200000', data: { time: nowMs } })
  expect(rowOf(at(kucoin(), 'data', 'ticker'), 'BTC-USDT')).toEqual({
    symbol: 'BTC-USDT',
    symbolName: 'BTC-USDT',
    buy: text,
    bestBidSize: text,
    sell: text,
    bestAskSize: text,
    changeRate: text,
    changePrice: text,
    high: text,
    low: text,
    vol: text,
    volValue: text,
    last: text,
    averagePrice: text,
    takerFeeRate: '0.001',
    makerFeeRate: '0.001',
    takerCoefficient: '1',
    makerCoefficient: '1',
  })
})

test('KuCoin has null for a halted market, and names that are another market’s', () => {
  const rows = at(kucoin(), 'data', 'ticker')
  expect(rowOf(rows, 'FTM-USDT')).toMatchObject({ last: null, buy: null, sell: null, vol: '0' })
  expect(rowOf(rows, 'BCHSV-USDT')).toMatchObject({ symbolName: 'BSV-USDT' })
  expect(rowOf(rows, 'BTC3L-USDT')).toMatchObject({ last: '0.01186' })
})

test('HTX writes numbers, the day’s open, and one time for all', () => {
  expect(htx()).toMatchObject({ status: 'ok', ts: nowMs })
  const row = rowOf(at(htx(), 'data'), 'btcusdt')
  expect(row).toEqual({
    symbol: 'btcusdt',
    open: number,
    high: number,
    low: number,
    close: number,
    amount: number,
    vol: number,
    count: number,
    bid: number,
    bidSize: number,
    ask: number,
    askSize: number,
  })
  expect(Number(row['vol'])).toBeGreaterThan(1_000 * Number(row['amount']))
})

test('HTX has numbers with an exponent, and dead markets with a price', () => {
  expect(JSON.stringify(htx())).toMatch(/"close":5\.313e-7/)
  expect(rowOf(at(htx(), 'data'), 'maticusdt')).toMatchObject({ close: 0.3812, amount: 0, bid: 0 })
})

test('Bitget dates each row, but not that of a halted market', () => {
  expect(bitget()).toMatchObject({ code: '00000', requestTime: nowMs })
  const row = rowOf(at(bitget(), 'data'), 'ETHUSDT')
  expect(row).toMatchObject({
    lastPr: text,
    bidPr: text,
    askPr: text,
    open: text,
    baseVolume: text,
    quoteVolume: text,
    change24h: text,
    ts: expect.stringMatching(/^\d{13}$/),
  })
  expect(Number(row['ts'])).toBeLessThanOrEqual(nowMs)
  expect(rowOf(at(bitget(), 'data'), 'FTMUSDT')).toMatchObject({
    lastPr: '0.7012',
    ts: '0',
    bidPr: '0',
    baseVolume: '0',
  })
})

test('Bitget answers one market in a list, and an unknown one with a refusal', () => {
  expect(bitget('symbol=BTCUSDT')).toMatchObject({ data: [{ symbol: 'BTCUSDT' }] })
  expect(bitget('symbol=NOPEUSDT')).toMatchObject({ code: '40034', data: null })
})

test('DigiFinex names its volumes after each other, and dates the answer in seconds', () => {
  expect(digifinex()).toMatchObject({ code: 0, date: Math.floor(nowMs / 1_000) })
  const row = rowOf(at(digifinex(), 'ticker'), 'btc_usdt')
  expect(Number(row['base_vol'])).toBeGreaterThan(1_000 * Number(row['vol']))
  expect(digifinex('symbol=eth_usdt')).toMatchObject({ ticker: [{ symbol: 'eth_usdt' }] })
  expect(digifinex('symbol=nope_usdt')).toEqual({ code: 20019 })
  expect(rowOf(at(digifinex(), 'ticker'), 'matic_usdt')).toMatchObject({ vol: 0, last: 0.3812 })
})

test('MEXC leaves out what it does not count, and lets 20 seconds lie between its times', () => {
  const row = rowOf(mexc(), 'BTCUSDT')
  expect(row).toMatchObject({
    lastPrice: eight,
    lastQty: '',
    count: null,
    firstId: null,
    quoteVolume: eight,
    priceChangePercent: expect.stringMatching(/^-?0\.\d{4}$/),
  })
  expect(Number(row['closeTime']) - Number(row['openTime'])).toBe(19_023)
  expect(rowOf(mexc(), 'BTCUSDC')).toMatchObject({ quoteVolume: null })
  expect(rowOf(mexc(), 'FTMUSDT')).toMatchObject({ openTime: 0, closeTime: 0, count: null })
})

test('Bitrue dates nothing, answers lists only, and has lows of its own', () => {
  expect(rowOf(bitrue(), 'XDCUSDT')).toMatchObject({ openTime: 0, closeTime: 0, lastQty: null })
  expect(bitrue('symbol=XDCUSDT')).toMatchObject([{ symbol: 'XDCUSDT' }])
  expect(bitrue('symbol=NOPEUSDT')).toMatchObject({ code: -1121 })
  const everyones = Number(at(binance('BTCUSDT'), 'lowPrice'))
  expect(Number(rowOf(bitrue(), 'BTCUSDT')['lowPrice'])).toBeCloseTo(0.93 * everyones, 5)
})

test.each(['BTC', 'SOL', 'ADA'])('MEXC, Bitrue and DigiFinex show Binance’s book of %s', (base) => {
  const row = binance(`${base}USDT`)
  const book = [at(row, 'bidPrice'), at(row, 'askPrice')].map(Number)
  for (const rows of [mexc(), bitrue()]) {
    const shown = rowOf(rows, `${base}USDT`)
    expect([shown['bidPrice'], shown['askPrice']].map(Number)).toEqual(book)
    expect(shown['volume']).not.toBe(at(row, 'volume'))
  }
  const shown = rowOf(at(digifinex(), 'ticker'), `${base.toLowerCase()}_usdt`)
  expect([shown['buy'], shown['sell']]).toEqual(book)
})

test.each([
  { venue: 'kucoin', path: '/api/v1/market/allTickers', said: { code: '429000' } },
  { venue: 'htx', path: '/market/tickers', said: { 'err-msg': 'request limit' } },
  { venue: 'bitget', path: '/api/v2/spot/market/tickers', said: { code: '429' } },
  { venue: 'digifinex', path: '/v3/ticker', said: { code: 10005 } },
  { venue: 'mexc', path: '/api/v3/ticker/24hr', said: { code: 429 } },
  { venue: 'bitrue', path: '/api/v1/ticker/24hr', said: { success: false } },
])('$venue sends away in its own words', ({ venue, path, said }) => {
  replay.setFault(venue, { mode: 'status', status: 429 })
  expect(get(venue, path)).toMatchObject(said)
  replay.setFault(venue, { mode: 'status', status: 503 })
  expect(get(venue, path)).not.toMatchObject(said)
  replay.setFault(venue, {})
})
