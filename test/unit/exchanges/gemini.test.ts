import { expect, test } from 'vitest'
import { gemini } from '../../../src/exchanges/gemini.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { geminiPrice } from '../../support/exchanges/gemini.ts'

test('asks for the prices of all pairs, whichever are wanted', () => {
  expect(gemini.request(['BTCUSD', 'ETHUSD'])).toEqual({ path: '/v1/pricefeed' })
})

test('reads the price, which is all that it says, and nothing out of the change', () => {
  expect(gemini.tickers([geminiPrice()], answerTo('BTCUSD'))).toEqual([
    {
      source: 'gemini',
      market: 'BTCUSD',
      last: 73_360.1,
      observedAtMs: receivedAtMs,
      observedKind: 'received',
    },
  ])
})

test.each([
  { name: 'a price of zero', row: geminiPrice({ price: '0' }) },
  { name: 'an empty price', row: geminiPrice({ price: '' }) },
  { name: 'a price that is missing', row: { pair: 'BTCUSD' } },
  { name: 'a perpetual', row: geminiPrice({ pair: 'BTCGUSDPERP' }) },
  { name: 'a row that is null', row: null },
])('leaves out $name', ({ row }) => {
  const body = [row, geminiPrice({ pair: 'ETHUSD' })]
  const tickers = gemini.tickers(body, answerTo('BTCUSD', 'ETHUSD'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETHUSD'])
})

test('a pair that comes twice counts once', () => {
  const body = [geminiPrice(), geminiPrice({ price: '1' })]
  expect(gemini.tickers(body, answerTo('BTCUSD'))).toMatchObject([{ last: 73_360.1 }])
})

function refusal(reason: unknown, message: unknown) {
  return { result: 'error', reason, message }
}

test.each([
  { body: refusal('RateLimit', 'too frequent'), code: 'rate-limited' },
  { body: refusal('RateLimited', 'too frequent'), code: 'rate-limited' },
  { body: refusal('Maintenance', 'back soon'), code: 'exchange-refused' },
  { body: refusal(undefined, null), code: 'exchange-refused' },
  { body: { result: 'ok' }, code: 'unexpected-shape' },
  { body: {}, code: 'unexpected-shape' },
  { body: 'ok', code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => gemini.tickers(body, answerTo('BTCUSD'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('a refusal keeps the words of the exchange', () => {
  const body = refusal('Maintenance', 'back soon')
  expect(() => gemini.tickers(body, answerTo('BTCUSD'))).toThrow(
    'Gemini refused with Maintenance: back soon',
  )
})
