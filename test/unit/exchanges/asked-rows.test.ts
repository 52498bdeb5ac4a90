import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askedRows, rowsSchema } from '../../../src/exchanges/asked-rows.ts'

test('finds the rows of the asked markets in the order of the answer', () => {
  const rows = [{ name: 'C' }, { name: 'A', last: 1 }, { name: 'B' }]
  expect(askedRows(rows, 'name', ['B', 'A', 'D'])).toEqual([
    { market: 'A', row: { name: 'A', last: 1 } },
    { market: 'B', row: { name: 'B' } },
  ])
})

test('of several rows of a market the first counts', () => {
  const rows = [
    { name: 'A', last: 1 },
    { name: 'A', last: 2 },
  ]
  expect(askedRows(rows, 'name', ['A'])).toEqual([{ market: 'A', row: { name: 'A', last: 1 } }])
})

test('does not read on once it has all', () => {
  const unread = {
    get name(): string {
      throw new Error('This row is nobody’s business.')
    },
  }
  expect(askedRows([{ name: 'A' }, unread], 'name', ['A'])).toHaveLength(1)
})

test.each([null, undefined, 'A', 1, [], ['A'], {}, { name: null }, { name: ['A'] }, { NAME: 'A' }])(
  '%j is no row of a market',
  (row) => {
    expect(askedRows([row], 'name', ['A'])).toEqual([])
  },
)

test('property: whatever the rows, at most one a market, and only asked ones', () => {
  const name = fc.constantFrom('A', 'B', 'C', null, 7)
  const row = fc.oneof(fc.record({ name }), fc.anything())
  fc.assert(
    fc.property(fc.array(row), fc.subarray(['A', 'B']), (rows, markets) => {
      const found = askedRows(rows, 'name', markets).map(({ market }) => market)
      expect(new Set(found).size).toBe(found.length)
      expect(markets).toEqual(expect.arrayContaining(found))
    }),
  )
})

test.each([
  { value: [], isList: true },
  { value: [1, null], isList: true },
  { value: { length: 0 }, isList: false },
  { value: 'rows', isList: false },
  { value: null, isList: false },
  { value: undefined, isList: false },
])('$value is a list of rows: $isList', ({ value, isList }) => {
  expect(rowsSchema.safeParse(value).success).toBe(isList)
})
