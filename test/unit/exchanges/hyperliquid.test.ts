import { expect, test } from 'vitest'
import { hyperliquid } from '../../../src/exchanges/hyperliquid.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import {
  hyperliquidAnswer,
  hyperliquidMeta,
  hyperliquidPrice,
} from '../../support/exchanges/hyperliquid.ts'

test('asks for all spot pairs with a POST, whichever are wanted', () => {
  expect(hyperliquid.request(['HYPE/USDC'])).toEqual({
    path: '/info',
    json: { type: 'spotMetaAndAssetCtxs' },
  })
})

test('reads the middle of the book as the price, and base volume out of the volume in USDC', () => {
  const body = hyperliquidAnswer(hyperliquidPrice())
  expect(hyperliquid.tickers(body, answerTo('HYPE/USDC'))).toEqual([
    {
      source: 'hyperliquid',
      market: 'HYPE/USDC',
      last: 31.205,
      volume: expect.closeTo(51_129_725.4 / 31.205, 6),
      open24h: 30.1,
      observedAtMs: receivedAtMs,
      observedKind: 'received',
    },
  ])
})

test('base volume where it is said', () => {
  const body = hyperliquidAnswer(hyperliquidPrice({ dayBaseVlm: '1638510.25' }))
  expect(hyperliquid.tickers(body, answerTo('HYPE/USDC'))).toMatchObject([{ volume: 1_638_510.25 }])
})

test('finds prices by the name of their pair, wherever they stand', () => {
  const body = hyperliquidAnswer(
    hyperliquidPrice({ coin: '@142', midPx: '84350.5' }),
    hyperliquidPrice({ coin: '@232', midPx: '7' }),
    hyperliquidPrice(),
  )
  const tickers = hyperliquid.tickers(body, answerTo('HYPE/USDC', 'BTC/USDC'))
  expect(tickers.map(({ market, last }) => [market, last])).toEqual([
    ['BTC/USDC', 84_350.5],
    ['HYPE/USDC', 31.205],
  ])
})

test('finds a pair whose number has changed', () => {
  const universe = [{ name: '@500', tokens: [150, 0] }]
  const body = [{ ...hyperliquidMeta, universe }, [hyperliquidPrice({ coin: '@500' })]]
  expect(hyperliquid.tickers(body, answerTo('HYPE/USDC'))).toHaveLength(1)
})

test('its first pair has a name in place of a number', () => {
  const body = hyperliquidAnswer(hyperliquidPrice({ coin: 'PURR/USDC', midPx: '0.14' }))
  expect(hyperliquid.tickers(body, answerTo('PURR/USDC'))).toMatchObject([{ last: 0.14 }])
})

test.each([
  { name: 'a coin that only a namesake trades as', market: 'TRUMP/USDC', coin: '@9' },
  { name: 'a coin by the name of the token that stands for it', market: 'UBTC/USDC', coin: '@142' },
  { name: 'a pair against another dollar', market: 'HYPE/USDH', coin: '@232' },
  { name: 'a market by its number', market: '@107', coin: '@107' },
  { name: 'a coin without a token', market: 'SOL/USDC', coin: '@156' },
])('does not know $name', ({ market, coin }) => {
  const body = hyperliquidAnswer(hyperliquidPrice({ coin }))
  expect(hyperliquid.tickers(body, answerTo(market))).toEqual([])
})

test('a pair of HYPE against another dollar is not the one in USDC', () => {
  const body = hyperliquidAnswer(hyperliquidPrice({ coin: '@232' }))
  expect(hyperliquid.tickers(body, answerTo('HYPE/USDC'))).toEqual([])
})

test('of two pairs of the same tokens the first is the one', () => {
  const universe = [...hyperliquidMeta.universe, { name: '@600', tokens: [150, 0] }]
  const prices = [hyperliquidPrice({ coin: '@600', midPx: '1' }), hyperliquidPrice()]
  const body = [{ ...hyperliquidMeta, universe }, prices]
  expect(hyperliquid.tickers(body, answerTo('HYPE/USDC'))).toMatchObject([{ last: 31.205 }])
})

test.each([
  { name: 'an empty book, whose mark is stale', differing: { midPx: null } },
  { name: 'a price of zero', differing: { midPx: '0.0' } },
  { name: 'a pair that nobody traded for a day', differing: { dayNtlVlm: '0.0' } },
  { name: 'a price of no pair', differing: { coin: null } },
])('leaves out $name', ({ differing }) => {
  const other = hyperliquidPrice({ coin: '@142', midPx: '84350.5' })
  const body = hyperliquidAnswer(hyperliquidPrice(differing), null, other)
  const tickers = hyperliquid.tickers(body, answerTo('HYPE/USDC', 'BTC/USDC'))
  expect(tickers.map(({ market }) => market)).toEqual(['BTC/USDC'])
})

test.each([
  { name: 'without tokens', meta: { ...hyperliquidMeta, tokens: [] } },
  { name: 'with tokens without numbers', meta: { ...hyperliquidMeta, tokens: [{ name: 'HYPE' }] } },
  {
    name: 'with pairs of nothing',
    meta: { ...hyperliquidMeta, universe: [null, { name: '@107' }] },
  },
])('an answer $name has no market', ({ meta }) => {
  expect(hyperliquid.tickers([meta, [hyperliquidPrice()]], answerTo('HYPE/USDC'))).toEqual([])
})

test.each([null, [], {}, [hyperliquidMeta], [{}, []], [hyperliquidMeta, {}], [null, null], 'null'])(
  '%j is of no shape that we know',
  (body) => {
    expect(() => hyperliquid.tickers(body, answerTo('HYPE/USDC'))).toThrow(
      expect.objectContaining({ name: 'ExchangeError', code: 'unexpected-shape' }),
    )
  },
)
