/** The journal's rounds: what each is bound to, what is owed, and what became of its calls. */

import type { Hex } from 'viem'
import { z } from 'zod'
import type { SubmissionReport } from '../../src/protocol/bridge-wire.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import type { OpenRound } from '../timeline.ts'
import { type CallKind, digestOf, type Vote } from '../vote.ts'
import { type Database, JournalError } from './database.ts'
import { queue } from './outbox.ts'
import { openRoundRowsSchema, voteRowsSchema } from './rows.ts'

const statusSchema = z.enum(['planned', 'confirmed', 'failed', 'missed'])
export type CallStatus = z.infer<typeof statusSchema>

/** What became of a call, once it is known. */
export type Settlement = {
  readonly votingRoundId: number
  readonly kind: CallKind
  readonly status: Exclude<CallStatus, 'planned'>
  readonly atMs: number
  /** Of the transaction that landed, in its window or not. */
  readonly landedNonce?: number
  readonly report: SubmissionReport
  /** What becomes of the round's obligation; without it nothing does. */
  readonly obligation?: 'met' | 'missed' | 'void'
}

export type RoundBook = {
  /** Not over: a reveal is owed, or a commit prepared whose end is unknown. In ascending order. */
  readonly openRounds: () => readonly OpenRound[]
  readonly latestRoundId: () => number | undefined
  readonly vote: (votingRoundId: number) => Vote | undefined
  /**
   * Binds a round to its vote, commit and reveal alike. The same vote again changes nothing.
   *
   * @throws {JournalError} `digest-conflict` if the round is bound to another.
   */
  readonly prepare: (vote: Vote, atMs: number) => void
  /** How far a call has come; `planned` until its end is known. */
  readonly statusOf: (votingRoundId: number, kind: CallKind) => CallStatus | undefined
  /** Notes a call's end and its report. A second time changes nothing. */
  readonly settle: (settlement: Settlement) => void
}

const bindingKind = { submit1: 'commit', submit2: 'reveal' } as const

const openSql = `
  SELECT round.voting_round_id AS voting_round_id,
         coalesce(obligation.state, 'none') = 'open' AS owes_reveal,
         call.status AS commit_status
  FROM round
  JOIN call ON call.voting_round_id = round.voting_round_id AND call.kind = 'submit1'
  LEFT JOIN obligation ON obligation.voting_round_id = round.voting_round_id
  WHERE coalesce(obligation.state, 'none') = 'open'
     OR (obligation.state IS NULL AND call.status = 'planned')
  ORDER BY round.voting_round_id`

export function roundBook(database: Database, signer: string): RoundBook {
  const { run, all, atomically } = database
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
    prepare: (vote, atMs) =>
      atomically(() => {
        const { votingRoundId } = vote
        for (const kind of ['submit1', 'submit2'] as const) {
          const digest = digestOf(vote, kind)
          run('INSERT INTO binding VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', [
            signer,
            bindingKind[kind],
            protocolIds.ftso,
            votingRoundId,
            digest,
            atMs,
          ])
          refuseOtherDigest(database, signer, { votingRoundId, kind, digest })
          run(
            `INSERT INTO call (voting_round_id, kind, status) VALUES (?, ?, 'planned') ON CONFLICT DO NOTHING`,
            [votingRoundId, kind],
          )
        }
        run('INSERT INTO round VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', [
          votingRoundId,
          vote.rewardEpochId,
          vote.frozenAtMs,
          atMs,
          vote.random,
          vote.feedValues,
          vote.commit,
        ])
      }),
    statusOf: (votingRoundId, kind) => {
      const sql = 'SELECT status FROM call WHERE voting_round_id = ? AND kind = ?'
      return z.array(z.object({ status: statusSchema })).parse(all(sql, [votingRoundId, kind]))[0]
        ?.status
    },
    settle: (settlement) => atomically(() => settle(database, settlement)),
  }
}

/**
 * Refuses to go on with a digest to which the round is not bound. No setting overrides it.
 *
 * @throws {JournalError} `digest-conflict`
 */
export function refuseOtherDigest(
  { all }: Database,
  signer: string,
  wanted: { readonly votingRoundId: number; readonly kind: CallKind; readonly digest: Hex },
): void {
  const { votingRoundId, kind, digest } = wanted
  const bound = all(
    `SELECT 1 FROM binding
     WHERE signer = ? AND kind = ? AND protocol_id = ? AND voting_round_id = ? AND digest = ?`,
    [signer, bindingKind[kind], protocolIds.ftso, votingRoundId, digest],
  )
  if (bound.length === 1) return
  throw new JournalError(
    'digest-conflict',
    `Round ${votingRoundId} is not bound to this ${bindingKind[kind]}, so it is not signed.`,
  )
}

function settle(database: Database, settlement: Settlement): void {
  const { votingRoundId, kind, status, atMs, landedNonce, report, obligation } = settlement
  const changed = database.run(
    `UPDATE call SET status = ?, settled_at_ms = ?, landed_nonce = ?
     WHERE voting_round_id = ? AND kind = ? AND status = 'planned'`,
    [status, atMs, landedNonce ?? null, votingRoundId, kind],
  )
  if (changed === 1) queue(database, report, atMs)
  if (obligation === undefined) return
  database.run(`UPDATE obligation SET state = ? WHERE voting_round_id = ? AND state = 'open'`, [
    obligation,
    votingRoundId,
  ])
}
