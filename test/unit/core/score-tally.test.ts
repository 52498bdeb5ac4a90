import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/core/seeded-random.ts'
import { alertThreshold, emptyTally, tallied } from '../../../src/core/score-tally.ts'

/** Scores around 0.2 with a deviation of 0.05: as good as normal. */
function scores(seed: number, count: number): number[] {
  const random = seededRandom(seed)
  const around = () => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6)
  return Array.from({ length: count }, () => Math.min(Math.max(0.2 + 0.05 * around(), 0), 1))
}

describe('alertThreshold', () => {
  test('is unknown until a thousand scores are', () => {
    expect(alertThreshold(tallied(emptyTally, scores(1, 999)))).toBeUndefined()
    expect(alertThreshold(tallied(emptyTally, scores(1, 1_000)))).toBeDefined()
  })

  test('is where an exponential tail has one in 100 000 beyond', () => {
    const random = seededRandom(5)
    const exponential = Array.from({ length: 15_000 }, () => -0.04 * Math.log(1 - random()))
    const threshold = alertThreshold(tallied(emptyTally, exponential)) ?? 0
    expect(threshold / 0.04).toBeGreaterThan(Math.log(100_000) * 0.9)
    expect(threshold / 0.04).toBeLessThan(Math.log(100_000) * 1.15)
  })

  test('leaves room above scores that are all alike', () => {
    const alike = Array.from({ length: 2_000 }, () => 0.3)
    expect(alertThreshold(tallied(emptyTally, alike))).toBeGreaterThan(0.34)
  })

  test('follows what scores have become', () => {
    const before = tallied(emptyTally, scores(1, 15_000))
    const after = tallied(
      before,
      scores(2, 100_000).map((score) => score / 2),
    )
    expect(alertThreshold(after)).toBeLessThan((alertThreshold(before) ?? 0) * 0.7)
  })
})

test('property: a tally counts each score once until it is halved, and stays below its limit', () => {
  const score = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fc.array(score), (some) => {
      const tally = tallied(emptyTally, some)
      expect(tally.total).toBe(some.length)
      expect(tally.counts.reduce((sum, count) => sum + count, 0)).toBe(some.length)
      expect(emptyTally.counts.every((count) => count === 0)).toBe(true)
    }),
  )
  const long = tallied(emptyTally, scores(3, 45_000))
  // Halved at every 20 000: of 45 000 there are 10 000 left and 5 000 new ones.
  expect(long.total).toBeLessThanOrEqual(15_000)
  expect(long.total).toBeGreaterThan(14_500)
  expect(long.counts.reduce((sum, count) => sum + count, 0)).toBe(long.total)
})
