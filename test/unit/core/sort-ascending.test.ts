import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascendingOrder, sortAscending, sortBy } from '../../../src/core/sort-ascending.ts'

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

describe('sortBy', () => {
  test('property: sorts as the language does, what is equal in the order it came', () => {
    const item = fc.record({ key: fc.integer({ min: 0, max: 9 }), name: fc.string() })
    const byKey = (left: { key: number }, right: { key: number }) => left.key - right.key
    fc.assert(
      fc.property(fc.array(item, { maxLength: 100, size: 'max' }), (items) => {
        const sorted = [...items]
        expect(sortBy(sorted, byKey)).toBe(sorted)
        expect(sorted).toEqual(items.toSorted(byKey))
      }),
    )
  })
})

describe('ascendingOrder', () => {
  test('tells where the smallest value is, and the next, and so on', () => {
    expect(ascendingOrder([30, 10, 20])).toEqual([1, 2, 0])
    expect(ascendingOrder([])).toEqual([])
  })

  test('property: is that of a stable sort, at every length', () => {
    const value = fc.integer({ min: -20, max: 20 })
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300, size: 'max' }), (values) => {
        const places = values.map((_, place) => place)
        const expected = places.sort((left, right) => (values[left] ?? 0) - (values[right] ?? 0))
        expect(ascendingOrder(values)).toEqual(expected)
      }),
    )
  })
})
