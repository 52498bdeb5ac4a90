/** Builders: voters, as the steps of the vote see them. */

import type { Judged } from '../../src/core/merit.ts'
import type { Voter } from '../../src/core/voters.ts'

/** A voter at the reference price of 100, of this instant, with a deviation of 2 bps. */
export function aVoter(differing: Partial<Voter> = {}): Voter {
  const { deviation = 0, source = 's', ageMs = 0, sigma = 2e-4 } = differing
  const price = 100 * (1 + deviation)
  return {
    source,
    price,
    basis: 'last',
    ageMs,
    observedAtMs: -ageMs,
    volume: 1,
    bid: undefined,
    ask: undefined,
    reputation: 1,
    group: undefined,
    bias: 0,
    sigma,
    ownSigma: sigma,
    deviation,
    upright: deviation,
    ...differing,
  }
}

/** One voter a deviation in bps, by ascending deviation: `s0`, `s1`, … */
export function votersAt(...deviationsBps: number[]): Voter[] {
  return deviationsBps
    .toSorted((left, right) => left - right)
    .map((bps, i) => aVoter({ source: `s${i}`, deviation: bps / 10_000 }))
}

/** A voter with nothing unusual about it. */
export function judged(voter: Voter): Judged {
  return {
    voter,
    anomaly: { score: 0, isAlert: false, weightFactor: 1 },
    merit: voter.reputation,
  }
}
