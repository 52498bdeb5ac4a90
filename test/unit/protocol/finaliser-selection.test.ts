import fc from 'fast-check'
import { type Hex, keccak256, numberToHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { finaliserSeed, selectedFinalisers } from '../../../src/protocol/finaliser-selection.ts'
import type { SigningPolicy } from '../../../src/protocol/signing-policy.ts'

function word(value: number): Hex {
  return numberToHex(value, { size: 32 })
}

/** Voters whose addresses are their places. */
function policyOf(weights: readonly number[], seed = word(1)): SigningPolicy {
  return {
    rewardEpochId: 1,
    startVotingRoundId: 1,
    threshold: 0,
    seed,
    voters: weights.map((weight, place) => ({ address: numberToHex(place, { size: 20 }), weight })),
  }
}

function placesDrawn(policy: SigningPolicy, votingRoundId: number, shareBips?: number): number[] {
  const drawing = { protocolId: 100, votingRoundId, ...(shareBips !== undefined && { shareBips }) }
  return selectedFinalisers(policy, drawing).map(Number)
}

/** Walks up the weights, one draw at a time. Where a voter of weight 0 begins it is not asked. */
function naivelyDrawn(policy: SigningPolicy, votingRoundId: number, shareBips: number): number[] {
  const total = policy.voters.reduce((sum, { weight }) => sum + weight, 0)
  const places = new Set<number>()
  let random = finaliserSeed(policy.seed, 100, votingRoundId)
  const drawnWeight = () =>
    [...places].reduce((sum, place) => sum + (policy.voters[place]?.weight ?? 0), 0)
  while (drawnWeight() < Math.floor((total * shareBips) / 10_000)) {
    let value = Number(BigInt(random) % BigInt(total))
    places.add(
      policy.voters.findIndex(({ weight }) => {
        value -= weight
        return value < 0
      }),
    )
    random = keccak256(random)
  }
  return [...places]
}

describe('finaliserSeed', () => {
  // Published by go-flare-common, pkg/voters/voters_test.go.
  test('is as published', () => {
    expect(finaliserSeed(word(1), 2, 3)).toBe(
      '0x6e0c627900b24bd432fe7b1f713f1b0744091a646a9fe4a65a18dfed21f2949c',
    )
  })
})

describe('selectedFinalisers', () => {
  test('draws 5 % of the weight unless told otherwise', () => {
    const policy = policyOf(Array.from({ length: 100 }, () => 655))
    expect(placesDrawn(policy, 7)).toEqual(placesDrawn(policy, 7, 500))
    expect(placesDrawn(policy, 7)).toHaveLength(5)
  })

  test('differs from round to round and from protocol to protocol', () => {
    const policy = policyOf(Array.from({ length: 100 }, () => 655))
    expect(placesDrawn(policy, 7)).not.toEqual(placesDrawn(policy, 8))
    expect(selectedFinalisers(policy, { protocolId: 200, votingRoundId: 7 })).not.toEqual(
      selectedFinalisers(policy, { protocolId: 100, votingRoundId: 7 }),
    )
  })

  test('property: equals a walk up the weights', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 650 }), { minLength: 1, maxLength: 100 }),
        fc.nat(1_000_000),
        fc.integer({ min: 1, max: 5_000 }),
        (weights, round, shareBips) => {
          const policy = policyOf(weights)
          expect(placesDrawn(policy, round, shareBips)).toEqual(
            naivelyDrawn(policy, round, shareBips),
          )
        },
      ),
      { numRuns: 50 },
    )
  })

  // The reference's bisection stops at the first voter that begins at the very value.
  test.each([
    { weights: [1, 0, 0, 1, 1], value: 1n, first: 2 },
    { weights: [1, 0, 1, 1, 1], value: 1n, first: 2 },
    { weights: [1, 0, 0, 0, 1, 1], value: 1n, first: 2 },
    { weights: [0, 1, 1, 1, 1], value: 0n, first: 1 },
    { weights: [1, 1, 0], value: 1n, first: 1 },
    { weights: [1, 2, 0], value: 2n, first: 1 },
  ])('of the weights $weights the value $value finds $first', ({ weights, value, first }) => {
    const total = BigInt(weights.reduce((sum, weight) => sum + weight, 0))
    const rounds = Array.from({ length: 1_000 }, (_, round) => round)
    const round = rounds.find((each) => BigInt(finaliserSeed(word(1), 100, each)) % total === value)
    expect(placesDrawn(policyOf(weights), round ?? 0, 5_000)[0]).toBe(first)
  })

  test.each([0, 5_001, 0.5, -1])('a share of %s bips is not drawn', (shareBips) => {
    expect(() => placesDrawn(policyOf([1]), 1, shareBips)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })

  test.each<{ weights: number[] }>([{ weights: [] }, { weights: [0, 0] }])(
    'nobody is drawn of the weights $weights',
    ({ weights }) => {
      expect(() => placesDrawn(policyOf(weights), 1)).toThrow(
        expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
      )
    },
  )
})
