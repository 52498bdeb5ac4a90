import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortAscending } from '../../../src/core/sort-ascending.ts'

test('sorts by value and not by spelling, in place', () => {
  const values = [10, 9, 1, 100]
  expect(sortAscending(values)).toBe(values)
  expect(values).toEqual([1, 9, 10, 100])
})

test('property: sorts like a typed array does, at every length', () => {
  const value = fc.double({ noNaN: true }).map((each) => each + 0)
  fc.assert(
    fc.property(fc.array(value, { maxLength: 200, size: 'max' }), (values) => {
      expect(sortAscending([...values])).toEqual([...Float64Array.from(values).sort()])
    }),
  )
})
