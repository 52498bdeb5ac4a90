/**
 * Where venues are polled from: groups of at most five, each in one object at one place, since an
 * object has six outgoing connections and never moves. An exchange is asked in its home region; one
 * that refuses us there is asked by a second object in its fallback region, which exists only once
 * somebody needs it.
 */

import type { Listing } from './core/listing.ts'
import type { SourcePlan } from './exchanges/collected.ts'
import type { Exchange, Region } from './exchanges/exchange.ts'
import { exchanges } from './exchanges/registry.ts'

/** An object at a place. */
export type Place = {
  /** Versioned: another place needs another object. */
  readonly name: string
  /** Best effort, and only when the object is first made. */
  readonly locationHint: Region
}

export type Vantage = Place & {
  readonly sources: readonly string[]
  /** Who asks a source that refuses this place. Never shared by two vantages: five each at most. */
  readonly fallbacks: Readonly<Record<string, Place>>
}

/** An object has six connections; each source uses one, and one stays free. */
const maxSources = 5

/** A source that is listened to has a socket all the time, and now and then a request beside it. */
const maxLiveSources = 3

/** Vantages of all exchanges that can be asked, with none of them listened to. */
export const vantages: readonly Vantage[] = vantagesOf(exchanges.values())

/**
 * As few vantages as hold all exchanges, in order of regions and names: an exchange that is added
 * moves others of its region, which are then asked as newcomers. Those that are listened to have
 * vantages of their own, so that only these are kept in memory by sockets.
 */
export function vantagesOf(
  all: Iterable<Located>,
  liveSources: ReadonlySet<string> = new Set(),
): readonly Vantage[] {
  const byHome = Map.groupBy(all, ({ regions: [home] }) => home)
  return [...byHome]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([home, inRegion]) => {
      const sorted = inRegion.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const asked = sorted.filter(({ name }) => !liveSources.has(name))
      const listened = sorted.filter(({ name }) => liveSources.has(name))
      return [
        ...fairGroups(asked, maxSources).map((group, i) => vantageOf(home, group, String(i))),
        ...fairGroups(listened, maxLiveSources).map((group, i) =>
          vantageOf(home, group, `live-${i}`),
        ),
      ]
    })
}

type Located = Pick<Exchange, 'name' | 'regions'>

function vantageOf(home: Region, group: readonly Located[], label: string): Vantage {
  return {
    name: `collector:v2:${home}:${label}`,
    locationHint: home,
    sources: group.map(({ name }) => name),
    fallbacks: Object.fromEntries(
      group.map(({ name, regions: [, fallback] }) => [
        name,
        { name: `collector:v2:${fallback}:for-${home}-${label}`, locationHint: fallback },
      ]),
    ),
  }
}

/** What one vantage point asks: each of its sources with the markets that inform a feed. */
export function planOf(
  vantage: Vantage,
  listings: readonly Listing[],
  liveSources: ReadonlySet<string> = new Set(),
): readonly SourcePlan[] {
  return vantage.sources.map((source) => {
    const fallback = vantage.fallbacks[source]
    return {
      source,
      markets: listings.filter((listing) => listing.source === source).map(({ market }) => market),
      ...(fallback && { fallback }),
      ...(liveSources.has(source) && { isLive: true }),
    }
  })
}

/** As few groups of at most so many as there can be, their sizes at most one apart. */
function fairGroups<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / most)
  return Array.from({ length: count }, (_, i) =>
    items.slice(
      Math.floor((i * items.length) / count),
      Math.floor(((i + 1) * items.length) / count),
    ),
  )
}
