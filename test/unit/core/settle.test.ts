import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Evidence, settledOn } from '../../../src/core/settle.ts'

function evidence(value: number, sigma = 1, worth = 1): Evidence {
  return { value, sigma, worth }
}

describe('settledOn', () => {
  test('all that agree settle on their mean by precision', () => {
    expect(settledOn([evidence(0, 1), evidence(3, 2)], -10, 10)).toEqual({
      value: expect.closeTo(0.6, 12),
      sigma: expect.closeTo(1 / Math.sqrt(1.25), 12),
    })
  })

  test('of two camps it settles on the larger, and the smaller pulls at nothing', () => {
    const camps = [0, 0.1, 0.2, 20, 20.1].map((value) => evidence(value))
    expect(settledOn(camps, -50, 50)?.value).toBeCloseTo(0.1, 9)
  })

  test('where the larger camp is beyond the bounds it settles within them', () => {
    const camps = [0, 20, 20.1, 20.2].map((value) => evidence(value))
    expect(settledOn(camps, -5, 5)?.value).toBe(0)
  })

  test('of two camps as large the more precise counts', () => {
    const sharp = [evidence(10, 1), evidence(10, 1)]
    // Someone who is unsure is explained by either camp, but better by the nearer.
    expect(settledOn([evidence(0, 5), evidence(0, 5), ...sharp], -50, 50)?.value).toBeGreaterThan(9)
  })

  test('the word of one in less repute costs less to leave unexplained', () => {
    const camps = [evidence(0), evidence(0), evidence(20, 1, 0.5), evidence(20, 1, 0.5)]
    expect(settledOn([...camps, evidence(20.1, 1, 0.5)], -50, 50)?.value).toBeCloseTo(0, 9)
  })

  test('where nothing speaks for any value within the bounds there is none', () => {
    expect(settledOn([], -1, 1)).toBeUndefined()
    expect(settledOn([evidence(100)], -1, 1)).toBeUndefined()
  })
})

test('property: no value of a fine grid explains the evidence better', () => {
  const anyEvidence = fc.record({
    value: fc.double({ min: -20, max: 20, noNaN: true }),
    sigma: fc.double({ min: 0.2, max: 5, noNaN: true }),
    worth: fc.double({ min: 0.1, max: 1, noNaN: true }),
  })
  const bound = fc.double({ min: 0, max: 30, noNaN: true })
  fc.assert(
    fc.property(fc.array(anyEvidence, { minLength: 1, maxLength: 8 }), bound, (evidences, most) => {
      const settled = settledOn(evidences, -most, most)
      const least =
        settled === undefined ? unexplained(evidences) : costOf(evidences, settled.value)
      for (let step = 0; step <= 400; step += 1) {
        const x = -most + (step / 400) * 2 * most
        expect(costOf(evidences, x)).toBeGreaterThanOrEqual(least - 1e-6)
      }
      if (settled === undefined) return
      expect(Math.abs(settled.value)).toBeLessThanOrEqual(most)
    }),
  )
})

function costOf(evidences: readonly Evidence[], x: number): number {
  return evidences.reduce(
    (sum, { value, sigma, worth }) => sum + Math.min(((value - x) / sigma) ** 2, 3.5 ** 2 * worth),
    0,
  )
}

function unexplained(evidences: readonly Evidence[]): number {
  return evidences.reduce((sum, { worth }) => sum + 3.5 ** 2 * worth, 0)
}
