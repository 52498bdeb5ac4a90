/**
 * A network's memory of its voting rounds: what was frozen, who may act, what was reserved to be
 * signed, what has come of it. Everything about safety is written here before it is answered.
 */

import { DurableObject } from 'cloudflare:workers'
import type { BridgesHeard } from '../src/core/bridge-presence.ts'
import type { FreezeClaim, FreezeOutcome } from '../src/core/freezable.ts'
import type { LeaseOutcome } from '../src/core/lease.ts'
import type { RoundMemory } from '../src/core/round-stage.ts'
import type { Reservation, SubmissionReport } from '../src/protocol/bridge-wire.ts'
import { type ReportPlace, RoundReports } from './round-reports.ts'
import { type Reserved, RoundRights } from './round-rights.ts'
import { RoundStandbys } from './round-standbys.ts'

/** Frozen rounds remembered, for audit: ten days of Flare's. */
const maxRounds = 10_000

/** Withheld batches handed out at once; what is left is there for the next round's close. */
const maxReleased = 20

export type Freeze = FreezeClaim & {
  /** The answer, byte for byte. */
  readonly body: string
  /** The quotes behind it, as texts of a bounded size, to be kept from history until `endsAtMs`. */
  readonly quotes: readonly string[]
  /** When the round is over. Unix milliseconds. */
  readonly endsAtMs: number
}

/** A round whose reveal is on chain. */
export type Revealed = { readonly body: string; readonly reveal: SubmissionReport }

export type Withheld = { readonly id: number; readonly quotes: string }

type RoundRow = { feeds: string; body: string; reveal: string | null }

