/**
 * Where the gate stands: the median of all votes by their freshness, which no minority can move out
 * of the others' range; and whether the votes fall into two camps.
 */

import { middleOf } from './robust.ts'
import { tuning } from './tuning.ts'
import type { Voter } from './voters.ts'

export type Start = {
  /** A deviation from the reference price. */
  readonly centre: number
  /** Standard deviation of the vote that it is, the larger of two where it lies between them. */
  readonly sigma: number
  /** Two camps that hold about half each lie on either side of a gap. */
  readonly split: boolean
  /** How many voters lie below, where it lies in the gap itself: nobody can say which camp is right. */
  readonly lowerCamp: number | undefined
}

/** Half of the weight counts as reached exactly if it is missed by less than this share of it. */
const tieTolerance = 1e-12

/**
 * The least that a slow source's vote counts beside a fresh one's: `f` fresh liars are outvoted by
 * `n - f` slow honest sources only if it is more than `f / (n - f)`, with `f = ⌊(n - 1) / 2⌋`.
 */
export function leastVote(count: number): number {
  const liars = Math.floor((count - 1) / 2)
  return Math.min(1, (tuning.start.margin * liars) / Math.max(1, count - liars))
}

/**
 * The start of the vote. Each vote counts its reputation times `(σ_min / σ)²`, at least `leastVote`
 * and at most 1.
 *
 * @param voters By ascending deviation; at least one.
 */
export function startOf(voters: readonly Voter[]): Start {
  const least = leastVote(voters.length)
  let sharpest = Number.POSITIVE_INFINITY
  for (const { sigma } of voters) sharpest = Math.min(sharpest, sigma)
  let total = 0
  const votes: number[] = []
  for (const { sigma, reputation } of voters) {
    const vote = Math.max(least, reputation * (sharpest / sigma) ** 2)
    total += vote
    votes.push(vote)
  }
  return { ...centreOf(voters, votes, total), ...campsOf(voters, votes, total) }
}

function centreOf(
  voters: readonly Voter[],
  votes: readonly number[],
  total: number,
): Pick<Start, 'centre' | 'sigma'> {
  const half = total / 2
  const tolerance = half * tieTolerance
  let reached = 0
  for (let i = 0; i < voters.length; i += 1) {
    const here = voters[i]
    reached += votes[i] ?? 0
    if (here === undefined || reached < half - tolerance) continue
    if (reached > half + tolerance) return { centre: here.deviation, sigma: here.sigma }
    const next = voters[i + 1] ?? here
    return {
      centre: middleOf(here.deviation, next.deviation),
      sigma: Math.max(here.sigma, next.sigma),
    }
  }
  return { centre: 0, sigma: 0 }
}

/** Whether about half of the votes lie on either side of a gap that two gates do not bridge. */
function campsOf(
  voters: readonly Voter[],
  votes: readonly number[],
  total: number,
): Pick<Start, 'split' | 'lowerCamp'> {
  let split = false
  let reached = 0
  for (let i = 0; i + 1 < voters.length; i += 1) {
    const low = voters[i]
    const high = voters[i + 1]
    reached += (votes[i] ?? 0) / total
    if (low === undefined || high === undefined) continue
    const isGap = high.deviation - low.deviation > reachOf(low.sigma) + reachOf(high.sigma)
    if (!isGap || Math.abs(reached - 0.5) > tuning.gate.splitShare) continue
    split = true
    if (Math.abs(reached - 0.5) <= tieTolerance) return { split, lowerCamp: i + 1 }
  }
  return { split, lowerCamp: undefined }
}

/** Half-width of a gate: `3.5 σ + 3 bps`, a fraction of the price. */
export function reachOf(sigma: number): number {
  return tuning.gate.sigmas * sigma + tuning.gate.floor
}
