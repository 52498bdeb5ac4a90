import { expect, test } from 'vitest'
import { kraken } from '../../../src/exchanges/kraken.ts'
import {
  answerTo,
  krakenAnswer,
  krakenPair,
  krakenRefusal,
  receivedAtMs,
} from '../../support/exchanges.ts'

test('asks for its pairs separated by commas', () => {
  expect(kraken.request(['XBTUSD', 'ETHUSD'])).toEqual({
    path: '/0/public/Ticker?pair=XBTUSD,ETHUSD',
  })
})

test('reads last price and book, and the volume of 24 hours rather than of today', () => {
  const body = krakenAnswer({ XXBTZUSD: krakenPair() })
  expect(kraken.tickers(body, answerTo('XBTUSD'))).toEqual([
    {
      source: 'kraken',
      market: 'XBTUSD',
      last: 73_380.6,
      bid: 73_380.6,
      ask: 73_380.7,
      volume: 598.04,
      observedAtMs: receivedAtMs,
      observedKind: 'received',
    },
  ])
})

test.each([
  ['XBTUSD', 'XXBTZUSD'],
  ['ETHUSD', 'XETHZUSD'],
  ['XRPUSD', 'XXRPZUSD'],
  ['XLMUSD', 'XXLMZUSD'],
  ['USDTUSD', 'USDTZUSD'],
  ['XDGUSD', 'XDGUSD'],
  ['SOLUSD', 'SOLUSD'],
  ['USDCUSDT', 'USDCUSDT'],
])('%s is answered as %s', (market, name) => {
  const body = krakenAnswer({ [name]: krakenPair(), OTHERUSD: krakenPair() })
  expect(kraken.tickers(body, answerTo(market))).toMatchObject([{ market }])
})

test.each([
  { name: 'a pair that is not in the answer', pair: undefined },
  { name: 'a pair that is null', pair: null },
  { name: 'a pair without a last trade', pair: krakenPair({ c: [] }) },
  { name: 'a price of zero', pair: krakenPair({ c: ['0.00000', '0'] }) },
  { name: 'a pair that nobody traded for a day', pair: krakenPair({ v: ['0', '0.00000000'] }) },
])('leaves out $name', ({ pair }) => {
  const body = krakenAnswer({ ADAUSD: pair, XETHZUSD: krakenPair() })
  const tickers = kraken.tickers(body, answerTo('ADAUSD', 'ETHUSD'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETHUSD'])
})

test('a warning beside a result is no refusal', () => {
  const body = { ...krakenAnswer({ ADAUSD: krakenPair() }), error: ['WGeneral:Deprecated'] }
  expect(kraken.tickers(body, answerTo('ADAUSD'))).toHaveLength(1)
})

test.each([
  { body: krakenRefusal('EQuery:Unknown asset pair'), code: 'market-refused' },
  { body: krakenRefusal('EAPI:Rate limit exceeded'), code: 'rate-limited' },
  { body: krakenRefusal('EGeneral:Too many requests'), code: 'rate-limited' },
  { body: krakenRefusal('EService:Unavailable'), code: 'exchange-refused' },
  { body: krakenRefusal('EService:Busy'), code: 'exchange-refused' },
  { body: { error: [] }, code: 'unexpected-shape' },
  { body: { result: {} }, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => kraken.tickers(body, answerTo('XBTUSD'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})
