import { expect, test } from 'vitest'
import { bitrue } from '../../../src/exchanges/bitrue.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { bitrueRow } from '../../support/exchanges/bitrue.ts'

test('asks for all markets, whichever are wanted', () => {
  expect(bitrue.request(['XDCUSDT'])).toEqual({ path: '/api/v1/ticker/24hr' })
})

test('reads last price, book, volume and the price of a day ago; it dates nothing', () => {
  expect(bitrue.tickers([bitrueRow()], answerTo('BTCUSDT'))).toEqual([
    {
      source: 'bitrue',
      market: 'BTCUSDT',
      last: 73_369.84,
      bid: 73_369.83,
      ask: 73_369.84,
      volume: 45_360.559,
      open24h: 72_161.11,
      observedAtMs: receivedAtMs,
      observedKind: 'received',
    },
  ])
})

test('a book of zeros is a book that is not there', () => {
  const [ticker] = bitrue.tickers(
    [bitrueRow({ bidPrice: '0', askPrice: '0' })],
    answerTo('BTCUSDT'),
  )
  expect(ticker).toMatchObject({ last: 73_369.84 })
  expect(ticker).not.toHaveProperty('bid')
  expect(ticker).not.toHaveProperty('ask')
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a price of zero', row: bitrueRow({ lastPrice: '0' }) },
  { name: 'a market that nobody traded for a day', row: bitrueRow({ volume: '0' }) },
  { name: 'a market that was not asked for', row: bitrueRow({ symbol: 'XRP3LUSDT' }) },
])('leaves out $name', ({ row }) => {
  const tickers = bitrue.tickers(
    [row, bitrueRow({ symbol: 'XDCUSDT' })],
    answerTo('BTCUSDT', 'XDCUSDT'),
  )
  expect(tickers.map(({ market }) => market)).toEqual(['XDCUSDT'])
})

test.each([
  {
    body: { msg: 'Too many requests. Please try again later.', success: false },
    code: 'rate-limited',
  },
  { body: { success: false }, code: 'exchange-refused' },
  { body: { success: false, msg: 'Market is closed.' }, code: 'exchange-refused' },
  { body: { code: -1003, msg: 'Too much request weight used.' }, code: 'rate-limited' },
  { body: { code: 1, msg: 'System is under maintenance.' }, code: 'exchange-refused' },
  { body: { success: true }, code: 'unexpected-shape' },
  { body: {}, code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => bitrue.tickers(body, answerTo('BTCUSDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})
