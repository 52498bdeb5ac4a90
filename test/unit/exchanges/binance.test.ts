import { expect, test } from 'vitest'
import { binance } from '../../../src/exchanges/binance.ts'
import { answerTo, binanceDelistedRow, binanceRow, receivedAtMs } from '../../support/exchanges.ts'

test('asks for a batch with its array encoded', () => {
  expect(binance.request(['BTCUSDT', 'ETHUSDT'])).toEqual({
    path: '/api/v3/ticker/24hr?symbols=%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D',
  })
})

test('reads last price, book, volume and the price of a day ago, dated by the exchange', () => {
  expect(binance.tickers([binanceRow()], answerTo('BTCUSDT'))).toEqual([
    {
      source: 'binance',
      market: 'BTCUSDT',
      last: 69_624,
      bid: 69_624,
      ask: 69_624.01,
      volume: 33_278.39,
      open24h: 72_100,
      observedAtMs: 1_730_439_018_472,
      observedKind: 'ticker',
    },
  ])
})

test('leaves out markets that are delisted, and keeps their neighbours', () => {
  const body = [binanceDelistedRow('EOSUSDT'), binanceRow()]
  const tickers = binance.tickers(body, answerTo('EOSUSDT', 'BTCUSDT'))
  expect(tickers.map(({ market }) => market)).toEqual(['BTCUSDT'])
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a symbol', row: { lastPrice: '1' } },
  { name: 'a price that is no number', row: binanceRow({ lastPrice: 'nan' }) },
  {
    name: 'a market frozen for a day, which still shows a price',
    row: binanceRow({ volume: '0' }),
  },
  { name: 'a market that was not asked for', row: binanceRow({ symbol: '123456' }) },
])('leaves out $name', ({ row }) => {
  const body = [row, binanceRow({ symbol: 'ETHUSDT' })]
  const tickers = binance.tickers(body, answerTo('BTCUSDT', 'ETHUSDT'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETHUSDT'])
})

test('a market that comes twice counts once', () => {
  const body = [binanceRow(), binanceRow({ lastPrice: '1' })]
  expect(binance.tickers(body, answerTo('BTCUSDT'))).toMatchObject([{ last: 69_624 }])
})

test('an empty book beside a price is a book that is not there', () => {
  const body = [binanceRow({ bidPrice: '0.00', askPrice: '0.00' })]
  const [ticker] = binance.tickers(body, answerTo('BTCUSDT'))
  expect(ticker).toMatchObject({ last: 69_624 })
  expect(ticker).not.toHaveProperty('bid')
  expect(ticker).not.toHaveProperty('ask')
})

test.each([
  { name: 'without a time', closeTime: 0, observedAtMs: receivedAtMs, observedKind: 'received' },
  {
    name: 'by a clock that runs ahead',
    closeTime: receivedAtMs + 1,
    observedAtMs: receivedAtMs,
    observedKind: 'ticker',
  },
  {
    name: 'by a clock that counts microseconds',
    closeTime: receivedAtMs * 1_000,
    observedAtMs: receivedAtMs,
    observedKind: 'received',
  },
  {
    name: 'by a clock that counts seconds',
    closeTime: Math.floor(receivedAtMs / 1_000),
    observedAtMs: receivedAtMs,
    observedKind: 'received',
  },
])('a ticker $name is as old as its arrival', ({ closeTime, observedAtMs, observedKind }) => {
  const body = [binanceRow({ closeTime })]
  const [ticker] = binance.tickers(body, answerTo('BTCUSDT'))
  expect(ticker).toMatchObject({ observedAtMs, observedKind })
})

test.each([1_730_439_018_416.5, '1730439018416.999'])(
  'a ticker of %s is of the whole millisecond before',
  (closeTime) => {
    const [ticker] = binance.tickers([binanceRow({ closeTime })], answerTo('BTCUSDT'))
    expect(ticker).toMatchObject({ observedAtMs: 1_730_439_018_416, observedKind: 'ticker' })
  },
)

test('a ticker of long ago stays one: it is never dressed as new', () => {
  const [ticker] = binance.tickers([binanceRow({ closeTime: Date.UTC(2020) })], answerTo('BTCUSDT'))
  expect(ticker).toMatchObject({ observedAtMs: Date.UTC(2020), observedKind: 'ticker' })
})

test.each([
  { body: { code: -1121, msg: 'Invalid symbol.' }, code: 'market-refused' },
  { body: { code: -1003, msg: 'Too much request weight used.' }, code: 'rate-limited' },
  { body: { code: -1100, msg: 'Illegal characters found.' }, code: 'exchange-refused' },
  { body: {}, code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
  { body: 'OK', code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => binance.tickers(body, answerTo('BTCUSDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('is known by a second address, which has the same books', () => {
  expect(binance.alternateUrls).toEqual(['https://api.binance.com'])
})

test('tells how much of its weight of 6 000 a minute is used up', () => {
  const headers = new Headers({ 'X-MBX-USED-WEIGHT-1M': '4500' })
  expect(binance.usedShare?.(headers)).toBe(0.75)
  expect(binance.usedShare?.(new Headers())).toBeUndefined()
})
