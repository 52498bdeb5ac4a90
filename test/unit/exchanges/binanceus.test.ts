import { expect, test } from 'vitest'
import { binanceus } from '../../../src/exchanges/binanceus.ts'
import { answerTo, binanceDelistedRow, binanceRow } from '../../support/exchanges.ts'

test('asks as Binance is asked', () => {
  expect(binanceus.request(['BTCUSDT', 'BTCUSD'])).toEqual({
    path: '/api/v3/ticker/24hr?symbols=%5B%22BTCUSDT%22%2C%22BTCUSD%22%5D',
  })
})

test('reads rows as those of Binance, in its own name', () => {
  const body = [binanceRow({ symbol: 'BTCUSD' })]
  expect(binanceus.tickers(body, answerTo('BTCUSD'))).toEqual([
    {
      source: 'binanceus',
      market: 'BTCUSD',
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

test.each([
  { name: 'its test symbol', row: binanceRow({ symbol: '123456', lastPrice: '71.00000000' }) },
  { name: 'a delisted market', row: binanceDelistedRow('MATICUSDT') },
  { name: 'a market that nobody traded for a day', row: binanceRow({ volume: '0.00' }) },
])('leaves out $name', ({ row }) => {
  const body = [row, binanceRow({ symbol: 'ETHUSD' })]
  const tickers = binanceus.tickers(body, answerTo('BTCUSDT', 'MATICUSDT', 'ETHUSD'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETHUSD'])
})

test('a price beside an empty book has no book', () => {
  const body = [
    binanceRow({ symbol: 'BTCUSD', lastPrice: '10170.0000', bidPrice: '0.00', askPrice: '0.00' }),
  ]
  const [ticker] = binanceus.tickers(body, answerTo('BTCUSD'))
  expect(ticker).toMatchObject({ last: 10_170 })
  expect(ticker).not.toHaveProperty('bid')
  expect(ticker).not.toHaveProperty('ask')
})

test.each([
  { body: { code: -1121, msg: 'Invalid symbol.' }, code: 'market-refused' },
  { body: { code: -1003, msg: 'Too much request weight used.' }, code: 'rate-limited' },
  { body: { code: -1100, msg: 'Illegal characters found.' }, code: 'exchange-refused' },
  { body: { msg: 'no code' }, code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => binanceus.tickers(body, answerTo('BTCUSD'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('its minute has a fifth of the weight of Binance', () => {
  const headers = new Headers({ 'X-MBX-USED-WEIGHT-1M': '300' })
  expect(binanceus.usedShare?.(headers)).toBe(0.25)
  expect(binanceus.usedShare?.(new Headers())).toBeUndefined()
})
