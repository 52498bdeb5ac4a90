import { expect, test } from 'vitest'
import { bitfinex } from '../../../src/exchanges/bitfinex.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { bitfinexFundingRow, bitfinexRow } from '../../support/exchanges/bitfinex.ts'

test('asks for its markets separated by commas, the colons in them encoded', () => {
  expect(bitfinex.request(['tBTCUSD', 'tAVAX:USD'])).toEqual({
    path: '/v2/tickers?symbols=tBTCUSD,tAVAX%3AUSD',
  })
})

test('reads price, book, volume and the price of a day ago by their places', () => {
  const body = [bitfinexRow({ name: 'tUSTUSD' }), bitfinexRow()]
  expect(bitfinex.tickers(body, answerTo('tBTCUSD'))).toEqual([
    {
      source: 'bitfinex',
      market: 'tBTCUSD',
      last: 73_350.5,
      bid: 73_350,
      ask: 73_351,
      volume: 2_638.431_484_4,
      open24h: expect.closeTo(73_350.5 / 1.013_863_74, 6),
      observedAtMs: receivedAtMs,
      observedKind: 'received',
    },
  ])
})

test('a market that it does not know is missing, and no failure', () => {
  expect(bitfinex.tickers([], answerTo('tNOPE:USD'))).toEqual([])
  const tickers = bitfinex.tickers([bitfinexRow()], answerTo('tNOPE:USD', 'tBTCUSD'))
  expect(tickers.map(({ market }) => market)).toEqual(['tBTCUSD'])
})

test.each([
  { name: 'a row that is null', row: null },
  { name: 'a row without a name, as a single ticker is answered', row: bitfinexRow().slice(1) },
  { name: 'a row that breaks off', row: ['tBTCUSD', 73_350] },
  { name: 'a price of null', row: bitfinexRow({ last: null }) },
  { name: 'a price of zero', row: bitfinexRow({ last: 0 }) },
  { name: 'a market that nobody traded for a day', row: bitfinexRow({ volume: 0 }) },
  { name: 'a funding currency, even if it is asked for', row: bitfinexFundingRow('fUSD') },
])('leaves out $name', ({ row }) => {
  const body = [row, bitfinexRow({ name: 'tETHUSD' })]
  const tickers = bitfinex.tickers(body, answerTo('tBTCUSD', 'fUSD', 'tETHUSD'))
  expect(tickers.map(({ market }) => market)).toEqual(['tETHUSD'])
})

test('a market that comes twice counts once', () => {
  const body = [bitfinexRow(), bitfinexRow({ last: 1 })]
  expect(bitfinex.tickers(body, answerTo('tBTCUSD'))).toMatchObject([{ last: 73_350.5 }])
})

test.each([
  { body: ['error', 11_010, 'ratelimit: error'], code: 'rate-limited' },
  { body: { error: 'ERR_RATE_LIMIT' }, code: 'rate-limited' },
  { body: ['error', 10_020, 'symbol: invalid'], code: 'market-refused' },
  { body: ['error', 20_060, 'maintenance'], code: 'exchange-refused' },
  { body: ['error', 10_000, null], code: 'exchange-refused' },
  { body: { error: 'something else' }, code: 'exchange-refused' },
  { body: {}, code: 'unexpected-shape' },
  { body: null, code: 'unexpected-shape' },
  { body: 'OK', code: 'unexpected-shape' },
])('$body means $code', ({ body, code }) => {
  expect(() => bitfinex.tickers(body, answerTo('tBTCUSD'))).toThrow(
    expect.objectContaining({ name: 'ExchangeError', code }),
  )
})

test.each([
  { body: ['error', 10_020, 'symbol: invalid'], words: '10020: symbol: invalid' },
  { body: { error: 'ERR_RATE_LIMIT' }, words: 'ERR_RATE_LIMIT' },
])('says with $words why it refused', ({ body, words }) => {
  expect(() => bitfinex.tickers(body, answerTo('tBTCUSD'))).toThrow(
    `Bitfinex refused with ${words}`,
  )
})
