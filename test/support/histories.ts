/** Builders: feeds with a history, as a test of the vote with memory needs them. */

import { type ConsensusPolicy, consensusOf, defaultPolicy } from '../../src/core/consensus.ts'
import { type FeedMemory, newFeedMemory } from '../../src/core/feed-memory.ts'
import { learnt } from '../../src/core/learning.ts'
import type { Vote } from '../../src/core/newest-votes.ts'
import type { ConsensusOutcome } from '../../src/core/outcome.ts'

/** Time between two ticks of a history, milliseconds. */
export const tickMs = 30_000

export type Told = {
  readonly memory: FeedMemory
  /** Of each tick, in order. */
  readonly outcomes: readonly ConsensusOutcome[]
}

/** Ticks put to the vote and learnt from, one after another. */
export function told(
  ticks: readonly { readonly atMs: number; readonly quotes: readonly Vote[] }[],
  memory: FeedMemory = newFeedMemory,
  policy: ConsensusPolicy = defaultPolicy,
): Told {
  const outcomes: ConsensusOutcome[] = []
  let known = memory
  for (const { atMs, quotes } of ticks) {
    const outcome = consensusOf(quotes, policy, atMs, known)
    known = learnt(known, quotes, outcome, policy)
    outcomes.push(outcome)
  }
  return { memory: known, outcomes }
}

/** Numbers that look random and are the same in every run: 0 to 1. */
export function numbersFrom(seed: number): () => number {
  let state = (seed * 48_271 + 11) % 2_147_483_647
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** What differs from an ordinary history. */
export type Course = {
  readonly seed?: number
  /** What a source says at a tick; of the ordinary quote made by the market. */
  readonly saying?: (vote: Vote, tick: number) => Vote | undefined
  /** The market's price at a tick, by its ordinary one. */
  readonly market?: (price: number, tick: number) => number
}

/**
 * Ticks of an ordinary market about 100: it moves a few bps a tick, and each source sees it with a
 * noise of two, at an age of up to ten seconds. The last tick is at `atMs`.
 */
export function ordinaryTicks(
  sources: readonly string[],
  count: number,
  atMs: number,
  { seed = 1, saying = (vote) => vote, market = (price) => price }: Course = {},
): { readonly atMs: number; readonly quotes: readonly Vote[] }[] {
  const number = numbersFrom(seed)
  let price = 100
  return Array.from({ length: count }, (_, tick) => {
    price *= 1 + (number() - 0.5) * 1e-3
    const tickAtMs = atMs - (count - 1 - tick) * tickMs
    const quotes = sources.flatMap((source, i) => {
      const vote: Vote = {
        source,
        price: market(price, tick) * (1 + (number() + number() - 1) * 4e-4),
        volume: (1_000 / (i + 1)) * (1 + number() / 100),
        observedAtMs: Math.floor(tickAtMs - number() * 10_000),
        observedKind: 'trade',
      }
      return saying(vote, tick) ?? []
    })
    return { atMs: tickAtMs, quotes }
  })
}

/** Names of so many sources: `s00`, `s01`, … */
export function sourceNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `s${String(i).padStart(2, '0')}`)
}
