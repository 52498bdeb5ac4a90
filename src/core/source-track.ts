/**
 * A source over a stretch of ticks: what it quoted, and to which side of the others it leans. A
 * lean that a single tick hides in its noise shows over many.
 */

import { byCodeUnit } from './agreement.ts'
import type { Quote } from './quote.ts'
import { type GatePolicy, hampelGate, isInside, median } from './robust.ts'
import { sortAscending } from './sort-ascending.ts'
import { liquiditySamples, type Sample } from './weighted-median.ts'

export type SourceTrack = {
  readonly source: string
  /** In order of time. */
  readonly quotes: readonly Quote[]
  /** Its price by the tick's centre, the median over the ticks: 1 where it leans to no side. */
  readonly lean: number
}

/** The quotes of one tick that agreed, and the median that they were judged by. */
export type AgreedQuotes = { readonly centre: number; readonly agreeing: readonly Quote[] }

/** The track of every source that agreed at least once, sorted by source. */
export function tracksOf(ticks: readonly AgreedQuotes[]): SourceTrack[] {
  const seen = ticks.flatMap(({ centre, agreeing }) =>
    agreeing.map((quote) => ({ quote, lean: quote.price / centre })),
  )
  return [...Map.groupBy(seen, ({ quote }) => quote.source)]
    .map(([source, own]) => ({
      source,
      quotes: own.map(({ quote }) => quote),
      lean: median(own.map(({ lean }) => lean)) ?? 1,
    }))
    .sort((left, right) => byCodeUnit(left.source, right.source))
}

/** The sources whose lean is within the Hampel gate of all leans. */
export function steadySources(tracks: readonly SourceTrack[], policy: GatePolicy): Set<string> {
  const gate = hampelGate(sortAscending(tracks.map(({ lean }) => lean)), policy)
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
