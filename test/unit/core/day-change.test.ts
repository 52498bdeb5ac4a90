import { describe, expect, test } from 'vitest'
import { dayChangePercent } from '../../../src/core/day-change.ts'
import { aQuote } from '../../support/quotes.ts'

/** A quote a change; undefined is a source that says none. */
function quotesSaying(...changes: readonly (number | undefined)[]) {
  return changes.map((change24h) => aQuote(change24h === undefined ? {} : { change24h }))
}

test('own memory comes first, whatever sources say', () => {
  expect(dayChangePercent(110, 100, quotesSaying(-0.5))).toBeCloseTo(10, 10)
  expect(dayChangePercent(50, 100, [])).toBe(-50)
  expect(dayChangePercent(100, 100, [])).toBe(0)
})

describe('where memory does not reach back', () => {
  test.each([
    { name: 'one says', said: [0.02], percent: 2 },
    { name: 'the middle of three counts', said: [9, 0.01, -0.03], percent: 1 },
    { name: 'the mean of the middle two of four counts', said: [9, 0.01, 0.03, -9], percent: 2 },
    { name: 'those that say nothing are left out', said: [undefined, 0.02, undefined], percent: 2 },
  ])('$name', ({ said, percent }) => {
    expect(dayChangePercent(100, undefined, quotesSaying(...said))).toBeCloseTo(percent, 10)
  })

  test('nobody knows where nobody says', () => {
    expect(dayChangePercent(100, undefined, quotesSaying(undefined))).toBeUndefined()
    expect(dayChangePercent(100, undefined, [])).toBeUndefined()
  })
})

describe('no source can make it a number that is none', () => {
  test.each([
    { name: 'by a price of next to nothing a day ago', said: [Number.POSITIVE_INFINITY] },
    { name: 'by no number at all', said: [Number.NaN] },
    { name: 'by one that overflows as a percentage', said: [Number.MAX_VALUE] },
  ])('$name: it is absent', ({ said }) => {
    expect(dayChangePercent(100, undefined, quotesSaying(...said))).toBeUndefined()
  })

  test('and what others say counts', () => {
    const quotes = quotesSaying(Number.POSITIVE_INFINITY, 0.02)
    expect(dayChangePercent(100, undefined, quotes)).toBeCloseTo(2, 10)
  })

  test('nor can a memory of next to nothing', () => {
    expect(dayChangePercent(1e10, Number.MIN_VALUE, [])).toBeUndefined()
    expect(dayChangePercent(100, 0, quotesSaying(0.02))).toBeCloseTo(2, 10)
  })
})
