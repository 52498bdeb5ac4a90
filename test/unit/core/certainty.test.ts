import fc from 'fast-check'
import { expect, test } from 'vitest'
import { confidenceOf, intervalBpsOf } from '../../../src/core/certainty.ts'

test('an interval is 1.96 standard errors, and what all sources have wrong together', () => {
  expect(intervalBpsOf(10, 0)).toBeCloseTo(0.3 + 19.6, 12)
})

test('what the market moves in the two seconds that no date tells of is part of the error', () => {
  expect(intervalBpsOf(3, 4e-4 / Math.SQRT2)).toBeCloseTo(0.3 + 1.96 * 5, 9)
})

test('who is exact is still no more than that', () => {
  expect(intervalBpsOf(0, 0)).toBe(0.3)
})

test('confidence is halved where the interval is 25 bps, and near 1 where it is a few', () => {
  expect(confidenceOf(25)).toBe(0.5)
  expect(confidenceOf(2.5)).toBeCloseTo(0.99, 3)
  expect(confidenceOf(75)).toBeCloseTo(0.1, 12)
})

test('property: confidence lies above 0 and below 1, and falls as the interval widens', () => {
  const interval = fc.double({ min: 0.3, max: 5_000, noNaN: true })
  fc.assert(
    fc.property(interval, interval, (one, other) => {
      const [narrow, wide] = [Math.min(one, other), Math.max(one, other)]
      expect(confidenceOf(wide)).toBeLessThanOrEqual(confidenceOf(narrow))
      expect(confidenceOf(wide)).toBeGreaterThan(0)
      expect(confidenceOf(narrow)).toBeLessThan(1)
    }),
  )
})
