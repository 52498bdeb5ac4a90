import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leastVote, reachOf, startOf } from '../../../src/core/start.ts'
import { aVoter, votersAt } from '../../support/voters.ts'

describe('leastVote', () => {
  test.each([
    { count: 1, least: 0 },
    { count: 2, least: 0 },
    { count: 3, least: 0.55 },
    { count: 5, least: 1.1 * (2 / 3) },
    { count: 6, least: 0.55 },
    { count: 9, least: 0.88 },
    { count: 20, least: 0.9 },
  ])('of $count is $least', ({ count, least }) => {
    expect(leastVote(count)).toBeCloseTo(least, 9)
  })

  test('property: the largest minority, at its freshest, is outvoted by the slowest majority', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 500 }), (count) => {
        const liars = Math.floor((count - 1) / 2)
        expect((count - liars) * leastVote(count)).toBeGreaterThan(liars)
      }),
    )
  })
})

describe('startOf', () => {
  test('of equals is their median', () => {
    expect(startOf(votersAt(-3, 1, 2))).toMatchObject({ centre: 1e-4, split: false })
    expect(startOf(votersAt(-3, 1, 2, 8)).centre).toBeCloseTo(1.5e-4, 12)
  })

  test('leans to who is fresh', () => {
    const voters = votersAt(0, 10, 20).map((voter, i) =>
      i === 0 ? { ...voter, sigma: 1e-4 } : { ...voter, sigma: 1e-3 },
    )
    // 1 against 0.55 and 0.55: the middle one still has the middle of the votes.
    expect(startOf(voters).centre).toBeCloseTo(1e-3, 12)
    const two = voters.slice(0, 2)
    expect(startOf(two).centre).toBe(0)
  })

  test('is as precise as the vote that it is', () => {
    const voters = [
      aVoter({ source: 'a', deviation: 0 }),
      aVoter({ source: 'b', deviation: 1e-4, sigma: 8e-4 }),
      aVoter({ source: 'c', deviation: 2e-4 }),
    ]
    expect(startOf(voters).sigma).toBe(8e-4)
  })

  test('who is in no repute counts as little as who is slow', () => {
    const voters = votersAt(0, 1, 300, 301)
    expect(startOf(voters).lowerCamp).toBe(2)
    const known = voters.map((voter, i) => (i > 1 ? { ...voter, reputation: 0.05 } : voter))
    expect(startOf(known)).toMatchObject({ centre: expect.closeTo(1e-4, 12), lowerCamp: undefined })
  })

  test('two camps of about half each are a split', () => {
    expect(startOf(votersAt(0, 1, 100, 101)).split).toBe(true)
    expect(startOf(votersAt(0, 1, 2, 100, 101)).split).toBe(false)
    expect(startOf(votersAt(0, 1, 15, 16)).split).toBe(false)
  })

  test('of exactly half each nobody can say which is right', () => {
    expect(startOf(votersAt(0, 1, 100, 101)).lowerCamp).toBe(2)
    const many = Array.from({ length: 23 }, (_, i) => (i < 12 ? 0 : 100))
    expect(startOf(votersAt(...many))).toMatchObject({ split: true, lowerCamp: undefined })
  })
})

test('a gate reaches 3.5 standard deviations and 3 bps', () => {
  expect(reachOf(2e-4)).toBeCloseTo(1e-3, 12)
})

test('property: no minority moves the start out of the range of the others', () => {
  const deviation = fc.double({ min: -50, max: 50, noNaN: true })
  const sigma = fc.double({ min: 5e-5, max: 5e-3, noNaN: true })
  const reputation = fc.double({ min: 0.05, max: 1, noNaN: true })
  const voter = fc.record({ deviation, sigma, reputation })
  fc.assert(
    fc.property(fc.array(voter, { minLength: 3, maxLength: 21 }), fc.nat(), (list, from) => {
      const liars = Math.floor((list.length - 1) / 2)
      const marked = list.map((fields, i) => ({
        isHonest: (i + from) % list.length >= liars,
        voter: aVoter({ source: `s${i}`, ...fields }),
      }))
      const honest = marked.filter(({ isHonest }) => isHonest).map((each) => each.voter.deviation)
      const { centre } = startOf(
        marked.map((each) => each.voter).toSorted((l, r) => l.deviation - r.deviation),
      )
      expect(centre).toBeGreaterThanOrEqual(Math.min(...honest) - 1e-12)
      expect(centre).toBeLessThanOrEqual(Math.max(...honest) + 1e-12)
    }),
    { numRuns: 1_000 },
  )
})
