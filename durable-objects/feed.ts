/**
 * One feed's memory: its window of ticks, the `seq` of its prices, a day of one-minute prices, and what
 * it has learnt of its sources, kept in SQLite so that eviction loses nothing. It remembers and asks
 * the core; it decides nothing.
 */

import { DurableObject } from 'cloudflare:workers'
import { consensusOf, type ConsensusPolicy } from '../src/core/consensus.ts'
import { dayChangePercent } from '../src/core/day-change.ts'
import type { Coverage } from '../src/core/feed-memory.ts'
import type { Considered } from '../src/core/frozen-entry.ts'
import { learnt } from '../src/core/learning.ts'
import { type Noticed, noticedAfter } from '../src/core/noticed.ts'
import type { ConsensusOutcome } from '../src/core/outcome.ts'
import { type SuspectedMirror, suspectedMirrors } from '../src/core/mirrors.ts'
import { packedTick, type RememberedTick, unpackedTick } from '../src/core/packed-tick.ts'
import { priceRecordOf } from '../src/core/price-record.ts'
import { provenanceOf, roundProvenanceOf } from '../src/core/provenance.ts'
import type { Quote } from '../src/core/quote.ts'
import { rolledOf } from '../src/core/rolled.ts'
import { type WindowOutcome, windowConsensusOf } from '../src/core/window.ts'
import { windowTickOf } from '../src/core/window-tick.ts'
import type { FeedSymbol } from '../src/protocol/feed.ts'
import type { PriceRecord } from '../src/protocol/wire.ts'
import type { Provenance, RoundProvenance } from '../src/protocol/wire-provenance.ts'
import { FeedStore, heldMs, type Stored } from './feed-store.ts'

/** What is usual behaviour changes slowly and is large: it is written down at most this often. */
const behaviourEveryMs = 60_000

/** What one tick hands to a feed. */
export type TickOfFeed = {
  readonly symbol: FeedSymbol
  /** The instant that names the tick, Unix milliseconds. */
  readonly tickAtMs: number
  /** The instant of the vote, when all sources have answered, Unix milliseconds. */
  readonly atMs: number
  readonly quotes: readonly Quote[]
  readonly policy: ConsensusPolicy
}

export type Recorded =
  | (Noticed & { readonly kind: 'priced'; readonly record: PriceRecord })
  | (Noticed & { readonly kind: 'no-quorum'; readonly agreeing: number; readonly required: number })
  /** The tick had been recorded before; nothing changed. */
  | { readonly kind: 'repeated' }

