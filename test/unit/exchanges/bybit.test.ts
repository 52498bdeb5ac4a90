import { expect, test } from 'vitest'
import { bybit } from '../../../src/exchanges/bybit.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { bybitAnswer, bybitRow } from '../../support/exchanges/bybit.ts'

test('asks for all spot markets, whichever are wanted', () => {
  expect(bybit.request(['BTCUSDT'])).toEqual({ path: '/v5/market/tickers?category=spot' })
})

test('reads price, book and the volume in base units, dated by the answer', () => {
  const body = bybitAnswer(bybitRow({ symbol: 'ETHUSDT' }), bybitRow())
  expect(bybit.tickers(body, answerTo('BTCUSDT'))).toEqual([
    {
      source: 'bybit',
      market: 'BTCUSDT',
      last: 73_371.2,
      bid: 73_371.1,
      ask: 73_371.3,
      volume: 16_800.1,
      open24h: 72_100,
      observedAtMs: 1_730_439_018_972,
      observedKind: 'response',
    },
  ])
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a name', row: bybitRow({ symbol: null }) },
  { name: 'a market that has not traded yet', row: bybitRow({ lastPrice: '0' }) },
  { name: 'a market that has an index and no price', row: bybitRow({ lastPrice: '' }) },
  { name: 'a market that nobody traded for a day', row: bybitRow({ volume24h: '0' }) },
  { name: 'a market that was not asked for', row: bybitRow({ symbol: 'BTC3LUSDT' }) },
])('leaves out $name', ({ row }) => {
  const body = bybitAnswer(row, bybitRow({ symbol: 'ETHUSDT' }))
  const tickers = bybit.tickers(body, answerTo('BTCUSDT', 'ETHUSDT'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETHUSDT'])
})

test('a market that comes twice counts once', () => {
  const body = bybitAnswer(bybitRow(), bybitRow({ lastPrice: '1' }))
  expect(bybit.tickers(body, answerTo('BTCUSDT'))).toMatchObject([{ last: 73_371.2 }])
})

test('an empty index is nothing to us', () => {
  const body = bybitAnswer(bybitRow({ usdIndexPrice: '' }))
  expect(bybit.tickers(body, answerTo('BTCUSDT'))).toMatchObject([{ last: 73_371.2 }])
})

test.each([0, null, undefined])('an answer of the time %j is as old as its arrival', (time) => {
  const body = { ...bybitAnswer(bybitRow()), time }
  const [ticker] = bybit.tickers(body, answerTo('BTCUSDT'))
  expect(ticker).toMatchObject({ observedAtMs: receivedAtMs, observedKind: 'received' })
})

test.each([
  { body: { retCode: 10_006, retMsg: 'Too many visits!', result: {} }, code: 'rate-limited' },
  { body: { retCode: 10_018, retMsg: 'Exceeded the IP Rate Limit.' }, code: 'rate-limited' },
  { body: { retCode: 10_001, retMsg: 'Not supported symbols' }, code: 'exchange-refused' },
  { body: { retCode: 10_016, retMsg: 'Server error.' }, code: 'exchange-refused' },
  { body: { retCode: 0, retMsg: 'OK', result: {} }, code: 'unexpected-shape' },
  { body: { retCode: 0, retMsg: 'OK', result: null }, code: 'unexpected-shape' },
  {
    body: { retCode: 0, retMsg: 'OK', result: { category: 'linear', list: [bybitRow()] } },
    code: 'unexpected-shape',
  },
  { body: { result: { list: [] } }, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => bybit.tickers(body, answerTo('BTCUSDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test.each([
  { retCode: 10_006, retMsg: 'Access too frequent.' },
  { ret_code: 403, ret_msg: 'access too frequent' },
  { message: '403, access too frequent, please try again later' },
])('%j is a ban of ten minutes', (body) => {
  expect(() => bybit.tickers(body, answerTo('BTCUSDT'))).toThrow(
    expect.objectContaining({ code: 'rate-limited', retryAfterMs: 600_000 }),
  )
})

test('tells how much of its limit is used up, where its headers do', () => {
  const headers = new Headers({ 'X-Bapi-Limit': '50', 'X-Bapi-Limit-Status': '40' })
  expect(bybit.usedShare?.(headers)).toBeCloseTo(0.2, 12)
  expect(bybit.usedShare?.(new Headers())).toBeUndefined()
})
