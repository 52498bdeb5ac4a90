/**
 * The schedule's memory: which events have begun and ended, so that a doubled cron changes nothing
 * and a tick that died is counted. It keeps the book; what an event means is decided elsewhere.
 */

import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { type TickStatus, tickStatusSchema } from '../src/protocol/status.ts'

/** An event that has not ended after this long has died; should it end after all, it has not. */
const diedAfterMs = 60_000

/** Events are remembered for longer than the longest round, within which a close may come late. */
const rememberedMs = 7_200_000

/** Whoever wants fresh prices for longer says so again. */
const longestDemandMs = 120_000

/** Ticks told in a report: with those before it, enough to see ten minutes at the usual cadence. */
const toldTicks = 40

const totalsSchema = z.strictObject({
  completed: z.number(),
  died: z.number(),
  skipped: z.number(),
  doubled: z.number(),
  quotesAccepted: z.number(),
  quotesLost: z.number(),
  /** Not counted before November 2026. */
  quotesRefused: z.number().default(0),
  intervalsChecked: z.number().default(0),
  intervalsHeld: z.number().default(0),
})
type Totals = z.infer<typeof totalsSchema>

const noTotals: Totals = {
  completed: 0,
  died: 0,
  skipped: 0,
  doubled: 0,
  quotesAccepted: 0,
  quotesLost: 0,
  quotesRefused: 0,
  intervalsChecked: 0,
  intervalsHeld: 0,
}

type EventState = TickStatus['state'] | 'skipped'

/** What a tick has to say of itself when it is over. */
export type TickSummary = {
  readonly [
    Field in 'accepted' | 'ids_sha256' | 'kept' | 'refused' | 'priced' | 'took_ms'
  ]: NonNullable<TickStatus[Field]>
} & Pick<TickStatus, 'alerts' | 'intervals'>

