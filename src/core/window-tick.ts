/**
 * One tick as a window remembers it: who was accepted with what, and the vote. No more, since a
 * feed holds hundreds of them.
 */

import type { ConsensusOutcome } from './outcome.ts'

/** A quote that its tick's vote accepted. */
export type AcceptedQuote = {
  readonly source: string
  /** What it was heard with, quote currency for one unit of base. */
  readonly price: number
  /** Base units of the last 24 hours; 0 where the source says none. */
  readonly volume: number
}

export type WindowTick = {
  /** The instant that names the tick, Unix milliseconds. */
  readonly atMs: number
  /** The vote of the instant; absent without a quorum, and then nobody is accepted. */
  readonly price?: number
  /** Sorted by source. */
  readonly accepted: readonly AcceptedQuote[]
  /** Sources that were too far from the others. */
  readonly outliers: number
}

/**
 * A tick of a window by what its vote came to.
 *
 * @param atMs The instant that names the tick, Unix milliseconds.
 */
export function windowTickOf(atMs: number, outcome: ConsensusOutcome): WindowTick {
  const outliers = outcome.rejected.filter(({ reason }) => reason === 'outlier').length
  if (outcome.kind === 'no-quorum') return { atMs, accepted: [], outliers }
  const accepted = outcome.contributions.map(({ source, price, volume }) => ({
    source,
    price,
    volume,
  }))
  return { atMs, price: outcome.price, accepted, outliers }
}
