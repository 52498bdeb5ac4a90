import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultGuardPolicy, guarded } from '../../../signer-bridge/policy/price-guard.ts'
import type { FrozenEntry, OrderedFeed } from '../../../src/protocol/bridge-wire.ts'
import { feeds } from '../../support/bridge-world.ts'

const [flr, btc, eth] = feeds
if (flr === undefined || btc === undefined || eth === undefined) throw new Error('Three feeds.')

const medians = [
  { id: flr.id, price: 0.02 },
  { id: btc.id, price: 100_000 },
]

function entry(feed: OrderedFeed, price?: number): FrozenEntry {
  return { ...feed, ...(price !== undefined && { price, confidence: 0.9 }) }
}

test('a price as far off as is told of is still said without a word', () => {
  const entries = [entry(btc, 105_000), entry(flr, 0.0191)]
  expect(guarded(entries, medians, defaultGuardPolicy)).toEqual({ entries, strayed: [] })
})

test('a price further off is told of and kept', () => {
  const entries = [entry(btc, 106_000)]
  const { entries: kept, strayed } = guarded(entries, medians, defaultGuardPolicy)
  expect(kept).toEqual(entries)
  expect(strayed).toEqual([{ id: btc.id, deviation: 0.06000000000000005, isLeftOut: false }])
})

test.each([
  ['a third too high', 130_001],
  ['a third too low', 69_999],
  ['ten times too high', 1_000_000],
  ['ten times too low', 10_000],
])('a price %s leaves its feed empty, and no other', (_, price) => {
  const { entries, strayed } = guarded(
    [entry(flr, 0.02), entry(btc, price)],
    medians,
    defaultGuardPolicy,
  )
  expect(entries).toEqual([entry(flr, 0.02), { id: btc.id, decimals: btc.decimals }])
  expect(strayed).toMatchObject([{ id: btc.id, isLeftOut: true }])
})

test('a price exactly as far off as is allowed stays', () => {
  const { strayed } = guarded([entry(btc, 130_000)], [{ id: btc.id, price: 100_000 }], {
    alertDeviation: 0.05,
    emptyDeviation: 0.3,
  })
  expect(strayed).toMatchObject([{ isLeftOut: false }])
})

test('a feed of which nothing is known, or whose median was no price, is let pass', () => {
  const entries = [entry(eth, 1e9), entry(btc, 5)]
  const silent = [{ id: btc.id, price: 0 }]
  expect(guarded(entries, silent, defaultGuardPolicy)).toEqual({ entries, strayed: [] })
})

test('an absent price stays absent', () => {
  const entries = [entry(btc)]
  expect(guarded(entries, medians, defaultGuardPolicy)).toEqual({ entries, strayed: [] })
})

test('the letters of an id may be of any case', () => {
  const shouted = [{ id: btc.id.toUpperCase().replace('0X', '0x'), price: 100_000 }]
  expect(guarded([entry(btc, 1)], shouted, defaultGuardPolicy).strayed).toHaveLength(1)
})

test('whatever is said, no price that is left differs from a known median by more than is allowed', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 1e-9, max: 1e12, noNaN: true })), (prices) => {
      const entries = prices.map((price) => entry(btc, price))
      const kept = guarded(entries, medians, defaultGuardPolicy).entries
      expect(kept).toHaveLength(entries.length)
      for (const { price } of kept) {
        if (price !== undefined) expect(Math.abs(price / 100_000 - 1)).toBeLessThanOrEqual(0.3)
      }
    }),
  )
})
