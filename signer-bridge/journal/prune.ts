/** Forgetting: what is so old that nothing can ask for it again makes place, behind a watermark. */

import { z } from 'zod'
import { raise } from './bindings.ts'
import type { Database } from './database.ts'
import { bindingRowsSchema } from './rows.ts'

/** Two reward epochs of Flare, a week. */
const keptRounds = 2 * 3_360

const latestSchema = z.tuple([z.object({ round: z.int().nullable() })])

/** Within a transaction of the caller's. What is owed is never forgotten. @returns How many bindings. */
export function prune(database: Database): number {
  const { all, run } = database
  // By what was bound and by no clock: a time that is wrong must not close the rounds to come.
  const [{ round: latest }] = latestSchema.parse(
    all('SELECT max(voting_round_id) AS round FROM binding'),
  )
  const minRound = (latest ?? 0) - keptRounds
  const sql = 'SELECT * FROM binding WHERE voting_round_id < ? GROUP BY signer, kind, protocol_id'
  for (const name of bindingRowsSchema.parse(all(sql, [minRound]))) {
    raise(database, { ...name, minRound })
  }
  const owed = `voting_round_id IN (SELECT voting_round_id FROM obligation WHERE state = 'open')`
  for (const table of ['signing', 'call', 'attempt', 'nonce', 'round', 'handover'] as const) {
    run(`DELETE FROM ${table} WHERE voting_round_id < ? AND NOT ${owed}`, [minRound])
  }
  const forgotten = run(`DELETE FROM binding WHERE voting_round_id < ? AND NOT ${owed}`, [minRound])
  run(`DELETE FROM obligation WHERE voting_round_id < ? AND state <> 'open'`, [minRound])
  return forgotten
}
