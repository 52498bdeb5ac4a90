import { expect, test } from 'vitest'
import { cryptoCom } from '../../../src/exchanges/crypto-com.ts'
import { answerTo } from '../../support/exchanges.ts'
import { cryptoComAnswer, cryptoComRow, cryptoComTime } from '../../support/exchanges/crypto-com.ts'

test('asks for all instruments, whichever are wanted', () => {
  expect(cryptoCom.request(['BTC_USD', 'ETH_USD'])).toEqual({ path: '/public/get-tickers' })
})

test('reads last price, book, base volume and date, and the price of a day ago', () => {
  expect(cryptoCom.tickers(cryptoComAnswer(cryptoComRow()), answerTo('BTC_USD'))).toEqual([
    {
      source: 'crypto.com',
      market: 'BTC_USD',
      last: 30_446,
      bid: 30_442,
      ask: 30_447.66,
      volume: 1_767.8734,
      open24h: expect.closeTo(30_446 / 1.0583, 6),
      observedAtMs: cryptoComTime,
      observedKind: 'ticker',
    },
  ])
})

test.each([
  { name: 'null for a last price', differing: { a: null } },
  { name: 'a price of zero', differing: { a: '0' } },
  { name: 'a dead market that prints its last price', differing: { a: '20100.0', v: '0' } },
  { name: 'a perpetual', differing: { i: 'BTCUSD-PERP' } },
  { name: 'a row without a name', differing: { i: null } },
])('leaves out $name', ({ differing }) => {
  const body = cryptoComAnswer(cryptoComRow(differing), null, cryptoComRow({ i: 'ETH_USD' }))
  const tickers = cryptoCom.tickers(body, answerTo('BTC_USD', 'ETH_USD'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETH_USD'])
})

test('a side that is null is no side, and an unknown change tells nothing of a day ago', () => {
  const body = cryptoComAnswer(cryptoComRow({ b: null, k: null, c: null }))
  const [ticker] = cryptoCom.tickers(body, answerTo('BTC_USD'))
  expect(ticker).toMatchObject({ last: 30_446 })
  expect(ticker).not.toHaveProperty('bid')
  expect(ticker).not.toHaveProperty('ask')
  expect(ticker).not.toHaveProperty('open24h')
})

test('a market that comes twice counts once', () => {
  const body = cryptoComAnswer(cryptoComRow(), cryptoComRow({ a: '1' }))
  expect(cryptoCom.tickers(body, answerTo('BTC_USD'))).toMatchObject([{ last: 30_446 }])
})

test.each([
  { body: { id: -1, code: 42_901, message: 'TOO_MANY_REQUESTS' }, code: 'rate-limited' },
  { body: { code: 9_010_001, message: 'SYSTEM_MAINTENANCE' }, code: 'exchange-refused' },
  { body: { code: 30_003, message: 'bad symbol' }, code: 'exchange-refused' },
  { body: { code: 50_001 }, code: 'exchange-refused' },
  { body: { code: 0 }, code: 'unexpected-shape' },
  { body: { code: 0, result: { data: null } }, code: 'unexpected-shape' },
  { body: { code: 'no' }, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => cryptoCom.tickers(body, answerTo('BTC_USD'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('a refusal keeps the words of the exchange', () => {
  const body = { code: 9_010_001, message: 'SYSTEM_MAINTENANCE' }
  expect(() => cryptoCom.tickers(body, answerTo('BTC_USD'))).toThrow(
    'Crypto.com refused with 9010001: SYSTEM_MAINTENANCE',
  )
})