export class RoundObject extends DurableObject<Env> {
  readonly #sql: SqlStorage
  readonly #reports: RoundReports
  readonly #rights: RoundRights
  readonly #standbys: RoundStandbys

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    // `seq` is the order of arrival: what is forgotten is what came first, whatever its number.
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS round (
        seq             INTEGER PRIMARY KEY AUTOINCREMENT,
        voting_round_id INTEGER NOT NULL UNIQUE,
        feeds           TEXT NOT NULL,
        body            TEXT NOT NULL,
        reveal          TEXT
      ) STRICT;
      CREATE TABLE IF NOT EXISTS withheld (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        ends_at_ms INTEGER NOT NULL,
        quotes     TEXT NOT NULL
      ) STRICT`)
    this.#reports = new RoundReports(this.#sql)
    this.#rights = new RoundRights(this.#sql)
    this.#standbys = new RoundStandbys(this.#sql)
  }

  /** Takes or renews the right to act. */
  lease(holder: string, nowMs: number): LeaseOutcome {
    return this.#rights.lease(holder, nowMs)
  }

  /** Reserves what will be signed: the same digest again is fine, another one never. */
  reserve(reservation: Reservation): Reserved {
    return this.#rights.reserve(reservation)
  }

  /**
   * Hears a bridge that stands by, and tells it the newest vector from `fromRound` on.
   *
   * @param heldRound The last round whose vector it has; -1 if it has none.
   */
  standBy(holder: string, heldRound: number, fromRound: number, nowMs: number): string | undefined {
    this.#standbys.note(holder, heldRound, nowMs)
    const [newest] = this.#sql
      .exec<{ body: string }>(
        `SELECT body FROM round WHERE voting_round_id >= ? ORDER BY voting_round_id DESC LIMIT 1`,
        fromRound,
      )
      .toArray()
    return newest?.body
  }

  /** Whether a bridge that stands by does not have a round's vector yet. */
  isAwaited(votingRoundId: number, nowMs: number): boolean {
    return this.#standbys.isWaiting(votingRoundId, this.#rights.holder(), nowMs)
  }

  /** When bridges were heard last. */
  bridgesHeard(nowMs: number): BridgesHeard {
    const actingAtMs = this.#rights.renewedAtMs()
    const standbys = this.#standbys.present(nowMs)
    return { standbys, ...(actingAtMs !== undefined && { actingAtMs }) }
  }

  /** Uses up the nonce of a request. */
  useNonce(nonce: string, nowMs: number): 'fresh' | 'used' | 'too-many' {
    return this.#rights.useNonce(nonce, nowMs)
  }

  /** What a round was frozen as, for whoever may act and asks for the same feeds. */
  frozen({ votingRoundId, fencingToken, feeds }: FreezeClaim): FreezeOutcome | undefined {
    if (!this.#rights.isCurrent(fencingToken)) return { kind: 'refused', code: 'lease-lost' }
    const row = this.#round(votingRoundId)
    if (row === undefined) return undefined
    if (row.feeds !== JSON.stringify(feeds)) return { kind: 'refused', code: 'feeds-differ' }
    return { kind: 'frozen', body: row.body }
  }

  /** Freezes a round unless it is: the first freeze wins, and every other is answered with it. */
  freeze(freeze: Freeze): FreezeOutcome {
    const known = this.frozen(freeze)
    if (known !== undefined) return known
    const { votingRoundId, feeds, body, quotes, endsAtMs } = freeze
    const { seq } = this.#sql
      .exec<{ seq: number }>(
        'INSERT INTO round (voting_round_id, feeds, body) VALUES (?, ?, ?) RETURNING seq',
        votingRoundId,
        JSON.stringify(feeds),
        body,
      )
      .one()
    this.#sql.exec('DELETE FROM round WHERE seq <= ?', seq - maxRounds)
    for (const text of quotes) {
      this.#sql.exec('INSERT INTO withheld (ends_at_ms, quotes) VALUES (?, ?)', endsAtMs, text)
    }
    return { kind: 'frozen', body }
  }

  /** Quotes that need not be withheld any longer, their rounds being over. */
  released(nowMs: number): Withheld[] {
    return this.#sql
      .exec<Withheld>(
        'SELECT id, quotes FROM withheld WHERE ends_at_ms <= ? ORDER BY id LIMIT ?',
        nowMs,
        maxReleased,
      )
      .toArray()
  }

  /** Forgets released quotes, once history has them. */
  forget(id: number): void {
    this.#sql.exec('DELETE FROM withheld WHERE id = ?', id)
  }

  /** Remembers reports; a confirmed reveal makes its round public. */
  report(reports: readonly SubmissionReport[]): void {
    for (const report of reports) {
      this.#reports.keep(report)
      if (report.kind !== 'submit2' || report.status !== 'confirmed') continue
      this.#sql.exec(
        'UPDATE round SET reveal = coalesce(reveal, ?) WHERE voting_round_id = ?',
        JSON.stringify(report),
        report.voting_round_id,
      )
    }
  }

  /** What was frozen, once it is on chain; before that nothing, whatever there is. */
  revealed(votingRoundId: number): Revealed | undefined {
    const row = this.#round(votingRoundId)
    if (row === undefined || row.reveal === null) return undefined
    // The object itself wrote it, with the type that it reads it with.
    return { body: row.body, reveal: JSON.parse(row.reveal) as SubmissionReport }
  }

  /** What is remembered of a range of rounds, both ends included; unknown ones are left out. */
  rounds(fromRound: number, toRound: number): RoundMemory[] {
    const reports = this.#reports.ofRounds(fromRound, toRound)
    const byRound = Map.groupBy(reports, (report) => report.voting_round_id)
    const frozen = this.#sql
      .exec<{ id: number }>(
        'SELECT voting_round_id AS id FROM round WHERE voting_round_id BETWEEN ? AND ?',
        fromRound,
        toRound,
      )
      .toArray()
      .map(({ id }) => id)
    return [...new Set([...frozen, ...byRound.keys()])].map((votingRoundId) => ({
      votingRoundId,
      isFrozen: frozen.includes(votingRoundId),
      reports: byRound.get(votingRoundId) ?? [],
    }))
  }

  /** The newest reports, newest first. */
  submissions(limit: number, before?: ReportPlace): SubmissionReport[] {
    return this.#reports.newest(limit, before)
  }

  #round(votingRoundId: number): RoundRow | undefined {
    const rows = this.#sql.exec<RoundRow>(
      'SELECT feeds, body, reveal FROM round WHERE voting_round_id = ?',
      votingRoundId,
    )
    return rows.toArray()[0]
  }
}
