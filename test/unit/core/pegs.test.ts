import { describe, expect, test } from 'vitest'
import type { ListedTicker } from '../../../src/core/listing.ts'
import { pegOf, pegsOf } from '../../../src/core/pegs.ts'
import { feedSymbol } from '../../../src/protocol/feed.ts'
import { aListing, aTicker } from '../../support/quotes.ts'

const usdtFeed = feedSymbol('USDT/USD')

/** True-dollar tickers of USDT, one a rate, each from a source of its own. */
function usdtAt(...rates: number[]): ListedTicker[] {
  return rates.map((last, i) => ({
    ticker: aTicker({ source: `s${i}`, last }),
    listing: aListing({ source: `s${i}`, symbol: usdtFeed }),
  }))
}

describe('pegOf', () => {
  test('is the median of the true-dollar tickers', () => {
    expect(pegOf('USDT', usdtAt(0.9991, 0.9995, 0.9992), 0)).toBe(0.9992)
    expect(pegOf('USDT', usdtAt(0.999), 0)).toBe(0.999)
  })

  test('is not known without a ticker', () => {
    expect(pegOf('USDT', [], 0)).toBeUndefined()
    expect(pegOf('USDC', usdtAt(1), 0)).toBeUndefined()
  })

  test.each([
    { rate: 0.5, peg: 0.5 },
    { rate: 0.4999, peg: undefined },
    { rate: 1.5, peg: 1.5 },
    { rate: 1.5001, peg: undefined },
  ])('at $rate is $peg', ({ rate, peg }) => {
    expect(pegOf('USDT', usdtAt(rate), 0)).toBe(peg)
  })

  test('never follows from markets that are themselves to be converted', () => {
    const circular = usdtAt(0.9, 0.9, 0.9).map(({ ticker, listing }) => ({
      ticker,
      listing: { ...listing, quoteCurrency: 'USDC' as const },
    }))
    expect(pegOf('USDT', circular, 0)).toBeUndefined()
    expect(pegOf('USDT', [...circular, ...usdtAt(1)], 0)).toBe(1)
  })

  test('one rate that strays does not move it, two that disagree leave it unknown, as do three', () => {
    expect(pegOf('USDT', usdtAt(0.9995, 0.9996, 0.9), 0)).toBeCloseTo(0.99955, 12)
    expect(pegOf('USDT', usdtAt(1, 0.9), 0)).toBeUndefined()
    expect(pegOf('USDT', usdtAt(1, 0.9, 0.8), 0)).toBeUndefined()
  })

  test.each([
    { ageMs: 60_000, peg: 0.999 },
    { ageMs: 60_001, peg: undefined },
  ])('by a ticker $ageMs ms old is $peg', ({ ageMs, peg }) => {
    expect(pegOf('USDT', usdtAt(0.999), ageMs)).toBe(peg)
  })

  test('by a broken ticker is not known', () => {
    expect(pegOf('USDT', usdtAt(0), 0)).toBeUndefined()
  })
})

test('sources of one group have one rate between them', () => {
  const groups = { s0: 'mirrors', s1: 'mirrors', s2: 'mirrors' }
  const listed = usdtAt(0.998, 0.998, 0.998, 0.9989, 0.999)
  expect(pegOf('USDT', listed, 0)).toBe(0.998)
  expect(pegOf('USDT', listed, 0, groups)).toBe(0.9989)
})

test('pegsOf names the pegs that are known and no others', () => {
  expect(pegsOf(usdtAt(0.9995), 0)).toEqual({ USDT: 0.9995 })
  expect(pegsOf([], 0)).toEqual({})
})
