/**
 * The journal's memory of what another sender of ours was told: which commits may be out without a
 * transaction of this process, so that their reveals are owed all the same.
 */

import { z } from 'zod'
import type { Database } from './database.ts'

/** Added to the journal's schema. */
export const handoverSchema = `
-- Whose commit and whose reveal was told to another sender, and when.
CREATE TABLE IF NOT EXISTS handover (
  voting_round_id   INTEGER PRIMARY KEY,
  commit_told_at_ms INTEGER,
  reveal_told_at_ms INTEGER
) STRICT;
`

export type Handovers = {
  /** Notes that a round's commit is about to be told to another sender: its reveal is owed. */
  readonly handOver: (votingRoundId: number, atMs: number) => void
  /** Whether a round's commit may be out: handed over, or signed here. */
  readonly mayBeOut: (votingRoundId: number) => boolean
  /** Notes that a reveal was told. A second time changes nothing. */
  readonly noteRevealTold: (votingRoundId: number, atMs: number) => void
  /**
   * Ends a round whose window is over: what was owed is met if the reveal was told, and missed
   * otherwise; a round that nobody was told of owes nothing.
   */
  readonly endHandover: (votingRoundId: number, atMs: number) => 'met' | 'missed' | 'void'
}

const handoverRowsSchema = z.array(z.object({ reveal_told_at_ms: z.int().nullable() }))

export function handovers({ run, all, atomically }: Database): Handovers {
  return {
    handOver: (votingRoundId, atMs) =>
      atomically(() => {
        run('INSERT INTO handover VALUES (?, ?, NULL) ON CONFLICT DO NOTHING', [
          votingRoundId,
          atMs,
        ])
        run(`INSERT INTO obligation VALUES (?, 'open', ?) ON CONFLICT DO NOTHING`, [
          votingRoundId,
          atMs,
        ])
      }),
    mayBeOut: (votingRoundId) => {
      const sql = `SELECT 1 FROM obligation WHERE voting_round_id = ? AND state <> 'void'`
      return all(sql, [votingRoundId]).length > 0
    },
    noteRevealTold: (votingRoundId, atMs) => {
      atomically(() =>
        run(
          `INSERT INTO handover VALUES (?, NULL, ?) ON CONFLICT DO UPDATE
           SET reveal_told_at_ms = coalesce(reveal_told_at_ms, excluded.reveal_told_at_ms)`,
          [votingRoundId, atMs],
        ),
      )
    },
    endHandover: (votingRoundId, atMs) =>
      atomically(() => {
        const sql = 'SELECT reveal_told_at_ms FROM handover WHERE voting_round_id = ?'
        const [row] = handoverRowsSchema.parse(all(sql, [votingRoundId]))
        const wasTold = row !== undefined && row.reveal_told_at_ms !== null
        const end = wasTold ? 'met' : 'missed'
        const ended = run(
          `UPDATE obligation SET state = ? WHERE voting_round_id = ? AND state = 'open'`,
          [end, votingRoundId],
        )
        if (ended === 1) return end
        run(`INSERT INTO obligation VALUES (?, 'void', ?) ON CONFLICT DO NOTHING`, [
          votingRoundId,
          atMs,
        ])
        return 'void'
      }),
  }
}
