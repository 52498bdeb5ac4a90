/**
 * The journal's memory of votes that another bridge of ours is about to commit to: with them this one
 * can reveal in its place, whatever has become of it and of the cloud.
 */

import { lowerCase } from '../../src/protocol/address.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import type { Vote } from '../vote.ts'
import { watermarkOf } from './bindings.ts'
import { callValues } from './calls.ts'
import type { Database } from './database.ts'
import { voteRowsSchema } from './rows.ts'
import { planVote } from './rounds.ts'

/** A reveal is due in the round after; a few more are kept for whoever looks into the file. */
const keptRounds = 10

export type HeldBook = {
  /** Keeps what the acting bridge's commit may be. The same again changes nothing. */
  readonly keepHeld: (votes: readonly Vote[], atMs: number) => void
  /** In ascending order of their rounds. */
  readonly heldVotes: () => readonly Vote[]
  /**
   * Takes over a round whose commit is on chain: binds its reveal and owes it. The commit is another
   * bridge's to report, and never to be signed here: it is over, and below a watermark not even bound.
   *
   * @throws {JournalError} `digest-conflict` if the round is bound to another vote; `below-watermark`
   *   if no reveal may be bound any more.
   */
  readonly adopt: (vote: Vote, atMs: number) => void
}

export function heldBook(database: Database): HeldBook {
  const { run, all, atomically } = database
  return {
    keepHeld: (votes, atMs) =>
      atomically(() => {
        for (const vote of votes) {
          run('INSERT INTO held_vote VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', [
            vote.votingRoundId,
            vote.rewardEpochId,
            lowerCase(vote.submitAddress),
            vote.frozenAtMs,
            atMs,
            vote.random,
            vote.feedValues,
            vote.commit,
          ])
          run('DELETE FROM held_vote WHERE voting_round_id < ?', [vote.votingRoundId - keptRounds])
        }
      }),
    heldVotes: () => voteRowsSchema.parse(all('SELECT * FROM held_vote ORDER BY voting_round_id')),
    adopt: (vote, atMs) =>
      atomically(() => {
        const { submitAddress: signer, votingRoundId } = vote
        const name = { signer, kind: 'commit', protocolId: protocolIds.ftso } as const
        const isLetGoBy = votingRoundId < watermarkOf(database, name)
        planVote(database, vote, atMs, isLetGoBy ? ['submit2'] : ['submit1', 'submit2'])
        const commit = callValues({ signer, votingRoundId, kind: 'submit1', part: 'main' })
        run(
          `UPDATE call SET status = 'confirmed', settled_at_ms = ?
           WHERE signer = ? AND voting_round_id = ? AND kind = ? AND part = ?
             AND status = 'planned'`,
          [atMs, ...commit],
        )
        run(`INSERT INTO obligation VALUES (?, 'open', ?) ON CONFLICT DO NOTHING`, [
          votingRoundId,
          atMs,
        ])
      }),
  }
}
