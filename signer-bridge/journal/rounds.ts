/** The journal's rounds: what each commits to and reveals, and which are not over. */

import type { Address } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import type { OpenRound } from '../timeline.ts'
import { digestOf, type Vote, type VoteKind } from '../vote.ts'
import { bindTo } from './bindings.ts'
import { boundKindOf, plan } from './calls.ts'
import { type Database, JournalError } from './database.ts'
import { openRoundRowsSchema, voteRowsSchema } from './rows.ts'

export type RoundBook = {
  /** Not over: a reveal is owed, or a commit prepared whose end is unknown. In ascending order. */
  readonly openRounds: () => readonly OpenRound[]
  readonly latestRoundId: () => number | undefined
  readonly vote: (votingRoundId: number) => Vote | undefined
  /**
   * Binds a round to its vote, commit and reveal alike. The same vote again changes nothing.
   *
   * @throws {JournalError} `digest-conflict` if the round is bound to another; `below-watermark`
   */
  readonly prepare: (vote: Vote, atMs: number) => void
}

const openSql = `
  SELECT round.voting_round_id AS voting_round_id,
         coalesce(obligation.state, 'none') = 'open' AS owes_reveal,
         call.status AS commit_status
  FROM round
  JOIN call ON call.signer = round.submit_address AND call.voting_round_id = round.voting_round_id
   AND call.kind = 'submit1' AND call.part = 'main'
  LEFT JOIN obligation ON obligation.voting_round_id = round.voting_round_id
  WHERE coalesce(obligation.state, 'none') = 'open'
     OR (obligation.state IS NULL AND call.status = 'planned')
  ORDER BY round.voting_round_id`

export function roundBook(database: Database): RoundBook {
  const { all, atomically } = database
  return {
    openRounds: () => openRoundRowsSchema.parse(all(openSql)),
    latestRoundId: () => {
      const sql = 'SELECT * FROM round ORDER BY voting_round_id DESC LIMIT 1'
      return voteRowsSchema.parse(all(sql))[0]?.votingRoundId
    },
    vote: (votingRoundId) => {
      const sql = 'SELECT * FROM round WHERE voting_round_id = ?'
      return voteRowsSchema.parse(all(sql, [votingRoundId]))[0]
    },
    prepare: (vote, atMs) => atomically(() => prepareVote(database, vote, atMs)),
  }
}

/** Binds a round to its vote, within a transaction of the caller's. @throws {JournalError} as `prepare` does */
export function prepareVote(database: Database, vote: Vote, atMs: number): void {
  planVote(database, vote, atMs, ['submit1', 'submit2'])
}

/**
 * Writes a round and plans its two calls, within a transaction of the caller's. A call that is not
 * bound is never signed.
 *
 * @param binds The calls whose digests are bound.
 * @throws {JournalError} as `prepare` does
 */
export function planVote(
  database: Database,
  vote: Vote,
  atMs: number,
  binds: readonly VoteKind[],
): void {
  const { votingRoundId, rewardEpochId } = vote
  const signer = lowerCase(vote.submitAddress)
  for (const kind of ['submit1', 'submit2'] as const) {
    const name = { signer, kind: boundKindOf[kind], protocolId: protocolIds.ftso, votingRoundId }
    if (binds.includes(kind)) bindTo(database, { ...name, digest: digestOf(vote, kind) }, atMs)
    plan(database, { signer, votingRoundId, kind, part: 'main' })
  }
  database.run('INSERT INTO round VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', [
    votingRoundId,
    rewardEpochId,
    signer,
    vote.frozenAtMs,
    atMs,
    vote.random,
    vote.feedValues,
    vote.commit,
  ])
  refuseOtherKey(database, votingRoundId, signer)
}

/** One round, one vote, one key: what another key of ours has promised for it is not promised again. */
function refuseOtherKey({ all }: Database, votingRoundId: number, signer: Address): void {
  const sql = 'SELECT 1 FROM round WHERE voting_round_id = ? AND submit_address = ?'
  if (all(sql, [votingRoundId, signer]).length === 1) return
  throw new JournalError(
    'digest-conflict',
    `Round ${votingRoundId} is bound to a vote of another key of ours.`,
  )
}

/** The rounds whose reveal is owed. */
export function owedReveals({ openRounds }: Pick<RoundBook, 'openRounds'>): readonly OpenRound[] {
  return openRounds().filter(({ owesReveal }) => owesReveal)
}
