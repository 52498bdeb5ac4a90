import { expect, test } from 'vitest'
import { coinbase } from '../../../src/exchanges/coinbase.ts'
import { answerTo, coinbaseAnswer, coinbaseProduct, receivedAtMs } from '../../support/exchanges.ts'

test('asks for many products in one request, past the cache', () => {
  expect(coinbase.request(['BTC-USD', 'ETH-USD'])).toEqual({
    path: '/api/v3/brokerage/market/products?product_ids=BTC-USD&product_ids=ETH-USD',
    headers: { 'Cache-Control': 'no-cache' },
  })
})

test('reads price and volume, and the price of a day ago out of the change', () => {
  const body = coinbaseAnswer(coinbaseProduct())
  const tickers = coinbase.tickers(body, answerTo('BTC-USD'))
  expect(tickers).toEqual([
    {
      source: 'coinbase',
      market: 'BTC-USD',
      last: 68_923.67,
      volume: 15_328.12,
      open24h: expect.closeTo(68_923.67 / 0.955, 6),
      observedAtMs: receivedAtMs,
      observedKind: 'received',
    },
  ])
})

test.each(['', '-100', '-250', null, undefined])(
  'a change of %j tells nothing of a day ago',
  (change) => {
    const body = coinbaseAnswer(coinbaseProduct({ price_percentage_change_24h: change }))
    const [ticker] = coinbase.tickers(body, answerTo('BTC-USD'))
    expect(ticker).toMatchObject({ last: 68_923.67 })
    expect(ticker).not.toHaveProperty('open24h')
  },
)

test.each([
  { price: '' },
  { price: '0' },
  { volume_24h: '0' },
  { is_disabled: true },
  { trading_disabled: true },
  { view_only: true },
  { auction_mode: true },
  { cancel_only: true },
  { status: 'delisted' },
  { product_id: 'BTC-USDC' },
  { product_id: null },
])('leaves out a product with %j', (differing) => {
  const body = coinbaseAnswer(
    coinbaseProduct(differing),
    coinbaseProduct({ product_id: 'ETH-USD' }),
  )
  const tickers = coinbase.tickers(body, answerTo('BTC-USD', 'ETH-USD'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETH-USD'])
})

test.each([
  {
    body: { error: 'NOT_FOUND', error_details: 'valid product not found', message: '' },
    code: 'market-refused',
  },
  {
    body: { error: 'INVALID_ARGUMENT', error_details: 'invalid product_id', message: '' },
    code: 'market-refused',
  },
  { body: { message: 'Public rate limit exceeded' }, code: 'rate-limited' },
  { body: { error: 'unknown', message: 'something else' }, code: 'exchange-refused' },
  { body: {}, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: { products: null }, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => coinbase.tickers(body, answerTo('BTC-USD'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})
