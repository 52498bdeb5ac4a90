import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cappedShares,
  effectiveCount,
  liquiditySamples,
  shareCap,
  weightedMedian,
} from '../../../src/core/weighted-median.ts'

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

function samples(...pairs: [value: number, weight: number][]) {
  return pairs.map(([value, weight]) => ({ value, weight }))
}

describe('weightedMedian', () => {
  test.each([
    { name: 'one sample is its own median', of: samples([5, 0.1]), expected: 5 },
    { name: 'the value at half of the weight', of: samples([1, 1], [2, 1], [3, 3]), expected: 3 },
    { name: 'equal weights make a plain median', of: samples([3, 2], [1, 2], [2, 2]), expected: 2 },
    { name: 'exactly half: the mean of both sides', of: samples([1, 1], [4, 1]), expected: 2.5 },
    {
      name: 'exactly half in tenths, which have no exact binary form',
      of: samples([1, 0.1], [2, 0.2], [4, 0.3]),
      expected: 3,
    },
    {
      name: 'a hair more than half decides',
      of: samples([1, 0.500_001], [4, 0.499_999]),
      expected: 1,
    },
    { name: 'no weight, no say', of: samples([1, 0], [2, 1], [9, 0]), expected: 2 },
  ])('$name', ({ of, expected }) => {
    expect(weightedMedian(of)).toBe(expected)
    expect(weightedMedian(of.toReversed())).toBe(expected)
  })

  test('of nothing, or of what weighs nothing, is nothing', () => {
    expect(weightedMedian([])).toBeUndefined()
    expect(weightedMedian(samples([1, 0], [2, -1], [3, Number.NaN]))).toBeUndefined()
  })

  test('property: at most half of the weight lies below it, at most half above', () => {
    const sample = fc.record({ value: fc.nat(20), weight: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 20 }), (of) => {
        const middle = weightedMedian(of) ?? Number.NaN
        const half = sum(of.map(({ weight }) => weight)) / 2
        const weightOf = (kept: typeof of) => sum(kept.map(({ weight }) => weight))
        expect(weightOf(of.filter(({ value }) => value < middle))).toBeLessThanOrEqual(half)
        expect(weightOf(of.filter(({ value }) => value > middle))).toBeLessThanOrEqual(half)
      }),
    )
  })
})

describe('shareCap', () => {
  test.each([
    { count: 1, cap: 1 },
    { count: 2, cap: 0.5 },
    { count: 3, cap: 0.49 },
    { count: 4, cap: 0.49 },
    { count: 5, cap: 0.245 },
    { count: 20, cap: 0.49 / 9 },
    { count: 51, cap: 1 / 51 },
  ])('is $cap of $count sources', ({ count, cap }) => {
    expect(shareCap(count)).toBe(cap)
  })

  test('lets no minority hold half, and leaves room for all shares, at every count', () => {
    for (let count = 1; count <= 300; count += 1) {
      const minority = Math.floor((count - 1) / 2)
      expect(minority * shareCap(count)).toBeLessThan(0.5)
      expect(count * shareCap(count)).toBeGreaterThan(1 - 1e-12)
    }
  })
})

describe('cappedShares', () => {
  test('below the cap shares are in proportion to weights', () => {
    expect(cappedShares([1, 1, 1, 2])).toEqual([0.2, 0.2, 0.2, 0.4])
  })

  test('what the cap takes goes to the others in proportion', () => {
    const shares = cappedShares([97, 1, 2])
    expect(shares[0]).toBe(0.49)
    expect(shares[1]).toBeCloseTo(0.17, 12)
    expect(shares[2]).toBeCloseTo(0.34, 12)
  })

  test('a share that only the redistribution pushes over the cap is capped too', () => {
    const shares = cappedShares([1_000, 30, 1])
    expect(shares).toEqual([0.49, 0.49, expect.closeTo(0.02, 12)])
  })

  test('of nothing are none', () => {
    expect(cappedShares([])).toEqual([])
  })

  test('property: shares sum to 1, keep to the cap, and keep the order of the weights', () => {
    const weight = fc.double({ min: 0.01, max: 1_000, noNaN: true })
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 60 }), (weights) => {
        const shares = cappedShares(weights)
        expect(sum(shares)).toBeCloseTo(1, 9)
        expect(Math.max(...shares)).toBeLessThanOrEqual(shareCap(weights.length))
        const byWeight = weights
          .map((each, i) => ({ each, share: shares[i] ?? 0 }))
          .sort((left, right) => left.each - right.each)
        byWeight.reduce((lighter, heavier) => {
          expect(heavier.share).toBeGreaterThanOrEqual(lighter.share * (1 - 1e-9))
          return heavier
        })
      }),
    )
  })
})

describe('liquiditySamples', () => {
  const weightsOf = (...volumes: number[]) =>
    liquiditySamples(volumes.map((volume) => ({ price: 100, volume }))).map(({ weight }) => weight)

  test('without any volume all weigh alike', () => {
    expect(weightsOf(0, 0, 0, 0)).toEqual([0.25, 0.25, 0.25, 0.25])
  })

  test('compresses volume: ten times the median weighs 1.86 times as much, not ten times', () => {
    const weights = weightsOf(1, 1, 1, 10)
    expect((weights[3] ?? 0) / (weights[0] ?? 1)).toBeCloseTo(Math.sqrt(Math.log2(11)), 12)
  })

  test('a source that says no volume still has a voice, a quarter of a median one', () => {
    const weights = weightsOf(0, 5, 5, 5, 5)
    expect((weights[0] ?? 0) / (weights[1] ?? 1)).toBeCloseTo(0.25, 12)
  })

  test.each([Number.POSITIVE_INFINITY, Number.NaN, -1])(
    'takes a volume of %d for none',
    (volume) => {
      expect(weightsOf(volume, 5, 5)).toEqual(weightsOf(0, 5, 5))
    },
  )

  test('keeps every weight finite beside volumes that are absurdly large or small', () => {
    const weights = weightsOf(Number.MAX_VALUE, Number.MIN_VALUE, Number.MIN_VALUE)
    expect(sum(weights)).toBeCloseTo(1, 12)
  })

  test('the unit of volume does not matter', () => {
    const [one, thousand] = [weightsOf(1, 2, 3, 4, 50), weightsOf(1e3, 2e3, 3e3, 4e3, 5e4)]
    thousand.forEach((weight, i) => expect(weight).toBeCloseTo(one[i] ?? 0, 12))
  })
})

describe('effectiveCount', () => {
  test('is the count of equal weights, and less where one weighs more', () => {
    expect(effectiveCount(samples([1, 3], [2, 3], [3, 3]))).toBeCloseTo(3, 12)
    expect(effectiveCount(samples([1, 2], [2, 1], [3, 1]))).toBeCloseTo(16 / 6, 12)
    expect(effectiveCount([])).toBe(0)
  })
})
