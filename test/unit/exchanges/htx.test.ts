import { expect, test } from 'vitest'
import { htx } from '../../../src/exchanges/htx.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { htxAnswer, htxRow, htxTime } from '../../support/exchanges/htx.ts'

test('asks for all markets, whichever are wanted', () => {
  expect(htx.request(['btcusdt', 'ethusdt'])).toEqual({ path: '/market/tickers' })
})

test('reads last price, book and base volume, dated by the answer, without the day’s open', () => {
  expect(htx.tickers(htxAnswer(htxRow()), answerTo('btcusdt'))).toEqual([
    {
      source: 'htx',
      market: 'btcusdt',
      last: 73_370.2,
      bid: 73_370.1,
      ask: 73_370.2,
      volume: 9_021.1,
      observedAtMs: htxTime,
      observedKind: 'response',
    },
  ])
})

test('reads numbers with an exponent and with 20 decimals', () => {
  const text =
    '{"symbol":"pepeusdt","close":5.313E-5,"amount":2.3822168242201668E8,"bid":0.00005312999999999999,"ask":5.314E-5}'
  const row: unknown = JSON.parse(text)
  expect(htx.tickers(htxAnswer(row), answerTo('pepeusdt'))).toMatchObject([
    {
      last: 0.000_053_13,
      bid: 0.000_053_129_999_999_999_99,
      ask: 0.000_053_14,
      volume: 238_221_682.422_016_68,
    },
  ])
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a symbol', row: { close: 1, amount: 1 } },
  { name: 'a price of zero', row: htxRow({ close: 0 }) },
  { name: 'a price that is null', row: htxRow({ close: null }) },
  { name: 'a market that nobody traded for a day', row: htxRow({ amount: 0, vol: 0 }) },
  { name: 'a market that was not asked for', row: htxRow({ symbol: 'btc3lusdt' }) },
])('leaves out $name', ({ row }) => {
  const body = htxAnswer(row, htxRow({ symbol: 'ethusdt' }))
  const tickers = htx.tickers(body, answerTo('btcusdt', 'ethusdt'))
  expect(tickers.map(({ market }) => market)).toEqual(['ethusdt'])
})

test('an empty book beside a price is a book that is not there', () => {
  const body = htxAnswer(htxRow({ bid: 0, ask: 0 }))
  const [ticker] = htx.tickers(body, answerTo('btcusdt'))
  expect(ticker).toMatchObject({ last: 73_370.2 })
  expect(ticker).not.toHaveProperty('bid')
  expect(ticker).not.toHaveProperty('ask')
})

test('a market that comes twice counts once', () => {
  const body = htxAnswer(htxRow(), htxRow({ close: 1 }))
  expect(htx.tickers(body, answerTo('btcusdt'))).toMatchObject([{ last: 73_370.2 }])
})

test('an answer without a time is as old as its arrival', () => {
  expect(htx.tickers({ status: 'ok', data: [htxRow()] }, answerTo('btcusdt'))).toMatchObject([
    { observedAtMs: receivedAtMs, observedKind: 'received' },
  ])
})

function refusal(code: unknown, message: unknown) {
  return { status: 'error', 'err-code': code, 'err-msg': message, data: null }
}

test.each([
  { body: refusal('too-many-requests', 'slow down'), code: 'rate-limited' },
  { body: refusal('bad-request', 'request limit'), code: 'rate-limited' },
  { body: refusal('invalid-parameter', 'invalid symbol'), code: 'exchange-refused' },
  { body: refusal('system-maintenance', ''), code: 'exchange-refused' },
  { body: refusal(1003, null), code: 'exchange-refused' },
  { body: { status: 'error' }, code: 'unexpected-shape' },
  { body: { status: 'ok', ts: htxTime }, code: 'unexpected-shape' },
  { body: { status: 'ok', data: {} }, code: 'unexpected-shape' },
  { body: { data: [] }, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: 'ok', code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => htx.tickers(body, answerTo('btcusdt'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('a refusal keeps the words of the exchange', () => {
  const body = refusal('system-maintenance', 'Back at noon')
  expect(() => htx.tickers(body, answerTo('btcusdt'))).toThrow(
    'HTX refused with system-maintenance: Back at noon',
  )
})
