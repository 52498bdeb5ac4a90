import { expect, test } from 'vitest'
import { bitget } from '../../../src/exchanges/bitget.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { bitgetAnswer, bitgetRow } from '../../support/exchanges/bitget.ts'

test('asks for all markets, whichever are wanted', () => {
  expect(bitget.request(['BTCUSDT', 'ETHUSDT'])).toEqual({ path: '/api/v2/spot/market/tickers' })
})

test('reads last price, book, volume and the price of a day ago, dated by the row', () => {
  expect(bitget.tickers(bitgetAnswer(bitgetRow()), answerTo('BTCUSDT'))).toEqual([
    {
      source: 'bitget',
      market: 'BTCUSDT',
      last: 37_583.69,
      bid: 37_583.68,
      ask: 37_583.69,
      volume: 13_907.038_6,
      open24h: 37_202.46,
      observedAtMs: 1_730_439_018_261,
      observedKind: 'ticker',
    },
  ])
})

test.each(['0', '', null, undefined])('a row dated %j is as old as its arrival', (ts) => {
  const tickers = bitget.tickers(bitgetAnswer(bitgetRow({ ts })), answerTo('BTCUSDT'))
  expect(tickers).toMatchObject([{ observedAtMs: receivedAtMs, observedKind: 'received' }])
})

test.each([
  { name: 'a bid of "0", as in the documents’ own sample', row: { bidPr: '0' }, side: 'bid' },
  { name: 'an ask that is null', row: { askPr: null }, side: 'ask' },
])('$name is a side that is not there', ({ row, side }) => {
  const [ticker] = bitget.tickers(bitgetAnswer(bitgetRow(row)), answerTo('BTCUSDT'))
  expect(ticker).toMatchObject({ last: 37_583.69 })
  expect(ticker).not.toHaveProperty(side)
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a symbol', row: { lastPr: '1', baseVolume: '1' } },
  { name: 'a price of zero', row: bitgetRow({ lastPr: '0' }) },
  { name: 'an empty price', row: bitgetRow({ lastPr: '' }) },
  { name: 'a market that nobody traded for a day', row: bitgetRow({ baseVolume: '0' }) },
  { name: 'a market that was not asked for', row: bitgetRow({ symbol: 'BTCUSDC' }) },
])('leaves out $name', ({ row }) => {
  const body = bitgetAnswer(row, bitgetRow({ symbol: 'ETHUSDT' }))
  const tickers = bitget.tickers(body, answerTo('BTCUSDT', 'ETHUSDT'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETHUSDT'])
})

test('a market that comes twice counts once', () => {
  const body = bitgetAnswer(bitgetRow(), bitgetRow({ lastPr: '1' }))
  expect(bitget.tickers(body, answerTo('BTCUSDT'))).toMatchObject([{ last: 37_583.69 }])
})

test.each([
  { body: { code: '429', msg: 'Too Many Requests', data: null }, code: 'rate-limited' },
  { body: { code: 429, msg: 'Too Many Requests' }, code: 'rate-limited' },
  { body: { code: '40034', msg: 'Parameter X does not exist' }, code: 'exchange-refused' },
  { body: { code: '40309', msg: 'The symbol has been removed' }, code: 'exchange-refused' },
  { body: { code: '40725' }, code: 'exchange-refused' },
  { body: { code: '00000', msg: 'success', data: null }, code: 'unexpected-shape' },
  { body: { code: '00000', msg: 'success' }, code: 'unexpected-shape' },
  { body: { data: [] }, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => bitget.tickers(body, answerTo('BTCUSDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})
