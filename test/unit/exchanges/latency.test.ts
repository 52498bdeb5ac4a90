import fc from 'fast-check'
import { expect, test } from 'vitest'
import { percentilesOf, rememberedLatencies, withLatency } from '../../../src/exchanges/latency.ts'

test('of no answer nothing can be said', () => {
  expect(percentilesOf([])).toBeUndefined()
})

test.each([
  { past: [7], expected: { p50: 7, p90: 7, p99: 7 } },
  { past: [3, 1, 2], expected: { p50: 2, p90: 3, p99: 3 } },
  {
    past: Array.from({ length: 60 }, (_, i) => i + 1),
    expected: { p50: 30, p90: 54, p99: 60 },
  },
])('of $past.length answers', ({ past, expected }) => {
  expect(percentilesOf(past)).toEqual(expected)
})

test('property: the memory is bounded, and its percentiles are answers in ascending order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000), { minLength: 1, maxLength: 200 }), (latencies) => {
      const past = latencies.reduce<readonly number[]>(withLatency, [])
      expect(past).toEqual(latencies.slice(-rememberedLatencies))
      const { p50, p90, p99 } = percentilesOf(past) ?? { p50: 0, p90: 0, p99: 0 }
      expect(past).toEqual(expect.arrayContaining([p50, p90, p99]))
      expect(p50 <= p90 && p90 <= p99).toBe(true)
    }),
  )
})
