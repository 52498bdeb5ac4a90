/** Why history did not answer, in words that never hold the connection string. */

import { OracleError } from '../protocol/errors.ts'

/**
 * - `history-misconfigured`: the settings name no database.
 * - `history-unreachable`: nobody answered, or the database is not up. Worth trying again.
 * - `history-timed-out`: no answer before the deadline; the statement may have run all the same.
 * - `history-refused`: the database will not have these rows, now or later (SQLSTATE 22, 23).
 * - `history-failed`: the database could not run the statement: not migrated, no permission, …
 * - `history-malformed`: it answered something that cannot be read.
 */
export type HistoryErrorCode =
  | 'history-misconfigured'
  | 'history-unreachable'
  | 'history-timed-out'
  | 'history-refused'
  | 'history-failed'
  | 'history-malformed'

export class HistoryError extends OracleError<HistoryErrorCode> {
  /** Postgres' five characters for what went wrong, where Postgres said it. */
  readonly sqlState?: string
  /** The constraint that was violated, where it has a name. */
  readonly constraint?: string

  constructor(
    code: HistoryErrorCode,
    message: string,
    details: { readonly sqlState?: string; readonly constraint?: string } = {},
  ) {
    super(code, message)
    if (details.sqlState !== undefined) this.sqlState = details.sqlState
    if (details.constraint !== undefined) this.constraint = details.constraint
  }
}
