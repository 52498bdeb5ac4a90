import { describe, expect, test } from 'vitest'
import { binanceTickers, usedWeightShare } from '../../../src/exchanges/binance-shape.ts'
import { answerTo, binanceRow, receivedAtMs } from '../../support/exchanges.ts'

const venue = { source: 'copy', title: 'The Copy' }

test('reads few markets out of many, in the order of the answer', () => {
  const others = Array.from({ length: 50 }, (_, i) => binanceRow({ symbol: `C${i}USDT` }))
  const body = [binanceRow({ symbol: 'ETHUSDT' }), ...others, binanceRow()]
  const tickers = binanceTickers(venue, body, answerTo('BTCUSDT', 'ETHUSDT'))
  expect(tickers.map(({ source, market }) => `${source} ${market}`)).toEqual([
    'copy ETHUSDT',
    'copy BTCUSDT',
  ])
})

test('the end of the day that a row covers may be the time of the answer only', () => {
  const of = { ...venue, closeTimeOf: 'response' } as const
  const [ticker] = binanceTickers(of, [binanceRow()], answerTo('BTCUSDT'))
  expect(ticker).toMatchObject({ observedAtMs: 1_730_439_018_472, observedKind: 'response' })
})

test('without an end of the day a ticker is of when it was received', () => {
  const [ticker] = binanceTickers(venue, [binanceRow({ closeTime: 0 })], answerTo('BTCUSDT'))
  expect(ticker).toMatchObject({ observedAtMs: receivedAtMs, observedKind: 'received' })
})

test.each([
  { body: { code: -1121 }, message: 'The Copy refused with -1121: no reason' },
  { body: { code: -1003, msg: null }, message: 'The Copy refused with -1003: no reason' },
  { body: { code: -1, msg: 'x'.repeat(300) }, message: expect.stringMatching(/: x{200}$/) },
  { body: { code: '-1121' }, message: 'The Copy answered no list of tickers.' },
])('says of $body.code who refused, and why', ({ body, message }) => {
  expect(() => binanceTickers(venue, body, answerTo('BTCUSDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', message }),
  )
})

describe('usedWeightShare', () => {
  test.each([
    { used: '0', share: 0 },
    { used: '1500', share: 0.25 },
    { used: '6000', share: 1 },
    { used: '9000', share: 1.5 },
  ])('$used of 6000 is $share', ({ used, share }) => {
    const headers = new Headers({ 'x-mbx-used-weight-1m': used })
    expect(usedWeightShare(headers, 6_000)).toBe(share)
  })

  test.each(['', '-1', 'many', undefined])('%j tells nothing', (used) => {
    const headers = new Headers(used === undefined ? {} : { 'X-MBX-USED-WEIGHT-1M': used })
    expect(usedWeightShare(headers, 6_000)).toBeUndefined()
  })
})
