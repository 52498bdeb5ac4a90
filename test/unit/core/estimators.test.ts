import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Ballot,
  middleVoteOf,
  threeVoteOf,
  trimmedMeanOf,
  votesOf,
  weightedMedianOfSorted,
} from '../../../src/core/estimators.ts'
import { huberOf } from '../../../src/core/huber.ts'
import { medianOfSorted } from '../../../src/core/robust.ts'

/** A ballot of equal shares and deviations. */
function aBallot(...values: number[]): Ballot {
  return {
    values,
    sigmas: values.map(() => 1),
    shares: values.map(() => 1 / values.length),
  }
}

describe('votesOf', () => {
  test('of one value is that value, five times', () => {
    expect(new Set(Object.values(votesOf(aBallot(7))))).toEqual(new Set([7]))
  })

  test('of values around a middle is that middle', () => {
    for (const vote of Object.values(votesOf(aBallot(-2, -1, 0, 1, 2)))) {
      expect(vote).toBeCloseTo(0, 9)
    }
  })
})

test('the middle vote is moved by none of the five alone', () => {
  const votes = { weightedMedian: 1, huber: 2, trimmedMean: 3, threeVote: 4, median: 1_000 }
  expect(middleVoteOf(votes)).toBe(3)
  expect(middleVoteOf({ ...votes, huber: -1_000 })).toBe(3)
})

test('the median is the middle, or half-way between two', () => {
  expect(medianOfSorted([1, 2, 9])).toBe(2)
  expect(medianOfSorted([1, 2, 4, 9])).toBe(3)
})

describe('the weighted median', () => {
  test.each([
    { name: 'is where half of the weight is passed', shares: [0.2, 0.2, 0.6], median: 3 },
    { name: 'is half-way where half is reached', shares: [0.25, 0.25, 0.5], median: 2.5 },
    { name: 'takes rounding for reaching', shares: [0.1, 0.4 - 1e-16, 0.5], median: 2.5 },
    { name: 'of a majority is its value', shares: [0.51, 0.29, 0.2], median: 1 },
  ])('$name', ({ shares, median }) => {
    expect(weightedMedianOfSorted([1, 2, 3], shares)).toBe(median)
  })
})

describe('the trimmed mean', () => {
  test('leaves a quarter of the weight out on each side', () => {
    expect(trimmedMeanOf([0, 1, 2, 1_000], [0.25, 0.25, 0.25, 0.25])).toBe(1.5)
  })

  test('takes the part of a value that is inside', () => {
    // 0.15 of the first, all of the second, 0.05 of the third.
    expect(trimmedMeanOf([0, 1, 4], [0.4, 0.3, 0.3])).toBeCloseTo((0.3 + 0.2) / 0.5, 12)
  })
})

describe('the three-vote median', () => {
  test('lets a precise source say more than a vague one', () => {
    const ballot = { values: [0, 1], shares: [0.5, 0.5] }
    // The precise one's three votes lie close together, and the vague one's to either side of them.
    expect(threeVoteOf({ ...ballot, sigmas: [0.1, 10] })).toBeLessThan(0.5)
    expect(threeVoteOf({ ...ballot, sigmas: [10, 0.1] })).toBeGreaterThan(0.5)
  })
})

describe('the Huber estimator', () => {
  test('is the mean of values that are near', () => {
    expect(huberOf([0, 0.5, 1], [1, 1, 1], [1 / 3, 1 / 3, 1 / 3], 0.5)).toBeCloseTo(0.5, 9)
    expect(huberOf([0, 0.5, 0.9], [1, 1, 1], [0.2, 0.2, 0.6], 0.5)).toBeCloseTo(0.64, 9)
  })

  test('is pulled by one far off no farther than by one at its bend', () => {
    const ballot = (far: number) =>
      huberOf([0, 0, 0, far], [1, 1, 1, 1], [0.25, 0.25, 0.25, 0.25], 0)
    // A quarter of the weight, of which the pull is 1.345 deviations wherever it stands.
    expect(ballot(100)).toBeCloseTo(1.345 / 3, 4)
    expect(ballot(1e6)).toBeCloseTo(ballot(100), 4)
  })

  test('without any weight stays where it starts', () => {
    expect(huberOf([1, 2], [1, 1], [0, 0], 1.5)).toBe(1.5)
  })
})

test('property: all votes lie among the values, and at their scale', () => {
  const source = fc.record({
    value: fc.double({ min: -1, max: 1, noNaN: true }),
    sigma: fc.double({ min: 1e-3, max: 1, noNaN: true }),
    weight: fc.double({ min: 1e-3, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(source, { minLength: 1, maxLength: 20 }), (list) => {
      const sorted = list.toSorted((left, right) => left.value - right.value)
      const total = sorted.reduce((sum, { weight }) => sum + weight, 0)
      const ballot = {
        values: sorted.map(({ value }) => value),
        sigmas: sorted.map(({ sigma }) => sigma),
        shares: sorted.map(({ weight }) => weight / total),
      }
      const votes = votesOf(ballot)
      const [lowest, highest] = [Math.min(...ballot.values), Math.max(...ballot.values)]
      // A vote of the three may lie a deviation outside, but more than half of them do not.
      const { threeVote, ...others } = votes
      for (const vote of [...Object.values(others), middleVoteOf(votes)]) {
        expect(vote).toBeGreaterThanOrEqual(lowest - 1e-9)
        expect(vote).toBeLessThanOrEqual(highest + 1e-9)
      }
      expect(threeVote).toBeGreaterThanOrEqual(lowest - Math.max(...ballot.sigmas))

      const doubled = votesOf({
        ...ballot,
        values: ballot.values.map((value) => 2 * value),
        sigmas: ballot.sigmas.map((sigma) => 2 * sigma),
      })
      expect(doubled.weightedMedian).toBeCloseTo(2 * votes.weightedMedian, 12)
      expect(doubled.median).toBeCloseTo(2 * votes.median, 12)
      expect(doubled.huber).toBeCloseTo(2 * votes.huber, 5)
    }),
  )
})
