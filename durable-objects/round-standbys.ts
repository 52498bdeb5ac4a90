/**
 * The bridges that stand by: when each was heard last, and which round's vector it has. A part of
 * `Round`. They are told of a vector before its commit goes out, so that one of them can reveal it.
 */

/** A standby that was not heard for so long is not waited for. It asks several times a second. */
const presentForMs = 10_000

/** Nobody runs more; whoever was not heard for longest is forgotten. */
const maxStandbys = 8

export class RoundStandbys {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS standby (
        holder     TEXT PRIMARY KEY,
        seen_at_ms INTEGER NOT NULL,
        held_round INTEGER NOT NULL
      ) STRICT`)
  }

  /** @param heldRound The last round whose vector is on its disk; -1 if it has none. */
  note(holder: string, heldRound: number, nowMs: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO standby VALUES (?, ?, ?)', holder, nowMs, heldRound)
    this.#sql.exec(
      `DELETE FROM standby WHERE holder NOT IN
         (SELECT holder FROM standby ORDER BY seen_at_ms DESC LIMIT ?)`,
      maxStandbys,
    )
  }

  /** How many were heard lately. */
  present(nowMs: number): number {
    const sql = 'SELECT count(*) AS present FROM standby WHERE seen_at_ms > ?'
    return this.#sql.exec<{ present: number }>(sql, nowMs - presentForMs).one().present
  }

  /** Whether somebody other than the holder of the lease is there and lacks the round's vector. */
  isWaiting(votingRoundId: number, leaseholder: string | undefined, nowMs: number): boolean {
    const { waiting } = this.#sql
      .exec<{ waiting: number }>(
        `SELECT count(*) AS waiting FROM standby
         WHERE seen_at_ms > ? AND held_round < ? AND holder IS NOT ?`,
        nowMs - presentForMs,
        votingRoundId,
        leaseholder ?? null,
      )
      .one()
    return waiting > 0
  }
}
