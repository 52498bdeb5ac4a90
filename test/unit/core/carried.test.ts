import { describe, expect, test } from 'vitest'
import { carriedForward } from '../../../src/core/carried.ts'
import { defaultPolicy } from '../../../src/core/policy.ts'
import type { Sight } from '../../../src/core/path.ts'
import type { Voter } from '../../../src/core/voters.ts'
import { aVoter, judged } from '../../support/voters.ts'

const occasion = { atMs: 0, volatility: 1.2e-4, policy: defaultPolicy }
const anywhere = { least: -1, most: 1 }

function carry(voters: readonly Voter[], last?: Sight) {
  const { carried, misfits, sigma } = carriedForward(voters.map(judged), last, occasion, anywhere)
  return {
    values: Object.fromEntries(
      carried.map(({ judged: { voter }, value }) => [voter.source, value * 10_000]),
    ),
    misfits: misfits.map(({ judged: { voter } }) => voter.source),
    order: carried.map(({ judged: { voter } }) => voter.source),
    sigmaBps: sigma * 10_000,
  }
}

describe('carriedForward', () => {
  test('leaves prices of this instant where they are', () => {
    const { values, misfits } = carry([
      aVoter({ source: 'a', deviation: 1e-4 }),
      aVoter({ source: 'b', deviation: -1e-4 }),
    ])
    expect(values).toEqual({ a: expect.closeTo(1, 9), b: expect.closeTo(-1, 9) })
    expect(misfits).toEqual([])
  })

  test('adds to an old price what the market has moved since', () => {
    // A minute ago one saw 0; of those who see +12 bps now one had seen 0 then.
    const { values } = carry([
      aVoter({ source: 'old', ageMs: 60_000 }),
      aVoter({ source: 'now', deviation: 12e-4 }),
      aVoter({ source: 'too', deviation: 12e-4 }),
    ])
    expect(values['old']).toBeGreaterThan(10.5)
    expect(values['old']).toBeLessThanOrEqual(12)
    expect(values['now']).toBeCloseTo(12, 0)
  })

  test('takes the learnt lean off', () => {
    const lone = aVoter({ source: 'a', deviation: 3e-4, upright: 1e-4 })
    expect(carry([lone]).values).toEqual({ a: expect.closeTo(1, 9) })
  })

  test('the last consensus is a point of the path, and no voter', () => {
    const last = { atMs: -30_000, value: 0, variance: 1e-8 }
    const without = carry([aVoter({ source: 'a', deviation: 5e-4 })])
    const { order, sigmaBps } = carry([aVoter({ source: 'a', deviation: 5e-4 })], last)
    expect(order).toEqual(['a'])
    expect(sigmaBps).toBeLessThan(without.sigmaBps)
  })

  test('leaves out who does not fit the path at his own instant, though it is within his gate', () => {
    const voters = [
      ...[25, 25, 25, 0].map((sec, i) =>
        aVoter({ source: `s${i}`, ageMs: sec * 1_000, sigma: 8e-4, ownSigma: 2e-4 }),
      ),
      aVoter({ source: 'lie', ageMs: 25_000, deviation: 3e-3, sigma: 9e-4, ownSigma: 2e-4 }),
    ]
    const { misfits, order } = carry(voters)
    expect(misfits).toEqual(['lie'])
    expect(order.toSorted()).toEqual(['s0', 's1', 's2', 's3'])
  })

  test('but not where as many would be left out as be left, or too few', () => {
    const apart = [aVoter({ source: 'a' }), aVoter({ source: 'b', deviation: 15e-4 })]
    expect(carry(apart).misfits).toEqual([])
    const three = [...apart, aVoter({ source: 'c', deviation: 0.0001 })]
    expect(carry(three).misfits).toEqual(['b'])
    const strict = { ...occasion, policy: { ...defaultPolicy, minSources: 3 } }
    expect(carriedForward(three.map(judged), undefined, strict, anywhere).misfits).toEqual([])
    const around = { least: 14e-4, most: 16e-4 }
    expect(carriedForward(three.map(judged), undefined, occasion, around).misfits).toEqual([])
  })

  test('who has little merit draws little of the path', () => {
    const doubtful = { ...judged(aVoter({ source: 'x', deviation: 5e-4 })), merit: 0.05 }
    const { carried } = carriedForward(
      [judged(aVoter({ source: 'a' })), judged(aVoter({ source: 'b' })), doubtful],
      undefined,
      { ...occasion, volatility: 1e-5 },
      anywhere,
    )
    const surprise = carried.find(({ judged: { voter } }) => voter.source === 'a')?.surprise ?? 0
    expect(Math.abs(surprise)).toBeLessThan(0.3e-4)
  })

  test('is by ascending value, of equal values by name', () => {
    const voters = ['c', 'a', 'b'].map((source) => aVoter({ source }))
    expect(carry(voters).order).toEqual(['a', 'b', 'c'])
    expect(carry([...voters, aVoter({ source: 'z', deviation: -1e-4 })]).order[0]).toBe('z')
  })
})
