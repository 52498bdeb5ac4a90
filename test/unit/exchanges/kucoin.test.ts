import { expect, test } from 'vitest'
import { kucoin } from '../../../src/exchanges/kucoin.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { kucoinAnswer, kucoinRow, kucoinTime } from '../../support/exchanges/kucoin.ts'

test('asks for all markets, whichever are wanted', () => {
  expect(kucoin.request(['BTC-USDT', 'ETH-USDT'])).toEqual({ path: '/api/v1/market/allTickers' })
})

test('reads last price, book, volume and the price of a day ago, dated by the snapshot', () => {
  expect(kucoin.tickers(kucoinAnswer(kucoinRow()), answerTo('BTC-USDT'))).toEqual([
    {
      source: 'kucoin',
      market: 'BTC-USDT',
      last: 73_370.1,
      bid: 73_370.1,
      ask: 73_370.2,
      volume: 6_100.5,
      open24h: expect.closeTo(73_370.1 / 1.017, 6),
      observedAtMs: kucoinTime,
      observedKind: 'response',
    },
  ])
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a symbol', row: { last: '1', vol: '1' } },
  { name: 'a halted market, whose price is null', row: kucoinRow({ last: null, vol: null }) },
  { name: 'a price of zero', row: kucoinRow({ last: '0' }) },
  { name: 'a market that nobody traded for a day', row: kucoinRow({ vol: '0' }) },
  { name: 'a leveraged token', row: kucoinRow({ symbol: 'BTC3L-USDT' }) },
  {
    name: 'another market that was renamed to one that was asked for',
    row: kucoinRow({ symbol: 'XBT-USDT', symbolName: 'BTC-USDT' }),
  },
])('leaves out $name', ({ row }) => {
  const body = kucoinAnswer(row, kucoinRow({ symbol: 'ETH-USDT' }))
  const tickers = kucoin.tickers(body, answerTo('BTC-USDT', 'ETH-USDT'))
  expect(tickers.map(({ market }) => market)).toEqual(['ETH-USDT'])
})

test('a renamed market is known by the name that stays', () => {
  const body = kucoinAnswer(kucoinRow({ symbol: 'TON-USDT', symbolName: 'GRAM-USDT' }))
  const tickers = kucoin.tickers(body, answerTo('TON-USDT', 'GRAM-USDT'))
  expect(tickers.map(({ market }) => market)).toEqual(['TON-USDT'])
})

test('a market that comes twice counts once', () => {
  const body = kucoinAnswer(kucoinRow(), kucoinRow({ last: '1' }))
  expect(kucoin.tickers(body, answerTo('BTC-USDT'))).toMatchObject([{ last: 73_370.1 }])
})

test('what is null beside a price is absent', () => {
  const body = kucoinAnswer(kucoinRow({ buy: null, sell: null, vol: null, changeRate: null }))
  expect(kucoin.tickers(body, answerTo('BTC-USDT'))).toEqual([
    {
      source: 'kucoin',
      market: 'BTC-USDT',
      last: 73_370.1,
      observedAtMs: kucoinTime,
      observedKind: 'response',
    },
  ])
})

test.each([undefined, null, 0, 'soon'])('a snapshot of %j is as old as its arrival', (time) => {
  const body = { code: '200000', data: { time, ticker: [kucoinRow()] } }
  expect(kucoin.tickers(body, answerTo('BTC-USDT'))).toMatchObject([
    { observedAtMs: receivedAtMs, observedKind: 'received' },
  ])
})

test.each([
  { body: { code: '429000', msg: 'Too many requests' }, code: 'rate-limited' },
  { body: { code: 429000, msg: 'Too many requests' }, code: 'rate-limited' },
  {
    body: { code: '400302', msg: 'Our services are currently unavailable in the U.S.' },
    code: 'blocked-here',
  },
  { body: { code: '400100', msg: 'symbol not exists' }, code: 'exchange-refused' },
  { body: { code: '503000' }, code: 'exchange-refused' },
  { body: { code: '200000', data: null }, code: 'unexpected-shape' },
  { body: { code: '200000', data: { time: 1, ticker: null } }, code: 'unexpected-shape' },
  { body: { data: { ticker: [] } }, code: 'unexpected-shape' },
  { body: {}, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => kucoin.tickers(body, answerTo('BTC-USDT'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test('tells how much of its pool is used up, where it tells', () => {
  const headers = new Headers({ 'gw-ratelimit-limit': '2000', 'gw-ratelimit-remaining': '1500' })
  expect(kucoin.usedShare?.(headers)).toBe(0.25)
  expect(kucoin.usedShare?.(new Headers())).toBeUndefined()
})
