/**
 * A feed replayed: its ticks go through the very functions that `Feed` calls, in the same order and
 * with the same memory, and what comes of them is held against the truth.
 */

import { consensusOf, type Consensus } from '../../src/core/consensus.ts'
import { type FeedMemory, newFeedMemory } from '../../src/core/feed-memory.ts'
import { learnt } from '../../src/core/learning.ts'
import { type Dropped, quoteOf } from '../../src/core/normalise.ts'
import type { ConsensusPolicy } from '../../src/core/policy.ts'
import type { Quote } from '../../src/core/quote.ts'
import type { FeedSymbol } from '../../src/protocol/feed.ts'
import { ErrorTally } from './error-tally.ts'
import type { Row } from './rows.ts'
import { SourceTally } from './source-tally.ts'
import type { Tick } from './tick-maker.ts'
import { Timeline } from './timeline.ts'

/**
 * What a price is held against: a column of the input; or each source's own price against the
 * consensus of the others.
 */
export type TruthKind = 'leave-one-out' | 'column'

export type ReplayOptions = {
  readonly truth: TruthKind
  readonly policy: ConsensusPolicy
  readonly cadenceMs: number
}

/** Sources of one feed at most. */
export const maxSources = 200

const bpsPerUnit = 10_000

/** One feed on its way through a backtest. Its size does not depend on how many ticks it sees. */
export class Replay {
  readonly symbol: FeedSymbol
  readonly #options: ReplayOptions
  #memory: FeedMemory = newFeedMemory
  /** Errors of all prices that could be judged. */
  readonly errors = new ErrorTally()
  /** Only against sources that agreed; of `leave-one-out`. */
  readonly errorsOfAgreeing = new ErrorTally()
  readonly timeline: Timeline
  readonly sources = new Map<string, SourceTally>()
  ticks = 0
  /** Ticks without a consensus. */
  withoutQuorum = 0
  split = 0
  lowQuorum = 0
  /** Rows that made no quote, by the reason that a ticker would have been dropped for. */
  readonly dropped = new Map<Dropped['reason'], number>()

  constructor(symbol: FeedSymbol, options: ReplayOptions) {
    this.symbol = symbol
    this.#options = options
    this.timeline = new Timeline(options.cadenceMs)
  }

  /** What the feed has learnt until now. */
  get memory(): FeedMemory {
    return this.#memory
  }

  /** Replays one tick. Ticks come in order. */
  tick({ atMs, rows, truth }: Tick): void {
    const { policy } = this.#options
    const quotes = rows.flatMap((row) => this.#quoteOf(row))
    if (quotes.length === 0) return
    const outcome = consensusOf(quotes, policy, atMs, this.#memory)
    this.ticks += 1
    if (outcome.kind === 'consensus') {
      this.split += Number(outcome.split)
      this.lowQuorum += Number(outcome.lowQuorum)
    } else this.withoutQuorum += 1

    if (this.#options.truth === 'leave-one-out') this.#judgeByOthers(quotes, outcome.rejected, atMs)
    else if (truth !== undefined && outcome.kind === 'consensus') this.#judge(outcome, truth)
    const known = this.#options.truth === 'column' ? truth : undefined
    for (const quote of quotes) this.#sourceTally(quote.source).add(quote, outcome, known)
    this.#memory = learnt(this.#memory, quotes, outcome, policy)
  }

  #judge(consensus: Consensus, truth: number): void {
    const bps = (consensus.price / truth - 1) * bpsPerUnit
    this.errors.add(bps, consensus.intervalBps)
    this.timeline.add(consensus.atMs, bps)
  }

  /** A source is held against what the others say without it, by the memory that all of them made. */
  #judgeByOthers(
    quotes: readonly Quote[],
    rejected: readonly { readonly source: string }[],
    atMs: number,
  ): void {
    const isRejected = new Set(rejected.map(({ source }) => source))
    for (const quote of quotes) {
      const others = quotes.filter(({ source }) => source !== quote.source)
      const outcome = consensusOf(others, this.#options.policy, atMs, this.#memory)
      if (outcome.kind === 'no-quorum') continue
      const bps = (outcome.price / quote.price - 1) * bpsPerUnit
      this.errors.add(bps, outcome.intervalBps)
      if (isRejected.has(quote.source)) continue
      this.errorsOfAgreeing.add(bps, outcome.intervalBps)
      this.timeline.add(atMs, bps)
    }
  }

  /** As a ticker in the feed's own currency becomes a quote: the same rules about books and prices. */
  #quoteOf(row: Row): readonly Quote[] {
    const { source, symbol, price, volume, bid, ask, atMs } = row
    const ticker = {
      source,
      market: symbol,
      last: price,
      volume,
      ...(bid !== undefined && { bid }),
      ...(ask !== undefined && { ask }),
      observedAtMs: atMs,
      observedKind: 'ticker',
    } as const
    const quote = quoteOf(ticker, { source, symbol, market: symbol, quoteCurrency: 'USD' }, {})
    if (!('reason' in quote)) return [quote]
    this.dropped.set(quote.reason, (this.dropped.get(quote.reason) ?? 0) + 1)
    return []
  }

  #sourceTally(source: string): SourceTally {
    const known = this.sources.get(source)
    if (known !== undefined) return known
    const tally = new SourceTally()
    this.sources.set(source, tally)
    return tally
  }
}
