import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sharesOf } from '../../../src/core/shares.ts'
import { aVoter, judged } from '../../support/voters.ts'

const shares = (...differing: Parameters<typeof aVoter>[0][]) =>
  sharesOf(differing.map((each, i) => judged(aVoter({ source: `s${i}`, ...each }))))

test('equals share alike', () => {
  expect(shares({}, {}, {}, {})).toEqual([0.25, 0.25, 0.25, 0.25])
})

test.each([
  { name: 'the more liquid', better: { volume: 100 }, worse: { volume: 1 } },
  { name: 'the better reputed', better: {}, worse: { reputation: 0.5 } },
  { name: 'the more precise', better: { ownSigma: 2e-4 }, worse: { ownSigma: 4e-4 } },
])('$name has the larger share', ({ better, worse }) => {
  const [most = 0, least = 0] = shares(better, worse, worse, worse, worse)
  expect(most).toBeGreaterThan(least)
})

test('what age adds to a deviation takes nothing from a share: the price is carried forward', () => {
  const [one, other] = shares({ sigma: 1e-3, ownSigma: 2e-4 }, { sigma: 2e-4, ownSigma: 2e-4 }, {})
  expect(one).toBe(other)
})

test('unusual behaviour lowers a share', () => {
  const ordinary = Array.from({ length: 6 }, (_, i) => judged(aVoter({ source: `s${i}` })))
  const odd = { ...judged(aVoter({ source: 'odd' })), merit: 0.25 }
  const [lowered = 0, full = 0] = sharesOf([odd, ...ordinary])
  expect(lowered).toBeCloseTo(full / 4, 12)
})

test('property: shares sum to 1 and no minority holds half, whatever anybody claims', () => {
  const voter = fc.record({
    volume: fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }),
    reputation: fc.double({ min: 0.05, max: 1, noNaN: true }),
    ownSigma: fc.double({ min: 5e-5, max: 5e-3, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(voter, { minLength: 1, maxLength: 30 }), (list) => {
      const held = shares(...list)
      expect(held.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
      const minority = Math.floor((list.length - 1) / 2)
      const largest = held.toSorted((left, right) => right - left).slice(0, minority)
      expect(largest.reduce((sum, share) => sum + share, 0)).toBeLessThan(0.5)
    }),
  )
})
