import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Path, pathThrough, type Sight } from '../../../src/core/path.ts'

/** A second's variance, and the volatility that makes it. */
const perSec = 1e-8
const volatility = 1e-4

function aSight(atMs: number, value: number, sigma = 1e-4): Sight {
  return { atMs, value, variance: sigma * sigma }
}

describe('pathThrough', () => {
  test('of one sight ends where it was, as uncertain as time has made it', () => {
    const path = pathThrough([aSight(0, 0.01)], volatility, 9_000)
    expect(path.value).toBe(0.01)
    expect(path.variance).toBeCloseTo(1e-8 + 9 * perSec, 15)
    expect(path.points).toEqual([0.01])
    expect(path.othersVariances).toEqual([Number.POSITIVE_INFINITY])
  })

  test('of sights of one instant is their mean by precision', () => {
    const path = pathThrough([aSight(0, 0, 1e-4), aSight(0, 3e-4, 2e-4)], volatility, 0)
    expect(path.value).toBeCloseTo(3e-4 / 5, 12)
    expect(path.variance).toBeCloseTo((1e-8 * 4e-8) / 5e-8, 18)
    // What each is told by the other is the other.
    expect(path.othersPoints[0]).toBeCloseTo(3e-4, 12)
    expect(path.othersPoints[1]).toBeCloseTo(0, 12)
    expect(path.othersVariances[0]).toBeCloseTo(4e-8, 15)
  })

  test('follows the freshest, and an old sight hardly holds it back', () => {
    const path = pathThrough([aSight(0, 0), aSight(60_000, 3e-3)], volatility, 60_000)
    expect(path.value).toBeGreaterThan(2.9e-3)
    expect(path.points[0]).toBeLessThan(1e-4)
  })

  test('without volatility age is nothing', () => {
    const path = pathThrough([aSight(0, 0), aSight(60_000, 2e-4)], 0, 60_000)
    expect(path.value).toBeCloseTo(1e-4, 12)
    expect(path.points[0]).toBeCloseTo(1e-4, 12)
  })
})

/** Sights in order of time, some of one instant. */
const sights = fc
  .array(
    fc.record({
      laterMs: fc.oneof(fc.constant(0), fc.integer({ min: 100, max: 8_000 })),
      value: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
      sigma: fc.double({ min: 5e-5, max: 5e-3, noNaN: true }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => {
    let atMs = 0
    return list.map(({ laterMs, value, sigma }) => {
      atMs = Math.min(atMs + laterMs, 60_000)
      return aSight(atMs, value, sigma)
    })
  })

test('property: is what the normal equations of the model say', () => {
  fc.assert(
    fc.property(sights, (given) => {
      // Where no time passes two are as one, and pull each other without end.
      const list = given.map((sight, i) => ({ ...sight, atMs: sight.atMs + 500 * i }))
      const path = pathThrough(list, volatility, 70_000)
      const expected = byElimination(list)
      expect(path.value).toBeCloseTo(expected.value, 9)
      path.points.forEach((point, i) => expect(point).toBeCloseTo(expected.points[i] ?? 0, 9))
    }),
  )
})

test('property: what others tell of a sight is where the path is without it', () => {
  fc.assert(
    fc.property(sights, fc.nat(7), (list, at) => {
      const i = at % list.length
      const [left] = list.slice(i, i + 1)
      if (list.length < 2 || left === undefined) return
      const { othersPoints } = pathThrough(list, volatility, 60_000)
      // A sight that knows nothing at all is as good as none.
      const blind = list.with(i, { ...left, value: 0, variance: 1 })
      const without = pathThrough(blind, volatility, 60_000)
      expect(othersPoints[i]).toBeCloseTo(without.points[i] ?? 0, 6)
    }),
  )
})

test('property: lies among the sights', () => {
  fc.assert(
    fc.property(sights, (list) => {
      const values = list.map(({ value }) => value)
      const { value, points } = pathThrough(list, volatility, 60_000)
      for (const each of [value, ...points]) {
        expect(each).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12)
        expect(each).toBeLessThanOrEqual(Math.max(...values) + 1e-12)
      }
    }),
  )
})

/** The most likely path by elimination in its normal equations, all of them at once. */
function byElimination(list: readonly Sight[]): Pick<Path, 'value' | 'points'> {
  const rows = list.map(({ atMs, value, variance }, i) => {
    const pulls = list.map((other, k) =>
      Math.abs(i - k) === 1 ? 1 / (perSec * (Math.abs(other.atMs - atMs) / 1_000)) : 0,
    )
    const own = 1 / variance
    const total = pulls.reduce((sum, pull) => sum + pull, own)
    return [...pulls.map((pull, k) => (k === i ? total : -pull)), own * value]
  })
  // Each row's own place outweighs all its others, so that no row has to be changed for another.
  rows.forEach((pivot, i) => {
    const at = pivot[i] ?? 0
    rows.forEach((row, k) => {
      if (k === i) return
      const times = (row[i] ?? 0) / at
      pivot.forEach((each, column) => {
        row[column] = (row[column] ?? 0) - times * each
      })
    })
  })
  const points = rows.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 0))
  return { value: points.at(-1) ?? 0, points }
}
