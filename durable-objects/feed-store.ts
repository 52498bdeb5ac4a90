/**
 * The tables of a feed: a ring of ticks, each with what its vote was made of and what had been learnt
 * by then; a day of one-minute prices; and what behaviour is usual. Billing is by row, so that a tick
 * is one row, and a ring needs no deletes.
 */

import { type AnomalyMemory } from '../src/core/anomaly.ts'
import { anomalyBytes, anomalyMemoryOf } from '../src/core/anomaly-bytes.ts'
import { type FeedMemory, newFeedMemory } from '../src/core/feed-memory.ts'
import { memoryOf, packedMemory } from '../src/core/packed-memory.ts'
import { type PackedTick, sharingNames } from '../src/core/packed-tick.ts'
import { isReadableProvenance, type Provenance } from '../src/protocol/wire-provenance.ts'

/** Ticks older than this are of no window: the longest, and a round by which its vote may be late. */
export const heldMs = 700_000

/** Ticks remembered: those of `heldMs` at the fastest cadence, one every two seconds. */
const ringSize = 360

const minuteMs = 60_000
const minutesOfDay = 1_440
/** Minutes remembered: a day and some, so that the slot of a day ago is still whole. */
const minuteRing = minutesOfDay + 10

/** What the tables hold of a feed. */
export type Stored = {
  /** Oldest first. */
  readonly ticks: readonly PackedTick[]
  /** The newest tick with a price, which may be older than those. */
  readonly priced: PackedTick | undefined
  /** The number of that price; 0 if there is none. */
  readonly seq: number
  readonly nextSlot: number
  readonly memory: FeedMemory
  /** When what is usual was last written down, Unix milliseconds; 0 if never. */
  readonly behaviourAtMs: number
}

type TickRow = { slot: number; at_ms: number; seq: number; tick: string }

export class FeedStore {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS tick (
        slot       INTEGER PRIMARY KEY,
        at_ms      INTEGER NOT NULL,
        seq        INTEGER NOT NULL,
        tick       TEXT NOT NULL,
        provenance TEXT NOT NULL,
        memory     TEXT NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS minute (
        slot  INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        price REAL NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS behaviour (
        slot  INTEGER PRIMARY KEY CHECK (slot = 0),
        at_ms INTEGER NOT NULL,
        bytes BLOB NOT NULL
      ) STRICT`)
  }

  /** All that an object forgets when it is evicted. */
  load(): Stored {
    const rows = this.#sql
      .exec<TickRow>(
        `SELECT slot, at_ms, seq, tick FROM tick
         WHERE at_ms >= (SELECT max(at_ms) FROM tick) - ? ORDER BY at_ms`,
        heldMs,
      )
      .toArray()
    const newest = rows.at(-1)
    const ticks: PackedTick[] = []
    for (const row of rows) ticks.push(sharingNames(tickOf(row), ticks.at(-1)))
    const { behaviour, behaviourAtMs } = this.#behaviour()
    const memory = newest === undefined ? newFeedMemory : this.#memoryAt(newest.slot)
    return {
      ticks,
      priced: this.#priced(),
      seq: newest?.seq ?? 0,
      nextSlot: newest === undefined ? 0 : (newest.slot + 1) % ringSize,
      memory: behaviour === undefined ? memory : { ...memory, anomaly: behaviour },
      behaviourAtMs,
    }
  }

  /** Writes a tick into a slot of the ring; returns the slot of the next. */
  keepTick(
    slot: number,
    {
      tick,
      seq,
      provenance,
      memory,
    }: {
      readonly tick: PackedTick
      readonly seq: number
      readonly provenance: Provenance
      readonly memory: FeedMemory
    },
  ): number {
    this.#sql.exec(
      'INSERT OR REPLACE INTO tick VALUES (?, ?, ?, ?, ?, ?)',
      slot,
      tick.atMs,
      seq,
      JSON.stringify(tick),
      JSON.stringify(provenance),
      packedMemory(memory),
    )
    return (slot + 1) % ringSize
  }

  keepBehaviour(behaviour: AnomalyMemory, atMs: number): void {
    const bytes = anomalyBytes(behaviour)
    this.#sql.exec('INSERT OR REPLACE INTO behaviour VALUES (0, ?, ?)', atMs, bytes.buffer)
  }

  /** What a tick's vote was made of, if it can still be read. @param atMs The instant that names it. */
  provenanceAt(atMs: number): Provenance | undefined {
    const [row] = this.#sql
      .exec<{ provenance: string }>('SELECT provenance FROM tick WHERE at_ms = ?', atMs)
      .toArray()
    if (row === undefined) return undefined
    const stored: unknown = JSON.parse(row.provenance)
    // The object itself wrote it; of the same version it is of the type that it is read with.
    return isReadableProvenance(stored) ? (stored as Provenance) : undefined
  }

  /** The first price of each minute stands for it. */
  keepMinute(atMs: number, price: number): void {
    const minute = Math.floor(atMs / minuteMs)
    if (this.#minute(minute) !== undefined) return
    this.#sql.exec(
      'INSERT OR REPLACE INTO minute VALUES (?, ?, ?)',
      minute % minuteRing,
      atMs,
      price,
    )
  }

  priceDayAgo(atMs: number): number | undefined {
    return this.#minute(Math.floor(atMs / minuteMs) - minutesOfDay)
  }

  #minute(minute: number): number | undefined {
    const [row] = this.#sql
      .exec<{ at_ms: number; price: number }>(
        'SELECT at_ms, price FROM minute WHERE slot = ?',
        minute % minuteRing,
      )
      .toArray()
    return row !== undefined && Math.floor(row.at_ms / minuteMs) === minute ? row.price : undefined
  }

  /** The first tick of the highest `seq` is the one that made that price; later ones found none. */
  #priced(): PackedTick | undefined {
    const [row] = this.#sql
      .exec<TickRow>('SELECT slot, at_ms, seq, tick FROM tick ORDER BY seq DESC, at_ms LIMIT 1')
      .toArray()
    return row === undefined ? undefined : tickOf(row)
  }

  /** What another version has learnt is learnt anew. */
  #memoryAt(slot: number): FeedMemory {
    const [row] = this.#sql
      .exec<{ memory: string }>('SELECT memory FROM tick WHERE slot = ?', slot)
      .toArray()
    return (row && memoryOf(row.memory)) ?? newFeedMemory
  }

  #behaviour(): { readonly behaviour: AnomalyMemory | undefined; readonly behaviourAtMs: number } {
    const [row] = this.#sql
      .exec<{ at_ms: number; bytes: ArrayBuffer }>('SELECT at_ms, bytes FROM behaviour')
      .toArray()
    if (row === undefined) return { behaviour: undefined, behaviourAtMs: 0 }
    return { behaviour: anomalyMemoryOf(new Uint8Array(row.bytes)), behaviourAtMs: row.at_ms }
  }
}

/** A row holds what the object itself wrote, with the type that it reads it with. */
function tickOf({ tick }: TickRow): PackedTick {
  return JSON.parse(tick) as PackedTick
}
