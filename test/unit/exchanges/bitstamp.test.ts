import { expect, test } from 'vitest'
import { bitstamp } from '../../../src/exchanges/bitstamp.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { bitstampRow } from '../../support/exchanges/bitstamp.ts'

test('asks for all markets, whichever are wanted', () => {
  expect(bitstamp.request(['BTC/USD'])).toEqual({ path: '/api/v2/ticker/' })
})

test('reads price, book, volume and the price of a day ago rather than of midnight', () => {
  const body = [bitstampRow({ pair: 'ETH/USD' }), bitstampRow()]
  expect(bitstamp.tickers(body, answerTo('BTC/USD'))).toEqual([
    {
      source: 'bitstamp',
      market: 'BTC/USD',
      last: 73_285,
      bid: 73_353,
      ask: 73_367,
      volume: 135.296_920_54,
      open24h: 72_144,
      observedAtMs: 1_730_439_018_000,
      observedKind: 'response',
    },
  ])
})

test('its seconds may be a number, and are never those of a trade', () => {
  const [ticker] = bitstamp.tickers(
    [bitstampRow({ timestamp: 1_730_439_010 })],
    answerTo('BTC/USD'),
  )
  expect(ticker).toMatchObject({ observedAtMs: 1_730_439_010_000, observedKind: 'response' })
})

test.each(['', '0', null, 'now', 1_730_439_018_472])(
  'a time of %j is no time in seconds',
  (timestamp) => {
    const [ticker] = bitstamp.tickers([bitstampRow({ timestamp })], answerTo('BTC/USD'))
    expect(ticker).toMatchObject({ observedAtMs: receivedAtMs, observedKind: 'received' })
  },
)

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a name', row: bitstampRow({ pair: undefined }) },
  { name: 'a price of zero', row: bitstampRow({ last: '0' }) },
  {
    name: 'a dead market, which looks as fresh as the others',
    row: bitstampRow({ volume: '0.00000000' }),
  },
  { name: 'the perpetual of a market', row: bitstampRow({ pair: 'BTC/USD-PERP' }) },
])('leaves out $name', ({ row }) => {
  const body = [row, bitstampRow({ pair: 'ETH/USD' })]
  const tickers = bitstamp.tickers(body, answerTo('BTC/USD', 'ETH/USD'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETH/USD'])
})

test('a market that comes twice counts once', () => {
  const body = [bitstampRow(), bitstampRow({ last: '1' })]
  expect(bitstamp.tickers(body, answerTo('BTC/USD'))).toMatchObject([{ last: 73_285 }])
})

test.each([
  {
    body: { status: 'error', reason: 'Request rate limit exceeded.', code: '400.002' },
    code: 'rate-limited',
  },
  { body: { error: 'Too many requests' }, code: 'rate-limited' },
  { body: { status: 'error', reason: { __all__: ['Down.'] } }, code: 'exchange-refused' },
  { body: { status: 'error' }, code: 'exchange-refused' },
  { body: { error: 'Invalid request.' }, code: 'exchange-refused' },
  { body: { status: 'ok' }, code: 'unexpected-shape' },
  { body: {}, code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
  { body: 'Not found', code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => bitstamp.tickers(body, answerTo('BTC/USD'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('hands on the words of a reason that is sorted by fields', () => {
  const body = { status: 'error', reason: { __all__: ['Down.'], pair: ['Unknown.'] } }
  expect(() => bitstamp.tickers(body, answerTo('BTC/USD'))).toThrow(
    'Bitstamp refused with Down. Unknown.',
  )
})
