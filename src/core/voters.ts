/** Electors as the vote weighs them: how precise each is taken to be, and how far from the others. */

import type { Occasion } from './electorate.ts'
import type { Hearing } from './hearing.ts'
import { groupOf } from './independence.ts'
import { byCodeUnit } from './newest-votes.ts'
import type { Basis } from './outcome.ts'
import { median, spreadAround } from './robust.ts'
import { sortBy } from './sort-ascending.ts'
import { tuning } from './tuning.ts'
import { statedVolume } from './weighted-median.ts'

export type Voter = {
  readonly source: string
  /** What it is heard with, quote currency for one unit of base. */
  readonly price: number
  readonly basis: Basis
  readonly ageMs: number
  /** What it says of its own instant, Unix milliseconds. */
  readonly observedAtMs: number
  /** Base units. */
  readonly volume: number
  readonly bid: number | undefined
  readonly ask: number | undefined
  readonly reputation: number
  readonly group: string | undefined
  /** Its learnt lean, a fraction of the price. */
  readonly bias: number
  /** Standard deviation of its price, a fraction of it. */
  readonly sigma: number
  /** The part of that which age does not explain. */
  readonly ownSigma: number
  /** Its price by the reference price, minus 1; the second without the lean. */
  readonly deviation: number
  readonly upright: number
}

const bpsPerUnit = 10_000

/** The voters by ascending deviation from a reference price. Order does not matter. */
export function votersOf(
  electors: readonly Hearing[],
  reference: number,
  occasion: Occasion,
): Voter[] {
  const newSigma = sigmaOfNew(electors, reference, occasion)
  const about = { newSigma, reference, occasion }
  return sortBy(
    electors.map((hearing) => voterOf(hearing, about)),
    byDeviation,
  )
}

function voterOf(
  { vote, known, price, basis, ageMs, halfSpread }: Hearing,
  about: { readonly newSigma: number; readonly reference: number; readonly occasion: Occasion },
): Voter {
  const { volatility, policy } = about.occasion
  const isKnown = known !== undefined && known.heard > 0
  const bias = isKnown ? known.biasBps / bpsPerUnit : 0
  const mad = isKnown ? known.madBps / bpsPerUnit : about.newSigma
  const ownVariance = mad * mad + halfSpread * halfSpread
  const variance = ownVariance + (volatility * volatility * ageMs) / 1_000
  return {
    source: vote.source,
    price,
    basis,
    ageMs,
    observedAtMs: vote.observedAtMs,
    volume: statedVolume(vote),
    bid: vote.bid,
    ask: vote.ask,
    reputation: known?.reputation ?? 1,
    group: groupOf(vote.source, policy),
    bias,
    sigma: Math.min(Math.max(Math.sqrt(variance), tuning.sigma.least), tuning.sigma.most),
    ownSigma: Math.min(Math.sqrt(ownVariance), tuning.sigma.most),
    deviation: price / about.reference - 1,
    upright: (price * (1 - bias)) / about.reference - 1,
  }
}

/**
 * Standard deviation of a source without a history: what sources of this feed differ by, as it has
 * been learnt or, in the beginning, as they differ at this instant. A minority cannot widen it
 * beyond what honest sources differ by.
 */
function sigmaOfNew(electors: readonly Hearing[], reference: number, { memory }: Occasion): number {
  const { leastNew, mostNew, pair } = tuning.sigma
  if (electors.every(({ known }) => known !== undefined && known.heard > 0)) return leastNew
  if (memory.scaleBps > 0)
    return Math.min(Math.max(memory.scaleBps / bpsPerUnit, leastNew), mostNew)
  if (electors.length <= 2) return pair
  const prices = electors.map(({ price }) => price)
  const centre = median(prices) ?? reference
  return Math.min(Math.max(spreadAround(centre, prices) / reference, leastNew), mostNew)
}

/** By source in the end, so that whatever is summed later is summed in one order. */
function byDeviation(left: Voter, right: Voter): number {
  return left.deviation - right.deviation || byCodeUnit(left.source, right.source)
}
