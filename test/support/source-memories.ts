/** Builders: what a feed knows of a source, and of itself. */

import { type FeedMemory, newFeedMemory } from '../../src/core/feed-memory.ts'
import type { SourceMemory } from '../../src/core/source-memory.ts'

/** A member in good repute: seen and heard a moment after `t = 0`, with a noise of 2 bps. */
export function aKnownSource(differing: Partial<SourceMemory> = {}): SourceMemory {
  return {
    seenAtMs: 0,
    said: {
      price: 100,
      bid: 0,
      ask: 0,
      volume: 1,
      priceSinceMs: 0,
      bookSinceMs: 0,
      allSinceMs: 0,
    },
    agreedAtMs: 0,
    price: 100,
    intervalMs: 0,
    heard: 100,
    madBps: 2,
    biasBps: 0,
    driftUp: 0,
    driftDown: 0,
    reputation: 1,
    agreed: 20,
    strays: 0,
    ...differing,
  }
}

/** A feed long since founded, whose last consensus was 100 at `t = 0`. */
export function aFeedMemory(differing: Partial<FeedMemory> = {}): FeedMemory {
  return {
    ...newFeedMemory,
    ticks: 100,
    last: { price: 100, atMs: 0, observedAtMs: 0, sigmaBps: 1, fromStartBps: 0 },
    volatility: 1e-4,
    scaleBps: 2,
    ...differing,
  }
}
