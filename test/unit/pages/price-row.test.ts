import { describe, expect, test } from 'vitest'
import { moved, priceRowAt } from '../../../pages/src/lib/price-row.ts'
import { feedSymbol } from '../../../src/protocol/feed.ts'
import { aPriceRecord } from '../../support/price-records.ts'

const btc = feedSymbol('BTC')
const price = aPriceRecord({ change_24h: 1.5 })
const staleAfterMs = 75_000

function rowAt(nowMs: number, differing: Parameters<typeof aPriceRecord>[0] = {}) {
  const state = moved(undefined, { ...price, ...differing })
  return priceRowAt(btc, state, nowMs, staleAfterMs)
}

describe('priceRowAt', () => {
  test('puts a price into words', () => {
    expect(rowAt(price.observed_at + 4_200)).toEqual({
      kind: 'price',
      symbol: 'BTC/USD',
      base: 'BTC',
      quoteCurrency: 'USD',
      price: '97,500.10',
      move: 'none',
      seq: 1,
      age: '4\u202fs',
      isStale: false,
      change: { text: '+1.50\u202f%', direction: 'up' },
      sources: ['coinbase', 'kraken'],
      confidenceShare: 0.97,
      confidence: '97\u202f%',
      interval: '±1.5\u202fbp',
    })
  })

  test('counts the age from when it was seen, and exactly as old as allowed is fresh', () => {
    expect(rowAt(price.observed_at + staleAfterMs)).toMatchObject({ isStale: false })
    expect(rowAt(price.observed_at + staleAfterMs + 1)).toMatchObject({ isStale: true })
  })

  test('what was voted five minutes ago is no price any more', () => {
    expect(rowAt(price.timestamp + 300_000)).toMatchObject({ kind: 'price' })
    expect(rowAt(price.timestamp + 300_001)).toEqual({
      kind: 'none',
      symbol: 'BTC/USD',
      base: 'BTC',
      quoteCurrency: 'USD',
    })
  })

  test('a feed that was never heard of has no price', () => {
    expect(priceRowAt(btc, undefined, 0, staleAfterMs)).toMatchObject({ kind: 'none' })
  })

  test.each([
    { change: -2, direction: 'down' },
    { change: 0, direction: 'none' },
    { change: -0.001, direction: 'none' },
  ])('a change of $change % points $direction', ({ change, direction }) => {
    expect(rowAt(price.observed_at, { change_24h: change })).toMatchObject({
      change: { direction },
    })
  })

  test('without a change there is none', () => {
    const { change_24h: _, ...unchanged } = price
    expect(priceRowAt(btc, moved(undefined, unchanged), 0, staleAfterMs)).toMatchObject({
      change: undefined,
    })
  })
})

test('a price moves against the one before it', () => {
  const first = moved(undefined, aPriceRecord({ price: 100 }))
  const second = moved(first, aPriceRecord({ price: 101 }))
  const third = moved(second, aPriceRecord({ price: 99 }))
  const fourth = moved(third, aPriceRecord({ price: 99 }))
  expect([first, second, third, fourth].map(({ move }) => move)).toEqual([
    'none',
    'up',
    'down',
    'none',
  ])
})
