import { expect, test } from 'vitest'
import { median, percentile } from '../../../../tools/bench/figures.ts'

const oneToHundred = Array.from({ length: 100 }, (_, i) => 100 - i)

test('a percentile is the value at the nearest rank, in whatever order they came', () => {
  expect(percentile(oneToHundred, 0.99)).toBe(99)
  expect(percentile(oneToHundred, 0.5)).toBe(50)
  expect(percentile(oneToHundred, 1)).toBe(100)
  expect(percentile([7], 0.99)).toBe(7)
})

test('a median of an even number is the lower middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2)
})

test('nothing has no percentile', () => {
  expect(() => percentile([], 0.5)).toThrow('Nothing was measured.')
})
