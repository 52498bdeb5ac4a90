/**
 * What a network's `Round` remembers of the bridge's reports: the last some ten thousand rounds of
 * them, so that the state of a round is known while history is down.
 */

import type { SubmissionReport } from '../src/protocol/bridge-wire.ts'

/** Reports remembered: ten thousand rounds of three calls, each sent and confirmed. */
const maxRemembered = 60_000

/** A place in the order of reports, newest first; a page goes on behind it. */
export type ReportPlace = { readonly atMs: number; readonly id: string }

type Row = { json: string }

export class RoundReports {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS report (
        seq             INTEGER PRIMARY KEY AUTOINCREMENT,
        id              TEXT NOT NULL UNIQUE,
        voting_round_id INTEGER NOT NULL,
        at_ms           INTEGER NOT NULL,
        json            TEXT NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS report_by_round ON report (voting_round_id);
      CREATE INDEX IF NOT EXISTS report_by_time ON report (at_ms, id)`)
  }

  /** Remembers a report; one that is known stays as it was. */
  keep(report: SubmissionReport): void {
    const { seq } = this.#sql
      .exec<{ seq: number }>(
        `INSERT INTO report (id, voting_round_id, at_ms, json) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET id = id RETURNING seq`,
        report.id,
        report.voting_round_id,
        report.at,
        JSON.stringify(report),
      )
      .one()
    this.#sql.exec('DELETE FROM report WHERE seq <= ?', seq - maxRemembered)
  }

  /** The reports of a range of rounds, both ends included, in the order in which they came. */
  ofRounds(fromRound: number, toRound: number): SubmissionReport[] {
    return read(
      this.#sql.exec<Row>(
        'SELECT json FROM report WHERE voting_round_id BETWEEN ? AND ? ORDER BY seq',
        fromRound,
        toRound,
      ),
    )
  }

  /** The newest reports, newest first. */
  newest(limit: number, before: ReportPlace | undefined): SubmissionReport[] {
    const { atMs, id } = before ?? { atMs: Number.MAX_SAFE_INTEGER, id: '' }
    return read(
      this.#sql.exec<Row>(
        'SELECT json FROM report WHERE (at_ms, id) < (?, ?) ORDER BY at_ms DESC, id DESC LIMIT ?',
        atMs,
        id,
        limit,
      ),
    )
  }
}

/** The object itself wrote these rows, with the type that it reads them with. */
function read(rows: SqlStorageCursor<Row>): SubmissionReport[] {
  return rows.toArray().map(({ json }) => JSON.parse(json) as SubmissionReport)
}
