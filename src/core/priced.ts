/** The price that agreeing votes make, with all that it was made of. */

import type { Carried, Carrying } from './carried.ts'
import { confidenceOf, intervalBpsOf } from './certainty.ts'
import type { Occasion, Silenced } from './electorate.ts'
import { middleVoteOf, votesOf } from './estimators.ts'
import type { Gated } from './gate.ts'
import { byCodeUnit } from './newest-votes.ts'
import type { ConsensusOutcome, Contribution, Rejection, Votes } from './outcome.ts'
import { lowerMedian } from './robust.ts'
import { sharesOf } from './shares.ts'
import { sortBy } from './sort-ascending.ts'
import type { Start } from './start.ts'

const bpsPerUnit = 10_000

/** What a price is made in: the vote, and what has come of it so far. */
export type Setting = {
  readonly occasion: Occasion
  /** The price that deviations are measured from. */
  readonly reference: number
  readonly start: Start
  readonly gate: Pick<Gated, 'split' | 'least' | 'most'>
  /** Whether the plain median is to be taken, since hardly enough sources agree. */
  readonly lowQuorum: boolean
  readonly silenced: readonly Silenced[]
}

/**
 * The consensus of votes that have been carried forward: the median of five votes, or the plain median
 * where the quorum is doubtful, within the agreeing prices and within the gate.
 */
export function pricedBy({ carried, sigma }: Carrying, setting: Setting): ConsensusOutcome {
  const { occasion, reference, start, gate, lowQuorum, silenced } = setting
  const shares = sharesOf(carried.map(({ judged }) => judged))
  const values: number[] = []
  const sigmas: number[] = []
  for (const { value, judged } of carried) {
    values.push(value)
    sigmas.push(judged.voter.ownSigma)
  }
  const votes = votesOf({ values, sigmas, shares })
  const isDoubtful = gate.split || lowQuorum
  const inPrice = (deviation: number): number => reference * (1 + deviation)
  const { lowest, highest } = boundsOf(carried, inPrice(gate.least), inPrice(gate.most))
  const wished = inPrice(isDoubtful ? votes.median : middleVoteOf(votes))
  const price = Math.max(lowest, Math.min(wished, highest))

  const sigmaBps = Math.hypot(sigma, spreadOf(votes) / 2) * bpsPerUnit
  const intervalBps = intervalBpsOf(sigmaBps, occasion.volatility)
  const contributions = sortBy(
    carried.map((each, i) => contributionOf(each, shares[i] ?? 0, price)),
    bySource,
  )
  return {
    kind: 'consensus',
    atMs: occasion.atMs,
    price,
    votes: inPrices(votes, inPrice),
    reference,
    lowestPrice: lowest,
    highestPrice: highest,
    start: inPrice(start.centre),
    startSigmaBps: start.sigma * bpsPerUnit,
    sources: contributions.map(({ source }) => source),
    contributions,
    rejected: rejectionsOf(silenced, price),
    n: carried.length,
    nEff: effectiveCountOf(shares),
    confidence: confidenceOf(intervalBps),
    sigmaBps,
    intervalBps,
    split: gate.split,
    lowQuorum,
    observedAtMs:
      lowerMedian(carried.map(({ judged }) => judged.voter.observedAtMs)) ?? occasion.atMs,
    algorithm: isDoubtful ? 'median-of-agreeing' : 'median-of-five-votes',
  }
}

/** Rejections in order of their sources, each with how far it is from the price, if there is one. */
export function rejectionsOf(
  silenced: readonly Silenced[],
  price: number | undefined,
): Rejection[] {
  const rejections = silenced.map(({ source, reason, price: own }): Rejection => {
    if (own === undefined) return { source, reason }
    if (price === undefined) return { source, reason, price: own }
    return { source, reason, price: own, residualBps: (own / price - 1) * bpsPerUnit }
  })
  return sortBy(rejections, bySource)
}

/** The lowest and the highest agreeing price, or the edge of the gate where that is nearer. */
function boundsOf(
  carried: readonly Carried[],
  least: number,
  most: number,
): { readonly lowest: number; readonly highest: number } {
  let lowest = Number.POSITIVE_INFINITY
  let highest = 0
  for (const { judged } of carried) {
    lowest = Math.min(lowest, judged.voter.price)
    highest = Math.max(highest, judged.voter.price)
  }
  return { lowest: Math.max(lowest, least), highest: Math.min(highest, most) }
}

function contributionOf(carried: Carried, share: number, price: number): Contribution {
  const { voter, anomaly } = carried.judged
  const contribution: { -readonly [Field in keyof Contribution]: Contribution[Field] } = {
    source: voter.source,
    price: voter.price,
    basis: voter.basis,
    volume: voter.volume,
    observedAtMs: voter.observedAtMs,
    sigmaBps: voter.sigma * bpsPerUnit,
    ownSigmaBps: voter.ownSigma * bpsPerUnit,
    ageMs: voter.ageMs,
    share,
    reputation: voter.reputation,
    biasBps: voter.bias * bpsPerUnit,
    anomaly: anomaly.score,
    carriedBps: carried.moved * bpsPerUnit,
    residualBps: (voter.price / price - 1) * bpsPerUnit,
  }
  if (anomaly.isAlert) contribution.alert = true
  if (voter.group !== undefined) contribution.group = voter.group
  if (Number.isFinite(carried.surpriseSigma)) {
    contribution.surpriseBps = carried.surprise * bpsPerUnit
    contribution.surpriseSigmaBps = carried.surpriseSigma * bpsPerUnit
  }
  return contribution
}

function inPrices(votes: Votes, inPrice: (deviation: number) => number): Votes {
  return {
    weightedMedian: inPrice(votes.weightedMedian),
    huber: inPrice(votes.huber),
    trimmedMean: inPrice(votes.trimmedMean),
    threeVote: inPrice(votes.threeVote),
    median: inPrice(votes.median),
  }
}

/** The highest of the five votes minus the lowest. */
function spreadOf({ weightedMedian, huber, trimmedMean, threeVote, median }: Votes): number {
  return (
    Math.max(weightedMedian, huber, trimmedMean, threeVote, median) -
    Math.min(weightedMedian, huber, trimmedMean, threeVote, median)
  )
}

/** How many equal shares would say as much as these do (Kish): 1 to their count. */
function effectiveCountOf(shares: readonly number[]): number {
  let squares = 0
  for (const share of shares) squares += share * share
  return 1 / squares
}

function bySource(left: { readonly source: string }, right: { readonly source: string }): number {
  return byCodeUnit(left.source, right.source)
}
