import { expect, test } from 'vitest'
import { upbit } from '../../../src/exchanges/upbit.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { upbitRefusal, upbitRow, upbitTradeTime } from '../../support/exchanges/upbit.ts'

test('asks for its markets separated by commas', () => {
  expect(upbit.request(['USDT-BTC', 'USDT-ETH'])).toEqual({
    path: '/v1/ticker?markets=USDT-BTC,USDT-ETH',
  })
})

test('reads the last trade with its true time, and the volume of 24 hours rather than of today', () => {
  expect(upbit.tickers([upbitRow()], answerTo('USDT-BTC'))).toEqual([
    {
      source: 'upbit',
      market: 'USDT-BTC',
      last: 73_578.655,
      volume: 7.039_353_49,
      observedAtMs: upbitTradeTime,
      observedKind: 'trade',
    },
  ])
})

test('a price as small as an exponent writes it is a price', () => {
  const row: unknown = JSON.parse(
    '{"market":"USDT-PEPE","trade_price":1.124E-5,"acc_trade_volume_24h":2.1E9}',
  )
  expect(upbit.tickers([row], answerTo('USDT-PEPE'))).toMatchObject([
    { last: 0.000_011_24, observedAtMs: receivedAtMs, observedKind: 'received' },
  ])
})

test.each([
  { name: 'a price of zero', row: upbitRow({ trade_price: 0 }) },
  { name: 'a price that is null', row: upbitRow({ trade_price: null }) },
  { name: 'a book that nobody traded for a day', row: upbitRow({ acc_trade_volume_24h: 0 }) },
  { name: 'a book in won', row: upbitRow({ market: 'KRW-BTC' }) },
  { name: 'a row that is null', row: null },
])('leaves out $name', ({ row }) => {
  const tickers = upbit.tickers(
    [row, upbitRow({ market: 'USDT-ETH' })],
    answerTo('USDT-BTC', 'USDT-ETH'),
  )
  expect(tickers.map(({ market }) => market)).toEqual(['USDT-ETH'])
})

test.each([
  { body: upbitRefusal(404, 'Code not found'), code: 'market-refused' },
  { body: upbitRefusal('404', null), code: 'market-refused' },
  { body: upbitRefusal('not_found', 'Code not found'), code: 'market-refused' },
  { body: upbitRefusal('too_many_requests', 'Too many API requests.'), code: 'rate-limited' },
  { body: upbitRefusal(500, 'Internal server error'), code: 'exchange-refused' },
  { body: { error: {} }, code: 'exchange-refused' },
  { body: { error: 'no' }, code: 'unexpected-shape' },
  { body: {}, code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => upbit.tickers(body, answerTo('USDT-BTC'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test.each([
  { header: 'group=ticker; min=573; sec=9', share: 0.1 },
  { header: 'group=ticker; min=573; sec=0', share: 1 },
  { header: 'group=default; min=1800; sec=29', share: 0 },
  { header: 'group=ticker', share: undefined },
  { header: 'sec=soon', share: undefined },
])('$header uses up $share of the limit', ({ header, share }) => {
  const used = upbit.usedShare?.(new Headers({ 'Remaining-Req': header }))
  if (share === undefined) expect(used).toBeUndefined()
  else expect(used).toBeCloseTo(share, 9)
})

test('no header tells nothing of the limit', () => {
  expect(upbit.usedShare?.(new Headers())).toBeUndefined()
})
