import { expect, test } from 'vitest'
import { digifinex } from '../../../src/exchanges/digifinex.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { digifinexAnswer, digifinexRow } from '../../support/exchanges/digifinex.ts'

test('asks for all markets, whichever are wanted', () => {
  expect(digifinex.request(['btc_usdt', 'eth_usdt'])).toEqual({ path: '/v3/ticker' })
})

test('reads base volume out of `vol`, and the answer’s date in seconds', () => {
  expect(digifinex.tickers(digifinexAnswer(digifinexRow()), answerTo('btc_usdt'))).toEqual([
    {
      source: 'digifinex',
      market: 'btc_usdt',
      last: 73_374.31,
      bid: 73_368.2,
      ask: 73_368.21,
      volume: 19_018.837_25,
      open24h: expect.closeTo(73_374.31 / 1.0171, 6),
      observedAtMs: 1_730_439_018_000,
      observedKind: 'response',
    },
  ])
})

test.each([undefined, null, '', 0, 1_730_439_018_472])(
  'a date of %j is none in seconds: the answer is as old as its arrival',
  (date) => {
    const body = { ticker: [digifinexRow()], date, code: 0 }
    expect(digifinex.tickers(body, answerTo('btc_usdt'))).toMatchObject([
      { observedAtMs: receivedAtMs, observedKind: 'received' },
    ])
  },
)

test.each([-100, -250, null, 'n/a'])('a change of %j tells nothing of a day ago', (change) => {
  const [ticker] = digifinex.tickers(
    digifinexAnswer(digifinexRow({ change })),
    answerTo('btc_usdt'),
  )
  expect(ticker).toMatchObject({ last: 73_374.31 })
  expect(ticker).not.toHaveProperty('open24h')
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a symbol', row: { last: 1, vol: 1 } },
  { name: 'a price of zero', row: digifinexRow({ last: 0 }) },
  {
    name: 'a market without volume of the base, whatever the other says',
    row: digifinexRow({ vol: 0 }),
  },
  { name: 'a market that was not asked for', row: digifinexRow({ symbol: 'BTC_USDT' }) },
])('leaves out $name', ({ row }) => {
  const body = digifinexAnswer(row, digifinexRow({ symbol: 'eth_usdt' }))
  const tickers = digifinex.tickers(body, answerTo('btc_usdt', 'eth_usdt'))
  expect(tickers.map(({ market }) => market)).toEqual(['eth_usdt'])
})

test('a market that comes twice counts once', () => {
  const body = digifinexAnswer(digifinexRow(), digifinexRow({ last: 1 }))
  expect(digifinex.tickers(body, answerTo('btc_usdt'))).toMatchObject([{ last: 73_374.31 }])
})

test.each([undefined, '0'])('a code of %j beside a list is a good answer', (code) => {
  const body = { ticker: [digifinexRow()], date: 1_730_439_018, code }
  expect(digifinex.tickers(body, answerTo('btc_usdt'))).toHaveLength(1)
})

test.each([
  { body: { code: 10005 }, code: 'rate-limited' },
  { body: { code: '10005', msg: 'too fast' }, code: 'rate-limited' },
  { body: { code: 20020 }, code: 'rate-limited' },
  { body: { code: 20019 }, code: 'exchange-refused' },
  { body: { code: 50000, ticker: [] }, code: 'exchange-refused' },
  { body: { code: 0, date: 1 }, code: 'unexpected-shape' },
  { body: { code: 0, ticker: null }, code: 'unexpected-shape' },
  { body: {}, code: 'unexpected-shape' },
  { body: [], code: 'unexpected-shape' },
  { body: 'OK', code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => digifinex.tickers(body, answerTo('btc_usdt'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})
