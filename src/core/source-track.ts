/**
 * A source over a stretch of ticks: what it quoted, and to which side of the others it leans. A
 * lean that a single tick hides in its noise shows over many.
 */

import { byCodeUnit } from './newest-votes.ts'
import { type GatePolicy, hampelGate, isInside, median } from './robust.ts'
import { sortAscending } from './sort-ascending.ts'
import { liquiditySamples, type Sample } from './weighted-median.ts'
import type { AcceptedQuote, WindowTick } from './window-tick.ts'

export type SourceTrack = {
  readonly source: string
  /** In order of time. */
  readonly quotes: readonly AcceptedQuote[]
  /** Its price by the tick's centre, the median over the ticks: 1 where it leans to no side. */
  readonly lean: number
}

/** The gate across the window: wider than noise, narrower than what leans for a purpose. */
const leanGate: GatePolicy = { gateWidth: 3, gateFloorBps: 10 }

/** The track of every source that was accepted at least once, sorted by source. */
export function tracksOf(ticks: readonly WindowTick[]): SourceTrack[] {
  const tracks = new Map<string, { quotes: AcceptedQuote[]; leans: number[] }>()
  for (const { accepted } of ticks) {
    const centre = median(accepted.map(({ price }) => price)) ?? 1
    for (const quote of accepted) {
      const track = tracks.get(quote.source) ?? { quotes: [], leans: [] }
      track.quotes.push(quote)
      track.leans.push(quote.price / centre)
      tracks.set(quote.source, track)
    }
  }
  return [...tracks]
    .map(([source, { quotes, leans }]) => ({ source, quotes, lean: median(leans) ?? 1 }))
    .sort((left, right) => byCodeUnit(left.source, right.source))
}

/** The sources whose lean is within the Hampel gate of all leans. */
export function steadySources(tracks: readonly SourceTrack[]): Set<string> {
  const gate = hampelGate(sortAscending(tracks.map(({ lean }) => lean)), leanGate)
  const steady = tracks.filter(({ lean }) => gate !== undefined && isInside(gate, lean))
  return new Set(steady.map(({ source }) => source))
}

/** One sample a track, its value the lean, its weight the source's capped share by its volume. */
export function leanSamples(tracks: readonly SourceTrack[]): Sample[] {
  return liquiditySamples(
    tracks.map(({ lean, quotes }) => ({
      price: lean,
      volume: median(quotes.map(({ volume }) => volume)) ?? 0,
    })),
  )
}

/**
 * All quotes of the tracks as samples; a source's share is shared out among its quotes, so that
 * their number gives it no more say.
 */
export function quoteSamples(tracks: readonly SourceTrack[]): Sample[] {
  const shares = leanSamples(tracks).map(({ weight }) => weight)
  return tracks.flatMap(({ quotes }, i) =>
    quotes.map(({ price }) => ({ value: price, weight: (shares[i] ?? 0) / quotes.length })),
  )
}
