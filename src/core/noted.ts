/** What all feeds of a tick have shown together: alerts by kind, intervals checked. */

import type { FeedSymbol } from '../protocol/feed.ts'
import type { Alert, AlertKind } from './alerts.ts'
import type { Noticed } from './noticed.ts'

/** Figures of a tick; small, whatever happens. */
export type Noted = {
  /** Alerts that stand, over all feeds; a kind without any is absent. */
  readonly alerts: Readonly<Partial<Record<AlertKind, number>>>
  /** Intervals that were checked against halves of their sources, and those that held. */
  readonly checked: number
  readonly held: number
}

/** An alert, and of which feed. */
export type OfFeed = Alert & { readonly symbol: FeedSymbol }

/** What feeds have shown, as figures and as news. Who had the tick before has shown nothing. */
export function notedOf(feeds: readonly (Partial<Noticed> & { readonly symbol: FeedSymbol })[]): {
  readonly noted: Noted
  readonly news: readonly OfFeed[]
} {
  const alerts: Partial<Record<AlertKind, number>> = {}
  const told: OfFeed[] = []
  let checked = 0
  let held = 0
  for (const { symbol, alerts: standing = [], news = [], intervalHeld } of feeds) {
    for (const { kind } of standing) alerts[kind] = (alerts[kind] ?? 0) + 1
    for (const alert of news) told.push({ symbol, ...alert })
    if (intervalHeld === undefined) continue
    checked += 1
    if (intervalHeld) held += 1
  }
  return { noted: { alerts, checked, held }, news: told }
}
