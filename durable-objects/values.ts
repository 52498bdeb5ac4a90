/**
 * What a value provider's key was told of each round: all values of one instant, written before they
 * are told and never changed. One object a key, near whoever asks with it.
 */

import { DurableObject } from 'cloudflare:workers'

/** Rounds remembered a key: half a day of Flare's, when each has long been revealed or missed. */
const maxRounds = 500

export class ValuesObject extends DurableObject<Env> {
  readonly #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    // `seq` is the order of arrival: what is forgotten is what came first, whatever its number.
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS told (
        seq             INTEGER PRIMARY KEY AUTOINCREMENT,
        voting_round_id INTEGER NOT NULL UNIQUE,
        body            TEXT NOT NULL
      ) STRICT`)
  }

  /** What was told of a round, if anything was. */
  recall(votingRoundId: number): string | undefined {
    const rows = this.#sql.exec<{ body: string }>(
      'SELECT body FROM told WHERE voting_round_id = ?',
      votingRoundId,
    )
    return rows.toArray()[0]?.body
  }

  /** Tells of a round unless it has been told of; returns what was told first. */
  tell(votingRoundId: number, body: string): string {
    const known = this.recall(votingRoundId)
    if (known !== undefined) return known
    const { seq } = this.#sql
      .exec<{ seq: number }>(
        'INSERT INTO told (voting_round_id, body) VALUES (?, ?) RETURNING seq',
        votingRoundId,
        body,
      )
      .one()
    this.#sql.exec('DELETE FROM told WHERE seq <= ?', seq - maxRounds)
    return body
  }
}