export class FeedObject extends DurableObject<Env> {
  readonly #store: FeedStore
  #known: Stored | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new FeedStore(ctx.storage.sql)
  }

  /** Remembers a tick's quotes and says what the core makes of them; the first of a name wins. */
  record(tick: TickOfFeed): Recorded {
    const { symbol, tickAtMs, atMs, quotes, policy } = tick
    const known = this.#remembered()
    const newest = known.ticks.at(-1)
    // Ticks come in order; one that is not newer is a repetition or hopelessly late.
    if (newest !== undefined && tickAtMs <= newest.atMs) return { kind: 'repeated' }

    const outcome = consensusOf(quotes, policy, atMs, known.memory)
    if (outcome.kind === 'no-quorum') {
      const noticed = this.#keep(tick, outcome, windowTickOf(tickAtMs, outcome))
      const { agreeing, required } = outcome
      return { kind: 'no-quorum', agreeing, required, ...noticed }
    }

    const agreeing = quotes.filter(({ source }) => outcome.sources.includes(source))
    const changePercent = dayChangePercent(outcome.price, this.#store.priceDayAgo(atMs), agreeing)
    const record = priceRecordOf(symbol, outcome, { atMs, seq: known.seq + 1, changePercent })
    const noticed = this.#keep(tick, outcome, { ...windowTickOf(tickAtMs, outcome), record })
    this.#store.keepMinute(atMs, record.price)
    return { kind: 'priced', record, ...noticed }
  }

  /**
   * What the feed would make of quotes, at an instant in Unix milliseconds. It remembers and learns
   * nothing of them: what is being frozen is a secret until it is revealed.
   */
  consider(quotes: readonly Quote[], policy: ConsensusPolicy, atMs: number): Considered {
    const { memory } = this.#remembered()
    const outcome = consensusOf(quotes, policy, atMs, memory)
    const rolled = rolledOf(quotes, policy, atMs, memory)
    const beside = rolled === undefined ? {} : { rolled }
    if (outcome.kind === 'no-quorum') return { kind: 'no-quorum', ...beside }
    const { price, confidence, intervalBps, nEff, lowQuorum } = outcome
    return { kind: 'priced', price, confidence, intervalBps, nEff, lowQuorum, ...beside }
  }

  /**
   * What the newest vote was made of, whatever it came to (the freeze's own is none of them), which
   * sources may be mirrors of one book, and how well the feed has been calibrated.
   */
  provenance():
    | {
        readonly vote: Provenance
        readonly suspectedMirrors: readonly SuspectedMirror[]
        readonly coverage: Coverage
        readonly intervals: Coverage
      }
    | undefined {
    const { ticks, memory } = this.#remembered()
    const newest = ticks.at(-1)
    const vote = newest && this.#store.provenanceAt(newest.atMs)
    const { mirrors, coverage } = memory
    const { checked, held } = memory.intervals ?? { checked: 0, held: 0 }
    const intervals = { checked, held }
    return vote && { vote, suspectedMirrors: suspectedMirrors(mirrors), coverage, intervals }
  }

  /** The newest price, however old it is: the reader judges by `observed_at`. */
  latest(): PriceRecord | undefined {
    return this.#remembered().priced?.record
  }

  /**
   * The vote over the ticks of `[fromMs, toMs)`, and the price that stood at `toMs`: that of the
   * newest tick until then, unless it found none or has gone stale.
   */
  windowVote(
    window: { readonly fromMs: number; readonly toMs: number },
    policy: ConsensusPolicy,
  ): {
    readonly outcome: WindowOutcome
    readonly spot: PriceRecord | undefined
    readonly provenance: RoundProvenance
  } {
    const { ticks } = this.#remembered()
    const standing = ticks.findLast(({ atMs }) => atMs <= window.toMs)
    const spot = standing?.record
    const isStale = spot !== undefined && window.toMs - spot.observed_at > policy.staleAfterMs
    const within = ticks
      .filter(({ atMs }) => atMs >= window.fromMs && atMs < window.toMs)
      .map(unpackedTick)
    return {
      outcome: windowConsensusOf(within, policy, window),
      spot: isStale ? undefined : spot,
      provenance: roundProvenanceOf(
        within,
        window,
        standing && this.#store.provenanceAt(standing.atMs),
      ),
    }
  }

  #remembered(): Stored {
    this.#known ??= this.#store.load()
    return this.#known
  }

  /** Writes a tick down, with all that it was made of and is known after it; says what stands out. */
  #keep(
    { symbol, quotes, policy }: TickOfFeed,
    outcome: ConsensusOutcome,
    remembered: RememberedTick,
  ): Noticed {
    const known = this.#remembered()
    const seq = remembered.record?.seq ?? known.seq
    const tick = packedTick(remembered, known.ticks.at(-1))
    const { memory, noticed } = noticedAfter(learnt(known.memory, quotes, outcome, policy), outcome)
    const provenance = provenanceOf(quotes, outcome, { symbol, tickAtMs: tick.atMs, seq, policy })
    const nextSlot = this.#store.keepTick(known.nextSlot, { tick, seq, provenance, memory })
    this.#known = {
      ticks: [...known.ticks.filter(({ atMs }) => atMs >= tick.atMs - heldMs), tick],
      priced: tick.record === undefined ? known.priced : tick,
      seq,
      nextSlot,
      memory,
      behaviourAtMs: this.#keepBehaviour(memory.anomaly, tick.atMs, known.behaviourAtMs),
    }
    return noticed
  }

  /** Returns when it was last written down. */
  #keepBehaviour(behaviour: Stored['memory']['anomaly'], atMs: number, lastAtMs: number): number {
    if (behaviour === undefined || atMs - lastAtMs < behaviourEveryMs) return lastAtMs
    this.#store.keepBehaviour(behaviour, atMs)
    return atMs
  }
}