export class ScheduleObject extends DurableObject<Env> {
  readonly #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS event (
        kind        TEXT NOT NULL,
        at_ms       INTEGER NOT NULL,
        state       TEXT NOT NULL,
        begun_at_ms INTEGER NOT NULL,
        summary     TEXT,
        PRIMARY KEY (at_ms, kind)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS totals (id INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS demand (
        id       INTEGER PRIMARY KEY CHECK (id = 1),
        until_ms INTEGER NOT NULL
      ) STRICT`)
  }

  /** Begins an event, unless it has begun before: compare and set. */
  begin(kind: string, atMs: number, nowMs: number): 'begun' | 'doubled' {
    const { rowsWritten } = this.#sql.exec(
      "INSERT OR IGNORE INTO event VALUES (?, ?, 'running', ?, NULL)",
      kind,
      atMs,
      nowMs,
    )
    if (rowsWritten === 0) {
      if (kind === 'tick') this.#add({ doubled: 1 })
      return 'doubled'
    }
    this.#buryTheDead(nowMs)
    return 'begun'
  }

  /** Ends a tick with what it has to say of itself, once; also one whose beginning was not told. */
  endTick(atMs: number, summary: TickSummary): void {
    const state = this.#stateOfTick(atMs)
    if (state === 'completed') return
    this.#end('tick', atMs, JSON.stringify(summary))
    this.#add({
      completed: 1,
      died: state === 'died' ? -1 : 0,
      skipped: state === 'skipped' ? -1 : 0,
      quotesAccepted: summary.accepted,
      quotesLost: summary.kept === 'lost' ? summary.accepted : 0,
      quotesRefused: summary.refused,
      intervalsChecked: summary.intervals?.checked ?? 0,
      intervalsHeld: summary.intervals?.held ?? 0,
    })
  }

  /** Ends an event of another kind. */
  end(kind: string, atMs: number): void {
    this.#end(kind, atMs, null)
  }

  /**
   * Writes down ticks that came too late to be run, unless somebody has run them.
   *
   * @returns How many were skipped by this.
   */
  skip(ticksAtMs: readonly number[]): number {
    const skipped = ticksAtMs.filter((atMs) => {
      const { rowsWritten } = this.#sql.exec(
        "INSERT OR IGNORE INTO event VALUES ('tick', ?, 'skipped', ?, NULL)",
        atMs,
        atMs,
      )
      return rowsWritten > 0
    })
    if (skipped.length > 0) this.#add({ skipped: skipped.length })
    return skipped.length
  }

  /** Totals since the object was made, and the newest ticks that were run, newest first. */
  report(nowMs = Date.now()): Totals & { readonly recent: readonly TickStatus[] } {
    // Should cron stop, nothing begins any more that would bury the last ones.
    this.#buryTheDead(nowMs)
    const recent = this.#sql
      .exec<{ at_ms: number; state: string; summary: string | null }>(
        `SELECT at_ms, state, summary FROM event
         WHERE kind = 'tick' AND state <> 'skipped' ORDER BY at_ms DESC LIMIT ?`,
        toldTicks,
      )
      .toArray()
      .map(({ at_ms, state, summary }) => {
        const said: unknown = summary === null ? {} : JSON.parse(summary)
        return tickStatusSchema.parse({ at: at_ms, state, ...Object(said) })
      })
    return { ...this.#totals(), recent }
  }

  /** Fresh prices are wanted until an instant, Unix milliseconds; never shortens a demand. */
  want(untilMs: number, nowMs = Date.now()): void {
    this.#sql.exec(
      `INSERT INTO demand VALUES (1, ?)
       ON CONFLICT DO UPDATE SET until_ms = MAX(until_ms, excluded.until_ms)`,
      Math.ceil(Math.min(untilMs, nowMs + longestDemandMs)),
    )
  }

  /** Until when fresh prices are wanted, Unix milliseconds; 0 if they never were. */
  wantedUntilMs(): number {
    const [row] = this.#sql
      .exec<{ until_ms: number }>('SELECT until_ms FROM demand WHERE id = 1')
      .toArray()
    return row?.until_ms ?? 0
  }

  #stateOfTick(atMs: number): EventState | undefined {
    const [row] = this.#sql
      .exec<{ state: EventState }>(
        "SELECT state FROM event WHERE at_ms = ? AND kind = 'tick'",
        atMs,
      )
      .toArray()
    return row?.state
  }

  #end(kind: string, atMs: number, summary: string | null): void {
    this.#sql.exec(
      `INSERT INTO event VALUES (?, ?, 'completed', ?, ?)
       ON CONFLICT DO UPDATE SET state = 'completed', summary = excluded.summary`,
      kind,
      atMs,
      atMs,
      summary,
    )
  }

  #buryTheDead(nowMs: number): void {
    const died = this.#sql
      .exec<{ kind: string }>(
        "UPDATE event SET state = 'died' WHERE state = 'running' AND begun_at_ms < ? RETURNING kind",
        nowMs - diedAfterMs,
      )
      .toArray()
    const ticks = died.filter(({ kind }) => kind === 'tick').length
    if (ticks > 0) this.#add({ died: ticks })
    this.#sql.exec('DELETE FROM event WHERE at_ms < ?', nowMs - rememberedMs)
  }

  #totals(): Totals {
    const [row] = this.#sql.exec<{ json: string }>('SELECT json FROM totals WHERE id = 1').toArray()
    return row === undefined ? noTotals : totalsSchema.parse(JSON.parse(row.json))
  }

  #add(more: Partial<Totals>): void {
    const totals = this.#totals()
    const sum: Totals = {
      completed: totals.completed + (more.completed ?? 0),
      died: totals.died + (more.died ?? 0),
      skipped: totals.skipped + (more.skipped ?? 0),
      doubled: totals.doubled + (more.doubled ?? 0),
      quotesAccepted: totals.quotesAccepted + (more.quotesAccepted ?? 0),
      quotesLost: totals.quotesLost + (more.quotesLost ?? 0),
      quotesRefused: totals.quotesRefused + (more.quotesRefused ?? 0),
      intervalsChecked: totals.intervalsChecked + (more.intervalsChecked ?? 0),
      intervalsHeld: totals.intervalsHeld + (more.intervalsHeld ?? 0),
    }
    this.#sql.exec('INSERT OR REPLACE INTO totals VALUES (1, ?)', JSON.stringify(sum))
  }
}
