/**
 * How the sources of a vantage point fare, put together from what their collectors tell: the one at
 * home, and those of the regions to which some of them have been moved.
 */

import { independenceGroups } from './catalogue/independence.ts'
import type { SourceStatus } from './protocol/status.ts'
import type { Place, Vantage } from './vantage.ts'

/** What a collector knows of its sources; nothing, and why, if it did not answer. */
export type Told = { readonly known: readonly SourceStatus[]; readonly silence?: string }

/** Collectors that ask sources of a vantage point because these refuse it, each once. */
export function refugesOf(vantage: Vantage, atHome: readonly SourceStatus[]): readonly Place[] {
  const places = atHome
    .filter(({ blocked_here }) => blocked_here === true)
    .flatMap(({ source }) => vantage.fallbacks[source] ?? [])
  return [...new Map(places.map((place) => [place.name, place])).values()]
}

/**
 * The status of a vantage point's sources, in its order. A source whose collector is silent is told
 * as failing, since nobody can say more; one that has never been asked is left out.
 *
 * @param told.abroad What the collectors of `refugesOf` tell.
 * @param atMs The instant of the telling, Unix milliseconds.
 */
export function vantageStatus(
  vantage: Vantage,
  told: Told & { readonly abroad: readonly SourceStatus[] },
  atMs: number,
): readonly SourceStatus[] {
  const { known, silence, abroad } = told
  return vantage.sources.flatMap((source) => {
    const atHome = silence === undefined ? statusOf(source, known) : silent(source, silence, atMs)
    if (atHome === undefined) return []

    const group = independenceGroups[source]
    const status =
      atHome.blocked_here === true
        ? moved(vantage, atHome, statusOf(source, abroad) ?? silent(source, unheard, atMs))
        : { ...atHome, region: vantage.locationHint }
    return [{ ...status, ...(group !== undefined && { group }) }]
  })
}

const unheard = 'Its fallback region has told nothing of it yet.'

/** A source as it fares in its fallback region, with what it last answered at home. */
function moved(
  vantage: Vantage,
  { source, last_error, retry_at, live }: SourceStatus,
  abroad: SourceStatus,
): SourceStatus {
  const region = vantage.fallbacks[source]?.locationHint
  return {
    ...abroad,
    ...(region !== undefined && { region }),
    ...(live && { live }),
    moved: {
      from: vantage.locationHint,
      ...(last_error && { last_error }),
      ...(retry_at !== undefined && { retry_at }),
    },
  }
}

function statusOf(source: string, told: readonly SourceStatus[]): SourceStatus | undefined {
  return told.find((status) => status.source === source)
}

function silent(source: string, message: string, atMs: number): SourceStatus {
  const last_error = { code: 'collector-unavailable', message, at: atMs }
  return { source, ok: false, consecutive_failures: 0, last_error }
}
