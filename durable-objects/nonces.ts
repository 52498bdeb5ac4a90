/**
 * Nonces that have been used, for as long as a request could bring one again and be in time. They
 * count as well: at most so many are held, so that no more requests come in that span.
 */

import { clockToleranceMs } from '../src/protocol/signed-request.ts'

/** A request may be dated as far ahead as behind. Milliseconds. */
const heldMs = 2 * clockToleranceMs

export class Nonces {
  readonly #sql: SqlStorage
  /** How many are held; counted anew after an eviction. */
  #held: number | undefined

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS nonce (
        nonce TEXT PRIMARY KEY,
        at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS nonce_by_age ON nonce (at_ms)`)
  }

  /** Uses up a nonce, unless it is used or as many are held as may be. */
  use(nonce: string, nowMs: number, most: number): 'fresh' | 'used' | 'too-many' {
    // What is read is billed by the row: neither the old ones nor their number are searched for.
    const forgotten = this.#sql
      .exec('DELETE FROM nonce WHERE at_ms < ? RETURNING at_ms', nowMs - heldMs)
      .toArray().length
    this.#held = this.#held === undefined ? this.#counted() : this.#held - forgotten
    const known = this.#sql.exec('SELECT 1 FROM nonce WHERE nonce = ?', nonce).toArray()
    if (known.length > 0) return 'used'
    if (this.#held >= most) return 'too-many'
    this.#sql.exec('INSERT INTO nonce VALUES (?, ?)', nonce, nowMs)
    this.#held += 1
    return 'fresh'
  }

  #counted(): number {
    return this.#sql.exec<{ held: number }>('SELECT count(*) AS held FROM nonce').one().held
  }

  /** When the oldest is forgotten, Unix milliseconds. */
  freeAtMs(): number {
    const { oldest } = this.#sql
      .exec<{ oldest: number | null }>('SELECT min(at_ms) AS oldest FROM nonce')
      .one()
    return oldest === null ? 0 : oldest + heldMs + 1
  }
}
