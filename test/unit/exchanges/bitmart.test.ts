import { expect, test } from 'vitest'
import { bitmart } from '../../../src/exchanges/bitmart.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { bitmartAnswer, bitmartRow, bitmartTime } from '../../support/exchanges/bitmart.ts'

test('asks for all pairs, whichever are wanted', () => {
  expect(bitmart.request(['BTC_USDT', 'ETH_USDT'])).toEqual({
    path: '/spot/quotation/v3/tickers',
  })
})

test('reads a row by its places', () => {
  expect(bitmart.tickers(bitmartAnswer(bitmartRow()), answerTo('BTC_USDT'))).toEqual([
    {
      source: 'bitmart',
      market: 'BTC_USDT',
      last: 30_000,
      bid: 30_000,
      ask: 30_000.1,
      volume: 582.080_66,
      open24h: 28_596.3,
      observedAtMs: bitmartTime,
      observedKind: 'ticker',
    },
  ])
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row that ends after its name', row: ['BTC_USDT'] },
  { name: 'an empty price', row: bitmartRow({ last: '' }) },
  { name: 'a price of zero', row: bitmartRow({ last: '0' }) },
  { name: 'a pair that nobody traded for a day', row: bitmartRow({ volume: '0' }) },
  { name: 'a leveraged token', row: bitmartRow({ symbol: 'BTC3L_USDT' }) },
])('leaves out $name', ({ row }) => {
  const body = bitmartAnswer(row, bitmartRow({ symbol: 'ETH_USDT' }))
  const tickers = bitmart.tickers(body, answerTo('BTC_USDT', 'ETH_USDT'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETH_USDT'])
})

test('an empty book beside a price is a book that is not there', () => {
  const body = bitmartAnswer(bitmartRow({ bid: '0', ask: '', time: null }))
  const [ticker] = bitmart.tickers(body, answerTo('BTC_USDT'))
  expect(ticker).toMatchObject({ last: 30_000, observedAtMs: receivedAtMs })
  expect(ticker).not.toHaveProperty('bid')
  expect(ticker).not.toHaveProperty('ask')
})

test.each([
  { body: { code: 30_013, message: 'Request too many requests' }, code: 'rate-limited' },
  { body: { code: 30_010, message: 'IP is forbidden' }, code: 'blocked-here' },
  { body: { code: 30_014, message: 'Service unavailable' }, code: 'exchange-refused' },
  { body: { code: 50_000 }, code: 'exchange-refused' },
  { body: { code: 1_000 }, code: 'unexpected-shape' },
  { body: { code: 1_000, data: {} }, code: 'unexpected-shape' },
  { body: { data: [] }, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => bitmart.tickers(body, answerTo('BTC_USDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('a refusal keeps the words of the exchange', () => {
  const body = { code: 30_014, message: 'Service unavailable' }
  expect(() => bitmart.tickers(body, answerTo('BTC_USDT'))).toThrow(
    'BitMart refused with 30014: Service unavailable',
  )
})
