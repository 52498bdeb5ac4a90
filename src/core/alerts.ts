/**
 * What somebody should look at in a feed: a source that behaves as never before, drifts, or shows
 * another's book; a vote that hardly enough agreed in, or that fell into two camps.
 */

import type { alertKinds } from '../protocol/status.ts'
import { driftOf } from './drift.ts'
import type { AlertTimes, FeedMemory } from './feed-memory.ts'
import { suspectedMirrors } from './mirrors.ts'
import type { ConsensusOutcome } from './outcome.ts'
import { sortBy } from './sort-ascending.ts'
import { tuning } from './tuning.ts'

export type AlertKind = (typeof alertKinds)[number]

export type Alert = {
  readonly kind: AlertKind
  /** Whom it is about: nobody where it is the vote as a whole. */
  readonly sources: readonly string[]
}

/** An alert that stands is told again after this long, and one that comes and goes no oftener. */
const retoldAfterMs = 3_600_000

/** Alerts of a feed whose last telling is remembered: one a source and kind, and some pairs. */
const mostRemembered = 192

/**
 * All alerts that stand after a tick.
 *
 * @param memory What the feed knows after it.
 */
export function alertsOf(outcome: ConsensusOutcome, memory: FeedMemory): Alert[] {
  return [
    ...oddOnes(outcome),
    ...doubtsOf(outcome),
    ...driftersOf(memory, outcome.atMs),
    ...suspectedMirrors(memory.mirrors).map(({ sources }): Alert => ({ kind: 'mirrors', sources })),
  ]
}

function oddOnes(outcome: ConsensusOutcome): Alert[] {
  if (outcome.kind === 'no-quorum') return []
  const odd = outcome.contributions.filter(({ alert }) => alert === true)
  return odd.map(({ source }) => ({ kind: 'anomaly', sources: [source] }))
}

/** What is to be doubted of the vote as a whole. That it has no price is told by itself. */
function doubtsOf(outcome: ConsensusOutcome): Alert[] {
  if (outcome.kind === 'no-quorum') {
    return outcome.reason === 'split' ? [{ kind: 'split', sources: [] }] : []
  }
  const doubts: Alert[] = []
  if (outcome.lowQuorum) doubts.push({ kind: 'low-quorum', sources: [] })
  if (outcome.split) doubts.push({ kind: 'split', sources: [] })
  return doubts
}

function driftersOf({ sources }: FeedMemory, atMs: number): Alert[] {
  return Object.entries(sources).flatMap(([source, known]): Alert[] => {
    const isDrifting = known.seenAtMs === atMs && driftOf(known) > tuning.drift.alarm
    return isDrifting ? [{ kind: 'drift', sources: [source] }] : []
  })
}

/**
 * Those of the alerts that are worth a line in a log, and when each was last told, Unix milliseconds:
 * one that was told within an hour is no news.
 */
export function newsOf(
  alerts: readonly Alert[],
  told: AlertTimes,
  atMs: number,
): { readonly news: readonly Alert[]; readonly told: AlertTimes } {
  const recent = Object.entries(told).filter(([, toldAtMs]) => atMs - toldAtMs < retoldAfterMs)
  const known = new Map(recent)
  const news = alerts.filter((alert) => {
    const name = nameOf(alert)
    if (known.has(name)) return false
    known.set(name, atMs)
    return true
  })
  const newest = sortBy([...known], ([, left], [, right]) => right - left).slice(0, mostRemembered)
  return { news, told: Object.fromEntries(newest) }
}

function nameOf({ kind, sources }: Alert): string {
  return [kind, ...sources].join(' ')
}
