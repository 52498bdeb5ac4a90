import { expect, test } from 'vitest'
import { ask } from '../../../src/exchanges/ask.ts'
import { coinbaseExchange } from '../../../src/exchanges/coinbase-exchange.ts'
import { answerTo, diaryNetwork, jsonResponse, receivedAtMs } from '../../support/exchanges.ts'
import { coinbaseTicker, coinbaseTradeTime } from '../../support/exchanges/coinbase-exchange.ts'

test('asks for one product at a time', () => {
  expect(coinbaseExchange.maxMarkets).toBe(1)
  expect(coinbaseExchange.request(['BTC-USD'])).toEqual({ path: '/products/BTC-USD/ticker' })
})

test('reads price, book and volume of the product that was asked for, dated by its last trade', () => {
  expect(coinbaseExchange.tickers(coinbaseTicker(), answerTo('BTC-USD'))).toEqual([
    {
      source: 'coinbase-exchange',
      market: 'BTC-USD',
      last: 73_367.8,
      bid: 73_360.34,
      ask: 73_369.19,
      volume: 1_207.506_681_51,
      observedAtMs: coinbaseTradeTime,
      observedKind: 'trade',
    },
  ])
})

test.each([
  { time: '2024-10-31T05:30:17.270Z', atMs: coinbaseTradeTime },
  { time: '2024-10-31T05:30:17Z', atMs: coinbaseTradeTime - 270 },
])('reads the time $time', ({ time, atMs }) => {
  const [ticker] = coinbaseExchange.tickers(coinbaseTicker({ time }), answerTo('BTC-USD'))
  expect(ticker).toMatchObject({ observedAtMs: atMs, observedKind: 'trade' })
})

test.each(['', null, undefined, 1_730_439_018, '2024', 'soon', '2024-10-31T05:30:61Z'])(
  'a time of %j is none',
  (time) => {
    const [ticker] = coinbaseExchange.tickers(coinbaseTicker({ time }), answerTo('BTC-USD'))
    expect(ticker).toMatchObject({ observedAtMs: receivedAtMs, observedKind: 'received' })
  },
)

test.each([{ price: '' }, { price: '0' }, { price: null }, { volume: '0' }])(
  'leaves out a product with %j',
  (differing) => {
    expect(coinbaseExchange.tickers(coinbaseTicker(differing), answerTo('BTC-USD'))).toEqual([])
  },
)

test.each([
  { body: { message: 'NotFound' }, code: 'market-refused' },
  { body: { message: 'not found' }, code: 'market-refused' },
  { body: { message: 'Public rate limit exceeded' }, code: 'rate-limited' },
  { body: { message: 'User-Agent header is required.' }, code: 'exchange-refused' },
  { body: { message: 'Internal server error' }, code: 'exchange-refused' },
  { body: {}, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
  { body: 'NotFound', code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => coinbaseExchange.tickers(body, answerTo('BTC-USD'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('a product that is gone is a 404 that costs only itself', async () => {
  const { fetch, diary } = diaryNetwork(({ pathname }) =>
    pathname.includes('GONE')
      ? jsonResponse({ message: 'NotFound' }, { status: 404 })
      : jsonResponse(coinbaseTicker()),
  )
  const products = ['BTC-USD', 'GONE-USD', 'ETH-USD']
  const deps = { fetch, nowMs: () => receivedAtMs, timeoutMs: 1_000 }
  const asked = await ask(coinbaseExchange, products, deps)
  expect(asked.refusedMarkets).toEqual(['GONE-USD'])
  expect(asked.tickers.map(({ market }) => market)).toEqual(['BTC-USD', 'ETH-USD'])
  expect(asked).not.toHaveProperty('failure')
  expect(diary).toHaveLength(3)
})
