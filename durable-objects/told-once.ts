/** What a shard of the stream has told already, by id, so that nothing is told twice. */

/** Ids remembered: half a day of rounds, far longer than anybody repeats a report. */
const maxRemembered = 2_000

export class ToldOnce {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS told (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id  TEXT NOT NULL UNIQUE
      ) STRICT`)
  }

  /** Whether an id is new; from now on it is not. */
  isNew(id: string): boolean {
    const [row] = this.#sql
      .exec<{ seq: number }>('INSERT OR IGNORE INTO told (id) VALUES (?) RETURNING seq', id)
      .toArray()
    if (row === undefined) return false
    this.#sql.exec('DELETE FROM told WHERE seq <= ?', row.seq - maxRemembered)
    return true
  }
}
