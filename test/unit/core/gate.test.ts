import { describe, expect, test } from 'vitest'
import { gated } from '../../../src/core/gate.ts'
import { startOf } from '../../../src/core/start.ts'
import type { Evidence } from '../../../src/core/settle.ts'
import type { Voter } from '../../../src/core/voters.ts'
import { aVoter, votersAt } from '../../support/voters.ts'

function through(voters: readonly Voter[], last?: Evidence) {
  const { agreeing, outliers, ...rest } = gated(voters, startOf(voters), last)
  return { agreeing: bpsOf(agreeing), outliers: bpsOf(outliers), ...rest }
}

function bpsOf(voters: readonly Voter[]): number[] {
  return voters.map(({ deviation }) => Math.round(deviation * 10_000))
}

/** The last consensus, so many bps from the reference price. */
function last(bps: number, sigma = 3e-4): Evidence {
  return { value: bps / 10_000, sigma, worth: 1 }
}

describe('gated', () => {
  test('lets through who is within 3.5 deviations and 3 bps of where the evidence lies', () => {
    expect(through(votersAt(-2, -1, 0, 1, 2, 9, 11))).toMatchObject({
      agreeing: [-2, -1, 0, 1, 2, 9],
      outliers: [11],
      majority: 4,
      split: false,
      lowQuorum: false,
    })
  })

  test('gives who is less precise more room', () => {
    const voters = [...votersAt(-1, 0, 1), aVoter({ source: 'wide', deviation: 3e-3, sigma: 1e-3 })]
    expect(through(voters).agreeing).toEqual([-1, 0, 1, 30])
  })

  test('keeps within the gate around the start, whatever agrees', () => {
    const { least, most } = through(votersAt(-1, 0, 1))
    expect(least).toBeCloseTo(-1e-3, 9)
    expect(most).toBeCloseTo(1e-3, 9)
  })

  test('a precise source does not fail for a start that is not', () => {
    const voters = [
      aVoter({ source: 'lie', deviation: -0.03 }),
      aVoter({ source: 'slow', deviation: -2e-3, sigma: 1.2e-3 }),
      aVoter({ source: 'fresh', deviation: 0 }),
    ]
    expect(through(voters)).toMatchObject({ agreeing: [-20, 0], outliers: [-300] })
  })

  test('without a majority it is tried once more at twice the width, and said so', () => {
    expect(through(votersAt(-13, 0, 13))).toMatchObject({
      agreeing: [-13, 0, 13],
      lowQuorum: true,
    })
    expect(through(votersAt(-40, 0, 40)).agreeing).toEqual([0])
  })

  test('of two camps of half each none agrees, if nothing is known', () => {
    expect(through(votersAt(0, 1, 100, 101))).toMatchObject({
      agreeing: [],
      outliers: [0, 1, 100, 101],
      split: true,
    })
  })

  test.each([
    { bps: 5, agreeing: [0, 1], outliers: [100, 101] },
    { bps: 90, agreeing: [100, 101], outliers: [0, 1] },
  ])('of two camps the one nearer a last consensus at $bps bps agrees', ({ bps, ...camps }) => {
    expect(through(votersAt(0, 1, 100, 101), last(bps))).toMatchObject({
      ...camps,
      majority: 2,
      split: true,
    })
  })

  test('the last consensus is evidence where sources are few', () => {
    // Three fresh liars beside two fresh and two slow honest ones, which say little of now.
    const voters = [
      aVoter({ source: 'a', deviation: -1e-4 }),
      aVoter({ source: 'b', deviation: 0 }),
      aVoter({ source: 'c', deviation: 1e-4, sigma: 8e-4 }),
      aVoter({ source: 'd', deviation: 3e-4, sigma: 8e-4 }),
      ...[20, 21, 22].map((bps) => aVoter({ source: `l${bps}`, deviation: bps / 10_000 })),
    ]
    expect(through(voters, last(0)).agreeing).toEqual([-1, 0, 1, 3])
    expect(through(voters).agreeing).toContain(22)
  })

  test('half of the voters are a majority if the last consensus bears them out', () => {
    const voters = [...votersAt(0, 1), aVoter({ source: 'x', deviation: 0.01, reputation: 0.6 })]
    const four = [...voters, aVoter({ source: 'y', deviation: 0.02, reputation: 0.6 })]
    expect(through(four, last(0))).toMatchObject({ agreeing: [0, 1], majority: 2 })
    expect(through(four).majority).toBe(3)
  })

  test('who holds two thirds of all repute is a majority: known liars do not make up the numbers', () => {
    const voters = votersAt(-300, 0, 1, 300, 600).map((voter) =>
      Math.abs(voter.deviation) > 1e-3 ? { ...voter, reputation: 0.05 } : voter,
    )
    expect(through(voters)).toMatchObject({ agreeing: [0, 1], majority: 2, lowQuorum: true })
    const unknown = voters.map((voter) => ({ ...voter, reputation: 1 }))
    expect(through(unknown)).toMatchObject({ agreeing: [0, 1], majority: 3 })
  })

  test('of nobody lets nobody through', () => {
    expect(through([])).toMatchObject({ agreeing: [], outliers: [], majority: 1 })
  })
})
