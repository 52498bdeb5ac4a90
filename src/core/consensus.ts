/**
 * Consensus: one price out of what many sources say.
 *
 * Each step is a filter or a fold, none with a clock or a network of its own:
 *
 *     quotes ─► fresh ─► Hampel gate ─► weighted median
 */

import {
  agreementOf,
  byCodeUnit,
  type ConsensusPolicy,
  type Rejection,
  type Vote,
} from './agreement.ts'
import { confidenceOf, intervalBpsOf } from './certainty.ts'
import type { Quote } from './quote.ts'
import { lowerMedian, spreadAround } from './robust.ts'
import { effectiveCount, liquiditySamples, weightedMedian } from './weighted-median.ts'

export type { ConsensusPolicy } from './agreement.ts'

export type Consensus = {
  /** Quote currency for one unit of base. */
  readonly price: number
  /** Sources that agreed, sorted by name. */
  readonly sources: readonly string[]
  readonly rejected: readonly Rejection[]
  /** 0 to 1. */
  readonly confidence: number
  /** Half-width of the interval, 1/10 000 of the price. */
  readonly intervalBps: number
  /** The middle (lower median) of the agreeing quotes' instants, Unix milliseconds. */
  readonly observedAtMs: number
  /** What was computed, for provenance: `hampel-weighted-median`. */
  readonly algorithm: string
}

/** Having too few sources is a normal day's outcome, so it is a value and not an exception. */
export type ConsensusOutcome =
  | ({ readonly kind: 'consensus' } & Consensus)
  | {
      readonly kind: 'no-quorum'
      readonly agreeing: number
      readonly required: number
      readonly rejected: readonly Rejection[]
    }

/** One tick as a window remembers it. */
export type WindowTick = {
  /** The instant that names the tick, Unix milliseconds. */
  readonly atMs: number
  readonly quotes: readonly Quote[]
}

/** The vote over a window: what `aggregated_prices` keeps. */
export type WindowConsensus = {
  /** The vote: the median of VWAP, TWAP and weighted median. */
  readonly price: number
  readonly vwap: number
  readonly twap: number
  readonly weightedMedian: number
  readonly sources: readonly string[]
  readonly confidence: number
  readonly intervalBps: number
  /** Quotes of the window that were left out. */
  readonly outliers: number
  readonly algorithm: string
}

export type WindowOutcome =
  | ({ readonly kind: 'consensus' } & WindowConsensus)
  | { readonly kind: 'no-quorum'; readonly agreeing: number; readonly required: number }

/** The policy of the house, where settings say no other. */
export const defaultPolicy: ConsensusPolicy = {
  staleAfterMs: 60_000,
  minSources: 2,
  gateWidth: 3,
  gateFloorBps: 10,
}

/**
 * Reduces quotes of one feed to one price: the liquidity-weighted median of those that agree, a
 * strict majority of the fresh ones. It lies between the lowest and the highest agreeing price, and
 * a minority of sources cannot move it out of the range of the others widened by the gate, whatever
 * prices and volumes it claims. The order of the quotes does not matter.
 *
 * Confidence is that of `confidenceOf`, with agreeing sources by all sources that appear here.
 *
 * @param atMs The instant the price is for, Unix milliseconds. Passed in: the core has no clock.
 */
export function consensusOf(
  quotes: readonly Vote[],
  policy: ConsensusPolicy,
  atMs: number,
): ConsensusOutcome {
  const { agreeing, rejected, required } = agreementOf(quotes, policy, atMs)
  const samples = liquiditySamples(agreeing)
  const price = weightedMedian(samples)
  const observedAtMs = lowerMedian(agreeing.map((vote) => vote.observedAtMs))
  if (price === undefined || observedAtMs === undefined || agreeing.length < required) {
    return { kind: 'no-quorum', agreeing: agreeing.length, required, rejected }
  }

  const spread = spreadAround(
    price,
    agreeing.map((vote) => vote.price),
  )
  const intervalBps = intervalBpsOf((spread / price) * 10_000, effectiveCount(samples))
  return {
    kind: 'consensus',
    price,
    sources: agreeing.map(({ source }) => source).sort(byCodeUnit),
    rejected,
    confidence: confidenceOf(intervalBps, agreeing.length / (agreeing.length + rejected.length)),
    intervalBps,
    observedAtMs,
    algorithm: 'hampel-weighted-median',
  }
}
