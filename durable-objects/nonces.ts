/**
 * Nonces that have been used, for as long as a request could bring one again and be in time. They
 * count as well: at most so many are held, so that no more requests come in that span.
 */

import { clockToleranceMs } from '../src/protocol/signed-request.ts'

/** A request may be dated as far ahead as behind. Milliseconds. */
const heldMs = 2 * clockToleranceMs

export class Nonces {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS nonce (
        nonce TEXT PRIMARY KEY,
        at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`)
  }

  /** Uses up a nonce, unless it is used or as many are held as may be. */
  use(nonce: string, nowMs: number, most: number): 'fresh' | 'used' | 'too-many' {
    this.#sql.exec('DELETE FROM nonce WHERE at_ms < ?', nowMs - heldMs)
    const { used, held } = this.#sql
      .exec<{ used: number; held: number }>(
        'SELECT count(*) FILTER (WHERE nonce = ?) AS used, count(*) AS held FROM nonce',
        nonce,
      )
      .one()
    if (used > 0) return 'used'
    if (held >= most) return 'too-many'
    this.#sql.exec('INSERT INTO nonce VALUES (?, ?)', nonce, nowMs)
    return 'fresh'
  }

  /** When the oldest is forgotten, Unix milliseconds. */
  freeAtMs(): number {
    const { oldest } = this.#sql
      .exec<{ oldest: number | null }>('SELECT min(at_ms) AS oldest FROM nonce')
      .one()
    return oldest === null ? 0 : oldest + heldMs + 1
  }
}
