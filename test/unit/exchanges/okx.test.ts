import { expect, test } from 'vitest'
import { okx } from '../../../src/exchanges/okx.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { okxAnswer, okxRow } from '../../support/exchanges/okx.ts'

test('asks for all spot markets, whichever are wanted', () => {
  expect(okx.request(['BTC-USDT'])).toEqual({ path: '/api/v5/market/tickers?instType=SPOT' })
})

test('reads price, book and the volume in base units, dated by the row', () => {
  const body = okxAnswer(okxRow({ instId: 'ETH-USDT' }), okxRow())
  expect(okx.tickers(body, answerTo('BTC-USDT'))).toEqual([
    {
      source: 'okx',
      market: 'BTC-USDT',
      last: 73_370.1,
      bid: 73_370,
      ask: 73_370.2,
      volume: 7_712.4,
      open24h: 72_100,
      observedAtMs: 1_730_439_018_123,
      observedKind: 'ticker',
    },
  ])
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a name', row: okxRow({ instId: undefined }) },
  { name: 'a market that has not traded yet', row: okxRow({ last: '', vol24h: '0' }) },
  { name: 'a market without a last price', row: okxRow({ last: '' }) },
  { name: 'a market that nobody traded for a day', row: okxRow({ vol24h: '0' }) },
  { name: 'the swap of a market', row: okxRow({ instType: 'SWAP', instId: 'BTC-USDT-SWAP' }) },
])('leaves out $name', ({ row }) => {
  const body = okxAnswer(row, okxRow({ instId: 'ETH-USDT' }))
  const tickers = okx.tickers(body, answerTo('BTC-USDT', 'ETH-USDT'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETH-USDT'])
})

test('a market that comes twice counts once', () => {
  const body = okxAnswer(okxRow(), okxRow({ last: '1' }))
  expect(okx.tickers(body, answerTo('BTC-USDT'))).toMatchObject([{ last: 73_370.1 }])
})

test('an empty side of the book is no side, and an empty time no time', () => {
  const body = okxAnswer(okxRow({ bidPx: '', askPx: '', ts: '' }))
  expect(okx.tickers(body, answerTo('BTC-USDT'))).toEqual([
    {
      source: 'okx',
      market: 'BTC-USDT',
      last: 73_370.1,
      volume: 7_712.4,
      open24h: 72_100,
      observedAtMs: receivedAtMs,
      observedKind: 'received',
    },
  ])
})

test.each([
  { body: { code: '50011', msg: 'Too Many Requests', data: [] }, code: 'rate-limited' },
  { body: { code: '50001', msg: 'Service temporarily unavailable' }, code: 'exchange-refused' },
  { body: { code: '51000', msg: 'Parameter instType error' }, code: 'exchange-refused' },
  { body: { code: '51001', msg: "Instrument ID doesn't exist" }, code: 'exchange-refused' },
  { body: { code: '0', msg: '' }, code: 'unexpected-shape' },
  { body: { code: '0', msg: '', data: {} }, code: 'unexpected-shape' },
  { body: { code: 0, data: [] }, code: 'unexpected-shape' },
  { body: { data: [] }, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => okx.tickers(body, answerTo('BTC-USDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})
