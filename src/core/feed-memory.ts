/** All that a feed has learnt from its ticks: plain data, bounded, and versioned. */

import type { AnomalyMemory } from './anomaly.ts'
import { type MirrorMemory, noMirrors } from './mirrors.ts'
import type { SourceMemory } from './source-memory.ts'

/** A consensus as the next vote remembers it. */
export type LastConsensus = {
  readonly price: number
  /** The instant of the vote, Unix milliseconds. */
  readonly atMs: number
  /** When its sources saw their prices, Unix milliseconds. */
  readonly observedAtMs: number
  /** Standard deviation that it was taken to have, 1/10 000 of the price. */
  readonly sigmaBps: number
  /** How far it was from the start of its vote, 1/10 000: what a minority may have moved it by. */
  readonly fromStartBps: number
  /** Hardly enough sources agreed in it. */
  readonly lowQuorum?: true
}

/** How often sources lay where their standard deviations said, decaying. */
export type Coverage = {
  readonly checked: number
  readonly held: number
}

/** How often two halves of the sources came to prices that their intervals allow, decaying. */
export type IntervalCoverage = Coverage & {
  /** The newest check: of which vote, and what came of it. */
  readonly latest?: { readonly atMs: number; readonly isHeld: boolean }
}

/** When each alert that stands was last told, Unix milliseconds, by its name. */
export type AlertTimes = Readonly<Record<string, number>>

export type FeedMemory = {
  readonly version: number
  /** Ticks with a consensus since the feed was founded. */
  readonly ticks: number
  readonly last?: LastConsensus
  /** Standard deviation of the price's relative change over one second. */
  readonly volatility: number
  /** What sources typically differ by, 1/10 000 of the price. */
  readonly scaleBps: number
  readonly coverage: Coverage
  /** Absent before the first check. */
  readonly intervals?: IntervalCoverage
  /** Absent before the first alert. */
  readonly alerted?: AlertTimes
  readonly sources: Readonly<Record<string, SourceMemory>>
  /** Who may be showing another's book. */
  readonly mirrors: MirrorMemory
  /** What is usual behaviour; absent before the first tick, and kept apart from the rest. */
  readonly anomaly?: AnomalyMemory
}

/** Raised whenever the meaning of a field changes: a feed that remembers another version starts afresh. */
export const memoryVersion = 1

/** What a feed knows before its first tick. */
export const newFeedMemory: FeedMemory = {
  version: memoryVersion,
  ticks: 0,
  volatility: 0,
  scaleBps: 0,
  coverage: { checked: 0, held: 0 },
  sources: {},
  mirrors: noMirrors,
}
