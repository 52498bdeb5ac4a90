/**
 * One feed's memory: its window of ticks, the `seq` of its prices, and a day of one-minute prices,
 * kept in SQLite so that eviction loses nothing. It remembers and asks the core; it decides nothing.
 */

import { DurableObject } from 'cloudflare:workers'
import {
  consensusOf,
  type ConsensusPolicy,
  type WindowOutcome,
  type WindowTick,
} from '../src/core/consensus.ts'
import { dayChangePercent } from '../src/core/day-change.ts'
import type { Considered } from '../src/core/frozen-entry.ts'
import type { Quote } from '../src/core/quote.ts'
import { priceRecordOf } from '../src/core/price-record.ts'
import { windowConsensusOf } from '../src/core/window.ts'
import type { FeedSymbol } from '../src/protocol/feed.ts'
import type { PriceRecord } from '../src/protocol/wire.ts'

/** Ticks older than this are of no window: the longest, and a round by which its vote may be late. */
const heldMs = 700_000

/**
 * Ticks remembered: those of `heldMs` at the fastest cadence, one every two seconds. One row a
 * tick, written over in turn: a ring, so that nothing is ever deleted.
 */
const ringSize = 360

const minuteMs = 60_000
const minutesOfDay = 1_440
/** Minutes remembered: a day and some, so that the slot of a day ago is still whole. */
const minuteRing = minutesOfDay + 10

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
  | { readonly kind: 'priced'; readonly record: PriceRecord }
  | { readonly kind: 'no-quorum'; readonly agreeing: number; readonly required: number }
  /** The tick had been recorded before; nothing changed. */
  | { readonly kind: 'repeated' }

type RememberedTick = WindowTick & { readonly record?: PriceRecord }

type Memory = {
  /** Oldest first. */
  readonly ticks: readonly RememberedTick[]
  /** The newest price, which may be older than the ticks. */
  readonly latest: PriceRecord | undefined
  readonly seq: number
  readonly nextSlot: number
}

type TickRow = { slot: number; at_ms: number; seq: number; json: string }

