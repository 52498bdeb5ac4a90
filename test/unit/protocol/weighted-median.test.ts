import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  medianOfVotes,
  turnoutBips,
  type WeightedVote,
} from '../../../src/protocol/weighted-median.ts'
import { naiveMedian } from '../../support/naive-oracle.ts'

/** Votes from values and their weights, in the order given. */
function votes(values: readonly number[], weights: readonly (number | bigint)[]): WeightedVote[] {
  return values.map((value, i) => ({ value, weight: BigInt(weights[i] ?? 1) }))
}

describe('medianOfVotes', () => {
  test.each<{ why: string; values: number[]; weights: number[]; median: number }>([
    { why: 'a single vote', values: [10], weights: [1], median: 10 },
    { why: 'half of an even weight, reached exactly', values: [2, 4], weights: [1, 1], median: 3 },
    {
      why: 'a mean that ends in a half is rounded down',
      values: [3, 4],
      weights: [1, 1],
      median: 3,
    },
    { why: 'towards minus infinity', values: [-4, -3], weights: [1, 1], median: -4 },
    { why: 'also across zero', values: [-2, 1], weights: [1, 1], median: -1 },
    { why: 'an odd weight has one middle', values: [1, 2, 3], weights: [1, 1, 1], median: 2 },
    {
      why: 'half of an odd weight is rounded up',
      values: [1, 2],
      weights: [1, 2],
      median: 2,
    },
    {
      why: 'a vote of no weight right behind the half is the next',
      values: [100, 200, 300],
      weights: [5, 0, 5],
      median: 150,
    },
    {
      why: 'before the half it is nothing',
      values: [100, 200, 300],
      weights: [0, 5, 5],
      median: 250,
    },
    { why: 'two votes that weigh nothing', values: [1, 4], weights: [0, 0], median: 2 },
    { why: 'three of them: the first two count', values: [9, 1, 5], weights: [0, 0, 0], median: 3 },
    {
      why: 'equal values stand in the order of the policy: the weightless one is next',
      values: [1, 1, 9],
      weights: [5, 0, 5],
      median: 1,
    },
    {
      why: 'and the other way round it is not',
      values: [1, 1, 9],
      weights: [0, 5, 5],
      median: 5,
    },
    {
      why: 'the largest values that a slot can hold',
      values: [2 ** 31 - 1, 2 ** 31 - 1],
      weights: [1, 1],
      median: 2 ** 31 - 1,
    },
    {
      why: 'the smallest',
      values: [1 - 2 ** 31, 1 - 2 ** 31],
      weights: [1, 1],
      median: 1 - 2 ** 31,
    },
  ])('$why', ({ values, weights, median }) => {
    expect(medianOfVotes(votes(values, weights))).toMatchObject({ kind: 'median', value: median })
  })

  test('has quartiles, which must be passed and not only reached', () => {
    expect(medianOfVotes(votes([1, 2, 3, 4], [1, 1, 1, 1]))).toEqual({
      kind: 'median',
      value: 2,
      quartile1: 2,
      quartile3: 3,
      weight: 4n,
    })
  })

  test('has no quartiles where nothing weighs anything', () => {
    expect(medianOfVotes(votes([1, 3], [0, 0]))).toEqual({ kind: 'median', value: 2, weight: 0n })
  })

  test('of no vote is none, of one without weight it is undefined', () => {
    expect(medianOfVotes([])).toEqual({ kind: 'no-votes' })
    expect(medianOfVotes(votes([7], [0]))).toEqual({ kind: 'undefined' })
  })

  test('tells weights of 27 digits apart by one', () => {
    const ether = 10n ** 27n
    expect(medianOfVotes(votes([1, 2], [ether, ether]))).toMatchObject({
      value: 1,
      weight: 2n * ether,
    })
    expect(medianOfVotes(votes([1, 3], [ether, ether]))).toMatchObject({ value: 2 })
    expect(medianOfVotes(votes([1, 3], [ether, ether + 1n]))).toMatchObject({ value: 3 })
    expect(medianOfVotes(votes([1, 3], [ether + 1n, ether]))).toMatchObject({ value: 1 })
  })

  test('leaves its votes as they were', () => {
    const given = votes([3, 1, 2], [1, 1, 1])
    medianOfVotes(given)
    expect(given).toEqual(votes([3, 1, 2], [1, 1, 1]))
  })

  const vote = fc.record({
    value: fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: 1 - 2 ** 31, max: 2 ** 31 - 1 }),
    ),
    weight: fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 65_535n), fc.bigInt(0n, 10n ** 27n)),
  })

  test('property: is what the definition says at quadratic cost', () => {
    fc.assert(
      fc.property(fc.array(vote, { minLength: 1, maxLength: 30 }), (list) => {
        const outcome = medianOfVotes(list)
        expect(outcome.kind === 'median' ? outcome.value : undefined).toBe(naiveMedian(list))
      }),
      { numRuns: 2_000 },
    )
  })

  test('property: quartiles hold the median between them where every vote weighs', () => {
    const heavy = vote.map((each) => ({ ...each, weight: each.weight + 1n }))
    fc.assert(
      fc.property(fc.array(heavy, { minLength: 1, maxLength: 30 }), (list) => {
        const outcome = medianOfVotes(list)
        if (outcome.kind !== 'median') throw new Error('Votes of weight have a median.')
        expect(outcome.quartile1).toBeLessThanOrEqual(outcome.value)
        expect(outcome.quartile3).toBeGreaterThanOrEqual(outcome.value)
      }),
    )
  })
})

test.each([
  { weight: 0n, total: 1n, bips: 0 },
  { weight: 1n, total: 1n, bips: 10_000 },
  { weight: 2n, total: 3n, bips: 6_666 },
  { weight: 6n, total: 65_486n, bips: 0 },
  { weight: 10n ** 27n - 1n, total: 10n ** 27n, bips: 9_999 },
])('a turnout of $weight in $total is $bips bips', ({ weight, total, bips }) => {
  expect(turnoutBips(weight, total)).toBe(bips)
})
