import { expect, test } from 'vitest'
import { mexc } from '../../../src/exchanges/mexc.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { mexcRow } from '../../support/exchanges/mexc.ts'

test('asks for all markets, whichever are wanted', () => {
  expect(mexc.request(['BTCUSDT', 'ETHUSDT'])).toEqual({ path: '/api/v3/ticker/24hr' })
})

test('reads last price, book, volume and the price of a day ago, dated by the row', () => {
  expect(mexc.tickers([mexcRow()], answerTo('BTCUSDT'))).toEqual([
    {
      source: 'mexc',
      market: 'BTCUSDT',
      last: 73_397.77,
      bid: 73_369.83,
      ask: 73_369.84,
      volume: 7_729.258_925,
      open24h: 72_149.26,
      observedAtMs: 1_730_439_018_472,
      observedKind: 'ticker',
    },
  ])
})

test('what it leaves null or empty is not needed', () => {
  const body = [mexcRow({ quoteVolume: null, count: null, lastQty: '', openPrice: null })]
  const [ticker] = mexc.tickers(body, answerTo('BTCUSDT'))
  expect(ticker).toMatchObject({ last: 73_397.77, volume: 7_729.258_925 })
  expect(ticker).not.toHaveProperty('open24h')
})

test.each([0, '0', null])('a row dated %j is as old as its arrival', (closeTime) => {
  expect(mexc.tickers([mexcRow({ closeTime })], answerTo('BTCUSDT'))).toMatchObject([
    { observedAtMs: receivedAtMs, observedKind: 'received' },
  ])
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a dead market', row: mexcRow({ lastPrice: '0', closeTime: '0' }) },
  { name: 'a market that nobody traded for a day', row: mexcRow({ volume: '0' }) },
  { name: 'a market that was not asked for', row: mexcRow({ symbol: 'GMTUSDT' }) },
])('leaves out $name', ({ row }) => {
  const tickers = mexc.tickers(
    [row, mexcRow({ symbol: 'ETHUSDT' })],
    answerTo('BTCUSDT', 'ETHUSDT'),
  )
  expect(tickers.map(({ market }) => market)).toEqual(['ETHUSDT'])
})

test.each([
  { body: { code: 429, msg: 'Too many requests' }, code: 'rate-limited' },
  { body: { code: -1003, msg: 'Too much request weight used.' }, code: 'rate-limited' },
  { body: { code: 403, msg: 'Access Denied' }, code: 'blocked-here' },
  { body: { code: 500 }, code: 'exchange-refused' },
  { body: { code: -1100, msg: 'Illegal characters found.' }, code: 'exchange-refused' },
  { body: {}, code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
  { body: 'OK', code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => mexc.tickers(body, answerTo('BTCUSDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})
