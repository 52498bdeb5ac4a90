/**
 * The vote over a window of ticks: slower than the vote of one instant and harder to move. It is
 * for history and for those who want an average; what is submitted is the vote of the instant.
 */

import { confidenceOf, intervalBpsOf } from './certainty.ts'
import type { ConsensusPolicy } from './policy.ts'
import { median, spreadAround } from './robust.ts'
import { sortAscending } from './sort-ascending.ts'
import {
  leanSamples,
  quoteSamples,
  type SourceTrack,
  steadySources,
  tracksOf,
} from './source-track.ts'
import { twapOf, vwapOf, type Window } from './vwap-twap.ts'
import { effectiveCount, weightedMedian } from './weighted-median.ts'
import type { WindowTick } from './window-tick.ts'

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

type Averages = {
  readonly vwap: number
  readonly twap: number
  readonly weightedMedian: number
}

/**
 * The vote over the ticks whose instants lie in `[fromMs, toMs)`.
 *
 * 1. A tick has the quotes that its own vote accepted; one without a quorum contributes nothing.
 * 2. Sources are gated across the window: one that leans to a side all the time is left out with all
 *    its quotes, though each of them may have passed. A tick left with fewer than `minSources` goes.
 * 3. Of the rest: **VWAP** of all quotes; **TWAP** of the ticks' own votes; **weighted median** of
 *    all quotes, each source by its capped share. The vote is the median of the three, so that no
 *    one of them decides.
 *
 * An exchange's volume is that of its last 24 hours, not what was traded in the window: it says how
 * liquid a source is. The VWAP weighs by it as it is given, once for each quote; sources that say
 * none have no part in it, and where none says any all quotes weigh alike.
 *
 * A tick that is missing weighs nothing in VWAP and weighted median; in the TWAP the price before it
 * stands until the next one. Time before the first tick weighs nothing. Of ticks of one instant the
 * first counts. Confidence is that of `confidenceOf`.
 */
export function windowConsensusOf(
  ticks: readonly WindowTick[],
  { minSources }: Pick<ConsensusPolicy, 'minSources'>,
  window: Window,
): WindowOutcome {
  const within = ticksWithin(ticks, window)
  const steady = steadySources(tracksOf(within))
  const settled = within.map((tick) => withoutLeaning(tick, steady))
  const kept = settled.filter((tick) => tick.accepted.length >= Math.max(minSources, 1))

  const tracks = tracksOf(kept)
  const averages = averagesOf(kept, tracks, window)
  if (averages === undefined) return noQuorum(settled, minSources)

  const votes = sortAscending([averages.vwap, averages.twap, averages.weightedMedian])
  const intervalBps = intervalOf(votes, tracks)
  return {
    kind: 'consensus',
    price: median(votes) ?? averages.weightedMedian,
    ...averages,
    sources: tracks.map(({ source }) => source),
    confidence: confidenceOf(intervalBps),
    intervalBps,
    outliers: settled.reduce((count, { outliers }) => count + outliers, 0),
    algorithm: 'median-of-vwap-twap-weighted-median',
  }
}

/** In order of time, one an instant. */
function ticksWithin(ticks: readonly WindowTick[], { fromMs, toMs }: Window): WindowTick[] {
  const byInstant = new Map<number, WindowTick>()
  for (const tick of ticks) {
    const isWithin = tick.atMs >= fromMs && tick.atMs < toMs
    if (isWithin && !byInstant.has(tick.atMs)) byInstant.set(tick.atMs, tick)
  }
  return [...byInstant.values()].sort((left, right) => left.atMs - right.atMs)
}

/** A tick without the quotes of sources that lean; those are outliers too. */
function withoutLeaning(tick: WindowTick, steady: ReadonlySet<string>): WindowTick {
  const accepted = tick.accepted.filter(({ source }) => steady.has(source))
  const leaning = tick.accepted.length - accepted.length
  return leaning === 0 ? tick : { ...tick, accepted, outliers: tick.outliers + leaning }
}

/** Undefined where no tick is left. */
function averagesOf(
  ticks: readonly WindowTick[],
  tracks: readonly SourceTrack[],
  window: Window,
): Averages | undefined {
  const quotes = ticks.flatMap(({ accepted }) => accepted)
  const spots = ticks.flatMap(({ atMs, price }) => (price === undefined ? [] : [{ atMs, price }]))

  const vwap = vwapOf(quotes) ?? vwapOf(quotes.map(({ price }) => ({ price, volume: 1 })))
  const twap = twapOf(spots, window)
  const middle = weightedMedian(quoteSamples(tracks))
  if (vwap === undefined || twap === undefined || middle === undefined) return undefined
  return { vwap, twap, weightedMedian: middle }
}

/** What the sources leave open, and half of what the three votes leave open, bps. */
function intervalOf(votes: readonly number[], tracks: readonly SourceTrack[]): number {
  const leans = leanSamples(tracks)
  const values = leans.map(({ value }) => value)
  const lowest = votes.at(0) ?? 1
  const ofSources = spreadAround(1, values) / Math.sqrt(effectiveCount(leans))
  const ofVotes = ((votes.at(-1) ?? lowest) / lowest - 1) / 2
  return intervalBpsOf(Math.hypot(Math.max(ofSources, leastSigma), ofVotes) * 10_000, 0)
}

/** A handful of sources coincide by chance, and that makes nobody exact. Fraction of the price. */
const leastSigma = 1e-4

/** How near the best of the ticks came. */
function noQuorum(ticks: readonly WindowTick[], minSources: number): WindowOutcome {
  const required = Math.max(minSources, 1)
  const agreeing = ticks.reduce(
    (most, { accepted }) => Math.max(most, Math.min(accepted.length, required - 1)),
    0,
  )
  return { kind: 'no-quorum', agreeing, required }
}
