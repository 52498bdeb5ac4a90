/** Markets to measure the core on: feeds of so many sources, with a history or without. */

import { type ConsensusOutcome, consensusOf, defaultPolicy } from '../../src/core/consensus.ts'
import { type FeedMemory, newFeedMemory } from '../../src/core/feed-memory.ts'
import { learnt } from '../../src/core/learning.ts'
import type { Quote } from '../../src/core/quote.ts'
import { type WindowTick, windowTickOf } from '../../src/core/window-tick.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'

/** Ticks of thirty seconds in a window of three minutes. */
export const windowTicks = 6
export const tickMs = 30_000
export const windowMs = windowTicks * tickMs

/** Ticks that a feed has behind it: enough for all that it learns, the detector included. */
const historyTicks = 120

/** And some more, by chance: at every fourth tick intervals are checked, and a mean has its share of these. */
const moreTicks = 4

/** A tick as it is put to the vote, with what the feed knows by then and what comes of it. */
export type Market = {
  readonly quotes: readonly Quote[]
  readonly atMs: number
  readonly memory: FeedMemory
  readonly outcome: ConsensusOutcome
  /** The last ticks, this one included. */
  readonly window: readonly WindowTick[]
}

/** A feed after many ticks: sources within a few bps of one another, one of them astray. */
export function marketOf(sources: number, random: () => number): Market {
  let price = 20 + random() * 100_000
  let memory = newFeedMemory
  const window: WindowTick[] = []
  const lastTick = historyTicks + Math.floor(random() * moreTicks)
  for (let tick = 0; ; tick += 1) {
    price *= 1 + (random() - 0.5) / 500
    const atMs = tick * tickMs
    const quotes = quotesOf(sources, { price, atMs, random })
    const outcome = consensusOf(quotes, defaultPolicy, atMs, memory)
    window.push(windowTickOf(atMs, outcome))
    if (tick === lastTick) {
      return { quotes, atMs, memory, outcome, window: window.slice(-windowTicks) }
    }
    memory = learnt(memory, quotes, outcome, defaultPolicy)
  }
}

function quotesOf(
  sources: number,
  { price, atMs, random }: { readonly price: number; readonly atMs: number; random: () => number },
): Quote[] {
  return Array.from({ length: sources }, (_, source) => {
    const strayed = source === 4 ? 1.05 : 1
    const seen = price * strayed * (1 + (random() - 0.5) / 2_000)
    return {
      symbol: feedSymbol('BTC/USD'),
      source: `source-${source}`,
      market: 'BTCUSD',
      price: seen,
      rawPrice: seen,
      conversionRate: 1,
      volume: (10_000 / (source + 1)) * (1 + random() / 100),
      bid: seen * 0.9999,
      ask: seen * 1.0001,
      observedAtMs: atMs - Math.floor(random() * 10_000),
      observedKind: 'trade',
    }
  })
}