export class FeedObject extends DurableObject<Env> {
  readonly #sql: SqlStorage
  #memory: Memory | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS tick (
        slot  INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        seq   INTEGER NOT NULL,
        json  TEXT NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS minute (
        slot  INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        price REAL NOT NULL
      ) STRICT`)
  }

  /** Remembers a tick's quotes and says what the core makes of them; the first of a name wins. */
  record({ symbol, tickAtMs, atMs, quotes, policy }: TickOfFeed): Recorded {
    const memory = this.#remembered()
    const newest = memory.ticks.at(-1)
    // Ticks come in order; one that is not newer is a repetition or hopelessly late.
    if (newest !== undefined && tickAtMs <= newest.atMs) return { kind: 'repeated' }

    const outcome = consensusOf(quotes, policy, atMs)
    if (outcome.kind === 'no-quorum') {
      this.#keep(memory, { atMs: tickAtMs, quotes })
      return { kind: 'no-quorum', agreeing: outcome.agreeing, required: outcome.required }
    }

    const agreeing = quotes.filter(({ source }) => outcome.sources.includes(source))
    const changePercent = dayChangePercent(outcome.price, this.#priceDayAgo(atMs), agreeing)
    const seq = memory.seq + 1
    const record = priceRecordOf(symbol, outcome, { atMs, seq, changePercent })
    this.#keep(memory, { atMs: tickAtMs, quotes, record })
    this.#keepMinute(atMs, record.price)
    return { kind: 'priced', record }
  }

  /**
   * What the feed would make of quotes, at an instant in Unix milliseconds. It remembers nothing of
   * them: what is being frozen is a secret until it is revealed.
   */
  consider(quotes: readonly Quote[], policy: ConsensusPolicy, atMs: number): Considered {
    const outcome = consensusOf(quotes, policy, atMs)
    if (outcome.kind === 'consensus') {
      return { kind: 'priced', price: outcome.price, confidence: outcome.confidence }
    }
    const { latest } = this.#remembered()
    return latest === undefined ? { kind: 'no-quorum' } : { kind: 'no-quorum', last: latest }
  }

  /** The newest price, however old it is: the reader judges by `observed_at`. */
  latest(): PriceRecord | undefined {
    return this.#remembered().latest
  }

  /**
   * The vote over the ticks of `[fromMs, toMs)`, and the price that stood at `toMs`: that of the
   * newest tick until then, unless it found none or has gone stale.
   */
  windowVote(
    window: { readonly fromMs: number; readonly toMs: number },
    policy: ConsensusPolicy,
  ): { readonly outcome: WindowOutcome; readonly spot: PriceRecord | undefined } {
    const { ticks } = this.#remembered()
    const spot = ticks.findLast(({ atMs }) => atMs <= window.toMs)?.record
    const isStale = spot !== undefined && window.toMs - spot.observed_at > policy.staleAfterMs
    return {
      outcome: windowConsensusOf(ticks, policy, window),
      spot: isStale ? undefined : spot,
    }
  }

  #remembered(): Memory {
    if (this.#memory !== undefined) return this.#memory
    const rows = this.#sql
      .exec<TickRow>(
        `SELECT * FROM tick WHERE at_ms >= (SELECT max(at_ms) FROM tick) - ? ORDER BY at_ms`,
        heldMs,
      )
      .toArray()
    const newest = rows.at(-1)
    this.#memory = {
      ticks: rows.map(tickOf),
      latest: this.#storedLatest(),
      seq: newest?.seq ?? 0,
      nextSlot: newest === undefined ? 0 : (newest.slot + 1) % ringSize,
    }
    return this.#memory
  }

  /** The first tick of the highest `seq` is the one that made that price; later ones found none. */
  #storedLatest(): PriceRecord | undefined {
    const [row] = this.#sql
      .exec<TickRow>('SELECT * FROM tick ORDER BY seq DESC, at_ms LIMIT 1')
      .toArray()
    return row === undefined ? undefined : tickOf(row).record
  }

  #keep(memory: Memory, tick: RememberedTick): void {
    const seq = tick.record?.seq ?? memory.seq
    this.#sql.exec(
      'INSERT OR REPLACE INTO tick VALUES (?, ?, ?, ?)',
      memory.nextSlot,
      tick.atMs,
      seq,
      JSON.stringify(tick),
    )
    this.#memory = {
      ticks: [...memory.ticks.filter(({ atMs }) => atMs >= tick.atMs - heldMs), tick],
      latest: tick.record ?? memory.latest,
      seq,
      nextSlot: (memory.nextSlot + 1) % ringSize,
    }
  }

  #keepMinute(atMs: number, price: number): void {
    const minute = Math.floor(atMs / minuteMs)
    const slot = minute % minuteRing
    const [row] = this.#sql
      .exec<{ at_ms: number }>('SELECT at_ms FROM minute WHERE slot = ?', slot)
      .toArray()
    if (row !== undefined && Math.floor(row.at_ms / minuteMs) === minute) return
    this.#sql.exec('INSERT OR REPLACE INTO minute VALUES (?, ?, ?)', slot, atMs, price)
  }

  #priceDayAgo(atMs: number): number | undefined {
    const minute = Math.floor(atMs / minuteMs) - minutesOfDay
    const [row] = this.#sql
      .exec<{ at_ms: number; price: number }>(
        'SELECT at_ms, price FROM minute WHERE slot = ?',
        minute % minuteRing,
      )
      .toArray()
    return row !== undefined && Math.floor(row.at_ms / minuteMs) === minute ? row.price : undefined
  }
}

/** A row holds what the object itself wrote, with the type that it reads it with. */
function tickOf({ json }: TickRow): RememberedTick {
  return JSON.parse(json) as RememberedTick
}
