/** The Hampel gate of the vote: whose price is near enough to the start, or to the right camp. */

import { median } from './robust.ts'
import { type Evidence, type Settled, settledOn } from './settle.ts'
import { reachOf, type Start, startOf } from './start.ts'
import { tuning } from './tuning.ts'
import type { Voter } from './voters.ts'

export type Gated = {
  /** Where the gate stood, a deviation from the reference price. */
  readonly centre: number
  /** By ascending deviation. */
  readonly agreeing: readonly Voter[]
  readonly outliers: readonly Voter[]
  /** How many have to agree, most of the voters as a rule. */
  readonly majority: number
  /** Two camps stood against each other. */
  readonly split: boolean
  /** A majority came together only in a wider gate. */
  readonly lowQuorum: boolean
  /** What the price must not be beyond, as deviations: the gate around the start. */
  readonly least: number
  readonly most: number
}

/**
 * Who is within `3.5 σ + 3 bps` of where most of the evidence near the start lies, the last consensus
 * being one of it; with the larger of the own `σ` and the centre's. Where that leaves no majority,
 * the gate is tried once more around the start at twice the width. Of two camps of exactly half each
 * the one nearer the last consensus counts, and without one neither.
 *
 * Where half agree, and the last consensus with them, it is the voice that is missing.
 *
 * @param voters By ascending deviation.
 * @param last The last consensus, widened by what the market may have moved since; if it is young.
 */
export function gated(voters: readonly Voter[], start: Start, last: Evidence | undefined): Gated {
  const { split, lowerCamp } = start
  if (lowerCamp !== undefined) return campOf(voters, start, lowerCamp, last)
  const centre = centreOf(voters, start, last)
  const first = within(voters, centre, 1)
  const isEnough = first.agreeing.length >= majorityOf(first.agreeing, voters, last)
  const { agreeing, outliers } = isEnough
    ? first
    : within(voters, { value: start.centre, sigma: start.sigma }, tuning.gate.secondTry)
  return overlapping({
    centre: centre.value,
    agreeing,
    outliers,
    ...edgesOf(agreeing, start),
    majority: majorityOf(agreeing, voters, last),
    split,
    lowQuorum: first.agreeing.length * 2 <= voters.length,
  })
}

/**
 * How many have to agree: more than half of all; half, where the last consensus bears them out; or as
 * many as hold two thirds of all repute, so that known liars cannot make up the numbers for ever.
 */
function majorityOf(
  agreeing: readonly Voter[],
  voters: readonly Voter[],
  last: Evidence | undefined,
): number {
  const most = Math.floor(voters.length / 2) + 1
  if (agreeing.length >= most) return most
  if (reputeOf(agreeing) > tuning.gate.reputeShare * reputeOf(voters)) return agreeing.length
  const middle = median(agreeing.map(({ deviation }) => deviation))
  const isBorneOut =
    middle !== undefined &&
    last !== undefined &&
    Math.abs(middle - last.value) <= reachOf(last.sigma)
  return isBorneOut ? Math.ceil(voters.length / 2) : most
}

function reputeOf(voters: readonly Voter[]): number {
  let repute = 0
  for (const { reputation } of voters) repute += reputation
  return repute
}

/** Those who agree with one another, but with the start none of them, do not agree. */
function overlapping(gate: Gated): Gated {
  const { agreeing, outliers, least, most } = gate
  const lowest = agreeing.at(0)?.deviation ?? least
  const highest = agreeing.at(-1)?.deviation ?? most
  if (lowest <= most && highest >= least) return gate
  return { ...gate, agreeing: [], outliers: [...outliers, ...agreeing] }
}

/** The start, sharpened by all evidence as far as it can be trusted itself. */
function centreOf(
  voters: readonly Voter[],
  { centre, sigma }: Start,
  last: Evidence | undefined,
): Settled {
  const evidences: Evidence[] = voters.map(({ deviation, sigma: own, reputation }) => ({
    value: deviation,
    sigma: own,
    worth: Math.max(reputation, tuning.reputation.leastWorth),
  }))
  if (last !== undefined) evidences.push(last)
  const reach = reachOf(sigma)
  return settledOn(evidences, centre - reach, centre + reach) ?? { value: centre, sigma }
}

function within(
  voters: readonly Voter[],
  centre: Settled,
  widths: number,
): Pick<Gated, 'agreeing' | 'outliers'> {
  const agreeing: Voter[] = []
  const outliers: Voter[] = []
  for (const voter of voters) {
    const reach = widths * reachOf(Math.max(voter.sigma, centre.sigma))
    if (Math.abs(voter.deviation - centre.value) <= reach) agreeing.push(voter)
    else outliers.push(voter)
  }
  return { agreeing, outliers }
}

function edgesOf(
  agreeing: readonly Voter[],
  { centre, sigma }: Pick<Start, 'centre' | 'sigma'>,
): Pick<Gated, 'least' | 'most'> {
  let widest = sigma
  for (const voter of agreeing) widest = Math.max(widest, voter.sigma)
  return { least: centre - reachOf(widest), most: centre + reachOf(widest) }
}

/** Half of the voters decide, if the last consensus speaks for them. */
function campOf(
  voters: readonly Voter[],
  start: Start,
  lowerCamp: number,
  last: Evidence | undefined,
): Gated {
  const low = voters.slice(0, lowerCamp)
  const high = voters.slice(lowerCamp)
  const majority = Math.ceil(voters.length / 2)
  if (last === undefined) {
    const none = { centre: start.centre, agreeing: [], outliers: voters, least: 0, most: 0 }
    return { ...none, majority, split: true, lowQuorum: false }
  }
  const middle = ((low.at(-1)?.deviation ?? 0) + (high.at(0)?.deviation ?? 0)) / 2
  const [camp, others] = last.value < middle ? [low, high] : [high, low]
  const ownStart = startOf(camp)
  const centre = centreOf(camp, ownStart, last)
  const { agreeing, outliers } = within(camp, centre, 1)
  return overlapping({
    centre: centre.value,
    agreeing,
    outliers: [...outliers, ...others],
    ...edgesOf(agreeing, ownStart),
    majority,
    split: true,
    lowQuorum: false,
  })
}
