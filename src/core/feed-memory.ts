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
}

/** How often intervals have held what came to light afterwards. */
export type Coverage = {
  /** Intervals that were checked, decaying. */
  readonly checked: number
  /** Of those, the ones that held. */
  readonly held: number
}

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
