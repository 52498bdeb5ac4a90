import { describe, expect, test } from 'vitest'
import {
  flareExample,
  mean,
  median,
  ojo,
  peers,
  pyth,
  redstone,
  threeSigma,
  vwap,
} from '../../../../tools/consensus/peers.ts'
import type { Sighting } from '../../../../tools/consensus/tape.ts'

const atMs = 1_000_000

let names = 0
const aSighting = (sighting: Partial<Sighting> = {}): Sighting => ({
  source: `s${(names += 1)}`,
  price: 100,
  volume: 1,
  observedAtMs: atMs,
  observedKind: 'trade',
  statedErrorBps: 1,
  ...sighting,
})

const prices = (...values: readonly number[]) =>
  values.map((price, i) => aSighting({ source: `s${i}`, price }))

test('mean: (1 + 2 + 6) / 3', () => {
  expect(mean(prices(1, 2, 6)).price).toBe(3)
})

test('VWAP: (1 × 3 + 5 × 1) / 4, and the mean where nobody states a volume', () => {
  const seen = [aSighting({ price: 1, volume: 3 }), aSighting({ price: 5, volume: 1 })]
  expect(vwap(seen).price).toBe(2)
  expect(vwap(seen.map((sighting) => ({ ...sighting, volume: 0 }))).price).toBe(3)
})

test('median: the middle, or the mean of the middle two', () => {
  expect(median(prices(3, 1, 100)).price).toBe(3)
  expect(median(prices(3, 1, 100, 5)).price).toBe(4)
})

describe('3-sigma', () => {
  test('can reject nobody of seven, however far off he is', () => {
    // One stray of n is n / √(n - 1) standard deviations from the median: 2.86 of seven.
    const answer = threeSigma(prices(1, 1, 1, 1, 1, 1, 1_000_000))
    expect(answer.rejected).toEqual([])
  })

  test('rejects one of twelve, 3.3 standard deviations from the median', () => {
    // 11 × 1 and one 13: mean 2, variance (11 × 1 + 121) / 12 = 11, deviation 3.317, 12 / 3.317 = 3.6.
    const answer = threeSigma(prices(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 13))
    expect(answer.rejected).toEqual(['s11'])
    expect(answer.price).toBe(1)
  })
})

describe('the Flare example', () => {
  test.each([
    { ageMs: 13_000, price: 100, why: '2 exp(-0.65) = 1.04 is more than 1' },
    { ageMs: 15_000, price: 101, why: '2 exp(-0.75) = 0.94 is less' },
  ])('weighs two quotes of $ageMs ms against one of now: $why', ({ ageMs, price }) => {
    const seen = [
      aSighting({ price: 101 }),
      aSighting({ price: 100, observedAtMs: atMs - ageMs }),
      aSighting({ price: 99, observedAtMs: atMs - ageMs }),
    ]
    expect(flareExample(seen, atMs).price).toBe(price)
  })

  test('takes the first price at which half is reached', () => {
    expect(flareExample(prices(4, 1, 3, 2), atMs).price).toBe(2)
  })

  test('a quote dated ahead weighs like one of now', () => {
    const seen = [aSighting({ price: 5, observedAtMs: atMs + 60_000 }), ...prices(1, 2)]
    expect(flareExample(seen, atMs).price).toBe(2)
  })
})

describe('RedStone', () => {
  test('weighs by volume', () => {
    const seen = [
      aSighting({ price: 1, volume: 25 }),
      aSighting({ price: 2, volume: 25 }),
      aSighting({ price: 3, volume: 26 }),
      aSighting({ price: 4, volume: 24 }),
    ]
    expect(redstone(seen).price).toBe(2)
  })

  test('caps the weight of one source at a third of the whole', () => {
    // Shares 0.9, 0.05, 0.05 become 0.333, 0.05, 0.05: half of 0.433 is still with the first.
    const one = [
      aSighting({ price: 9, volume: 90 }),
      aSighting({ price: 1, volume: 5 }),
      aSighting({ price: 2, volume: 5 }),
    ]
    expect(redstone(one).price).toBe(9)
    // Shares 0.6, 0.2, 0.2 become 0.333, 0.2, 0.2: half of 0.733 is reached at the second.
    const three = [
      aSighting({ price: 9, volume: 60 }),
      aSighting({ price: 1, volume: 20 }),
      aSighting({ price: 2, volume: 20 }),
    ]
    expect(redstone(three).price).toBe(2)
  })
})

describe('Pyth', () => {
  test('is the median of three votes a publisher', () => {
    // 101 ± 1.01 and 110 ± 11: votes 99, 99.99, 101, 102.01, 110, 121; middle two 101 and 102.01.
    const seen = [
      aSighting({ price: 101, statedErrorBps: 100 }),
      aSighting({ price: 110, statedErrorBps: 1_000 }),
    ]
    expect(pyth(seen, atMs).price).toBeCloseTo(101.505, 9)
  })

  test('states the larger distance to a quartile', () => {
    const answer = pyth(seenOne, atMs)
    expect(answer.price).toBe(100)
    expect(answer.intervalBps).toBeCloseTo(10, 6)
  })

  test('leaves out who is older than a minute, unless all are', () => {
    const old = aSighting({ price: 50, observedAtMs: atMs - 60_001 })
    const edge = aSighting({ price: 100, observedAtMs: atMs - 60_000 })
    expect(pyth([old, edge], atMs).price).toBe(100)
    expect(pyth([old], atMs).price).toBe(50)
  })

  const seenOne = [aSighting({ price: 100, statedErrorBps: 10 })]
})

describe('Ojo', () => {
  test('leaves out who is farther than one standard deviation from the mean', () => {
    // 10, 10, 10, 14: mean 11, deviation √3 = 1.73; 14 is 3 away.
    const answer = ojo(prices(10, 10, 10, 14))
    expect(answer.rejected).toEqual(['s3'])
    expect(answer.price).toBe(10)
  })

  test('averages the rest by volume', () => {
    const seen = [
      aSighting({ price: 10, volume: 3 }),
      aSighting({ price: 11, volume: 1 }),
      aSighting({ price: 10, volume: 0 }),
      aSighting({ price: 30, volume: 100 }),
    ]
    expect(ojo(seen).price).toBe(10.25)
  })

  test('rejects nobody of two', () => {
    expect(ojo(prices(10, 20))).toEqual({ price: 15, rejected: [] })
  })
})

test.each(Object.entries(peers))(
  '%s says the price that all say, and nothing of nothing',
  (_, peer) => {
    expect(peer(prices(7, 7, 7, 7), atMs).price).toBeCloseTo(7, 12)
    expect(peer([], atMs).price).toBeUndefined()
  },
)
