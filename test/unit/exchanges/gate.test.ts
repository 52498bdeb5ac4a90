import { expect, test } from 'vitest'
import { gate } from '../../../src/exchanges/gate.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { gateLeveragedRow, gateRow } from '../../support/exchanges/gate.ts'

test('asks for all markets, whichever are wanted', () => {
  expect(gate.request(['BTC_USDT'])).toEqual({ path: '/api/v4/spot/tickers' })
})

test('reads price, book and the volume in base units, and the price of a day ago', () => {
  const body = [gateRow({ currency_pair: 'ETH_USDT' }), gateRow()]
  expect(gate.tickers(body, answerTo('BTC_USDT'))).toEqual([
    {
      source: 'gate',
      market: 'BTC_USDT',
      last: 26_019.8,
      bid: 26_019.7,
      ask: 26_019.9,
      volume: 4_722.912_133_756,
      open24h: expect.closeTo(26_019.8 / 1.0109, 6),
      observedAtMs: receivedAtMs,
      observedKind: 'received',
    },
  ])
})

test.each(['nan', '', null])('a volume of %j is unknown, and the price stands', (volume) => {
  const [ticker] = gate.tickers([gateRow({ base_volume: volume })], answerTo('BTC_USDT'))
  expect(ticker).toMatchObject({ last: 26_019.8 })
  expect(ticker).not.toHaveProperty('volume')
})

test('an empty side of the book is no side', () => {
  const body = [gateRow({ highest_bid: '', lowest_ask: '0' })]
  const [ticker] = gate.tickers(body, answerTo('BTC_USDT'))
  expect(ticker).not.toHaveProperty('bid')
  expect(ticker).not.toHaveProperty('ask')
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a name', row: gateRow({ currency_pair: 7 }) },
  { name: 'a price of zero', row: gateRow({ last: '0' }) },
  { name: 'a price that is no number', row: gateRow({ last: 'nan' }) },
  { name: 'a market that nobody traded for a day', row: gateRow({ base_volume: '0' }) },
  { name: 'a leveraged token', row: gateLeveragedRow() },
])('leaves out $name', ({ row }) => {
  const body = [row, gateRow({ currency_pair: 'ETH_USDT' })]
  const tickers = gate.tickers(body, answerTo('BTC_USDT', 'BTC3L_USDT', 'ETH_USDT'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETH_USDT'])
})

test('a market that comes twice counts once', () => {
  const body = [gateRow(), gateRow({ last: '1' })]
  expect(gate.tickers(body, answerTo('BTC_USDT'))).toMatchObject([{ last: 26_019.8 }])
})

test.each([
  { body: { label: 'TOO_MANY_REQUESTS', message: 'Rate limit' }, code: 'rate-limited' },
  {
    body: { label: 'INVALID_CURRENCY_PAIR', message: 'Invalid currency pair' },
    code: 'exchange-refused',
  },
  { body: { label: 'SERVER_ERROR' }, code: 'exchange-refused' },
  { body: { message: 'no label' }, code: 'unexpected-shape' },
  { body: {}, code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
  { body: 'OK', code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => gate.tickers(body, answerTo('BTC_USDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('tells how much of its limit is used up, where its headers do', () => {
  const headers = new Headers({
    'X-Gate-RateLimit-Limit': '200',
    'X-Gate-RateLimit-Requests-Remain': '150',
  })
  expect(gate.usedShare?.(headers)).toBe(0.25)
  expect(gate.usedShare?.(new Headers())).toBeUndefined()
})
