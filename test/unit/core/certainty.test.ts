import fc from 'fast-check'
import { expect, test } from 'vitest'
import { confidenceOf, intervalBpsOf } from '../../../src/core/certainty.ts'

const interval = fc.double({ min: 0.5, max: 5_000, noNaN: true })
const support = fc.double({ min: 0.01, max: 1, noNaN: true })

test('an interval is 2.6 standard errors and what all sources have wrong together', () => {
  expect(intervalBpsOf(10, 4)).toBeCloseTo(0.5 + 2.6 * 5, 12)
})

test('sources that coincide are still taken to be 2 bps apart', () => {
  expect(intervalBpsOf(0, 1)).toBe(intervalBpsOf(2, 1))
  expect(intervalBpsOf(2.1, 1)).toBeGreaterThan(intervalBpsOf(2, 1))
})

test('confidence is halved where the interval is 25 bps', () => {
  expect(confidenceOf(25, 1)).toBe(0.5)
  expect(confidenceOf(25, 0.5)).toBe(0.25)
})

test('property: confidence falls as the interval widens, and as fewer agree', () => {
  fc.assert(
    fc.property(interval, interval, support, support, (oneBps, otherBps, one, other) => {
      const [narrow, wide] = [Math.min(oneBps, otherBps), Math.max(oneBps, otherBps)]
      const [few, many] = [Math.min(one, other), Math.max(one, other)]
      expect(confidenceOf(wide, few)).toBeLessThanOrEqual(confidenceOf(narrow, many))
    }),
  )
})

test('property: confidence lies above 0 and below 1', () => {
  fc.assert(
    fc.property(interval, support, (bps, agreed) => {
      expect(confidenceOf(bps, agreed)).toBeGreaterThan(0)
      expect(confidenceOf(bps, agreed)).toBeLessThan(1)
    }),
  )
})
