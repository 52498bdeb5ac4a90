/**
 * The vote over a window of ticks: slower than the vote of one instant and harder to move. It is
 * for history and for those who want an average; what is submitted is the vote of the instant.
 */

import { agreementOf } from './agreement.ts'
import { confidenceOf, intervalBpsOf } from './certainty.ts'
import type { ConsensusPolicy, WindowOutcome, WindowTick } from './consensus.ts'
import type { Quote } from './quote.ts'
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
import { effectiveCount, liquiditySamples, weightedMedian } from './weighted-median.ts'

/** A tick whose quotes have been put to its own gate. */
type JudgedTick = {
  readonly atMs: number
  readonly centre: number
  readonly agreeing: readonly Quote[]
  readonly required: number
  readonly isQuorate: boolean
  /** Every source that quoted, whatever became of it. */
  readonly asked: readonly string[]
  readonly outliers: number
}

type Averages = {
  readonly vwap: number
  readonly twap: number
  readonly weightedMedian: number
}

/**
 * The vote over the ticks whose instants lie in `[fromMs, toMs)`.
 *
 * 1. Each tick is gated by itself, as `consensusOf` does it; one without a quorum of its own
 *    contributes nothing.
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
 * stands until the next one. Time before the first tick weighs nothing. Ticks of one instant are one
 * tick. Confidence is that of `confidenceOf`, with the quotes that remain by those that every source
 * of the window would have made at every tick that was given.
 */
export function windowConsensusOf(
  ticks: readonly WindowTick[],
  policy: ConsensusPolicy,
  window: Window,
): WindowOutcome {
  const judged = judgedTicks(ticks, policy, window)
  const steady = steadySources(tracksOf(judged.filter(({ isQuorate }) => isQuorate)), policy)
  const settled = judged.map((tick) => withoutLeaning(tick, steady, policy.minSources))
  const kept = settled.filter(({ isQuorate }) => isQuorate)

  const tracks = tracksOf(kept)
  const averages = averagesOf(kept, tracks, window)
  if (averages === undefined) return noQuorum(settled, policy.minSources)

  const votes = sortAscending([averages.vwap, averages.twap, averages.weightedMedian])
  const intervalBps = intervalOf(votes, tracks)
  return {
    kind: 'consensus',
    price: median(votes) ?? averages.weightedMedian,
    ...averages,
    sources: tracks.map(({ source }) => source),
    confidence: confidenceOf(intervalBps, supportOf(tracks, settled)),
    intervalBps,
    outliers: settled.reduce((count, { outliers }) => count + outliers, 0),
    algorithm: 'median-of-vwap-twap-weighted-median',
  }
}

function judgedTicks(
  ticks: readonly WindowTick[],
  policy: ConsensusPolicy,
  { fromMs, toMs }: Window,
): JudgedTick[] {
  const within = ticks.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
  return [...Map.groupBy(within, ({ atMs }) => atMs)]
    .sort(([left], [right]) => left - right)
    .map(([atMs, same]) => {
      const quotes = same.flatMap((tick) => tick.quotes)
      const { agreeing, rejected, required, centre } = agreementOf(quotes, policy, atMs)
      return {
        atMs,
        centre: centre ?? 0,
        agreeing,
        required,
        isQuorate: agreeing.length >= required,
        asked: [...agreeing, ...rejected].map(({ source }) => source),
        outliers: rejected.filter(({ reason }) => reason === 'outlier').length,
      }
    })
}

/** A tick without the quotes of sources that lean; those are outliers too. */
function withoutLeaning(
  tick: JudgedTick,
  steady: ReadonlySet<string>,
  minSources: number,
): JudgedTick {
  if (!tick.isQuorate) return tick
  const agreeing = tick.agreeing.filter(({ source }) => steady.has(source))
  return {
    ...tick,
    agreeing,
    isQuorate: agreeing.length >= minSources,
    outliers: tick.outliers + tick.agreeing.length - agreeing.length,
  }
}

/** Undefined where no tick is left. */
function averagesOf(
  ticks: readonly JudgedTick[],
  tracks: readonly SourceTrack[],
  window: Window,
): Averages | undefined {
  const quotes = ticks.flatMap(({ agreeing }) => agreeing)
  const spots = ticks.flatMap(({ atMs, agreeing }) => {
    const price = weightedMedian(liquiditySamples(agreeing))
    return price === undefined ? [] : [{ atMs, price }]
  })

  const vwap = vwapOf(quotes) ?? vwapOf(quotes.map(({ price }) => ({ price, volume: 1 })))
  const twap = twapOf(spots, window)
  const middle = weightedMedian(quoteSamples(tracks))
  if (vwap === undefined || twap === undefined || middle === undefined) return undefined
  return { vwap, twap, weightedMedian: middle }
}

/** What the sources leave open, and half of what the three votes leave open, bps. */
function intervalOf(votes: readonly number[], tracks: readonly SourceTrack[]): number {
  const leans = leanSamples(tracks)
  const spread = spreadAround(
    1,
    leans.map(({ value }) => value),
  )
  const ofSources = intervalBpsOf(spread * 10_000, effectiveCount(leans))
  const lowest = votes.at(0) ?? 1
  const ofVotes = ((votes.at(-1) ?? lowest) / lowest - 1) * 5_000
  return Math.hypot(ofSources, ofVotes)
}

/** Quotes that remain, as a share of those that were asked for. */
function supportOf(tracks: readonly SourceTrack[], ticks: readonly JudgedTick[]): number {
  const asked = new Set(ticks.flatMap((tick) => tick.asked))
  const kept = tracks.reduce((count, { quotes }) => count + quotes.length, 0)
  return kept / (asked.size * ticks.length)
}

/** How near the best of the ticks came. */
function noQuorum(ticks: readonly JudgedTick[], minSources: number): WindowOutcome {
  return ticks.reduce<Extract<WindowOutcome, { kind: 'no-quorum' }>>(
    (best, { agreeing, required }) =>
      agreeing.length > best.agreeing
        ? { kind: 'no-quorum', agreeing: agreeing.length, required }
        : best,
    { kind: 'no-quorum', agreeing: 0, required: Math.max(minSources, 1) },
  )
}
