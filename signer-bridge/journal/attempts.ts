/** The journal's nonces and transactions: each is on the disk before it is signed, and before it is sent. */

import type { Hex } from 'viem'
import { z } from 'zod'
import type { SubmissionReport } from '../../src/protocol/bridge-wire.ts'
import type { Fees } from '../fees.ts'
import type { SentAttempt } from '../nonce.ts'
import type { CallKind } from '../vote.ts'
import { type Database, JournalError } from './database.ts'
import { queue } from './outbox.ts'
import { refuseOtherDigest } from './rounds.ts'
import { type Attempt, attemptRowsSchema, nonceHolderRowsSchema } from './rows.ts'

export type NonceHolder = {
  readonly votingRoundId: number
  readonly kind: CallKind
  readonly calldataHash: Hex
}

export type NonceClaim = NonceHolder & {
  readonly nonce: number
  /** What will be signed: it must be what the round is bound to. */
  readonly digest: Hex
}

export type AttemptBook = {
  /** Of one call, oldest first. */
  readonly attempts: (votingRoundId: number, kind: CallKind) => readonly Attempt[]
  /** The highest fees that any call of ours has offered at a nonce. */
  readonly offeredAt: (nonce: number) => Fees | undefined
  /** Nonces below this are known to be used: a node that says less is behind. */
  readonly nonceFloor: () => number
  /** Every nonce from `first` on that a transaction of ours has. */
  readonly noncesFrom: (first: number) => ReadonlySet<number>
  /**
   * Gives a nonce to a call, before the signature. It keeps the nonce's earlier holder unless that
   * call's window is over by the stamp of a block.
   *
   * @throws {JournalError} `digest-conflict`, `nonce-taken`
   */
  readonly claimNonce: (claim: NonceClaim, isOver: (holder: NonceHolder) => boolean) => void
  /** Notes a signed transaction before it is sent. From a commit's first on, its reveal is owed. */
  readonly recordAttempt: (attempt: Attempt) => void
  /** Notes what the nodes said of a transaction, and its report if one took it. */
  readonly markAttempt: (
    txHash: Hex,
    state: SentAttempt['state'],
    report?: SubmissionReport,
  ) => void
}

const floorSchema = z.tuple([z.object({ nonce: z.int().nullable() })])

export function attemptBook(database: Database, signer: string): AttemptBook {
  const { run, all, atomically } = database
  return {
    attempts: (votingRoundId, kind) => {
      const sql = 'SELECT * FROM attempt WHERE voting_round_id = ? AND kind = ? ORDER BY serial'
      return attemptRowsSchema.parse(all(sql, [votingRoundId, kind]))
    },
    offeredAt: (nonce) => {
      const sql = 'SELECT * FROM attempt WHERE nonce = ? ORDER BY serial'
      return highest(attemptRowsSchema.parse(all(sql, [nonce])))
    },
    nonceFloor: () => {
      const [row] = floorSchema.parse(all('SELECT max(landed_nonce) AS nonce FROM call'))
      return row.nonce === null ? 0 : row.nonce + 1
    },
    noncesFrom: (first) => {
      const rows = attemptRowsSchema.parse(all('SELECT * FROM attempt WHERE nonce >= ?', [first]))
      return new Set(rows.map(({ nonce }) => nonce))
    },
    claimNonce: (claim, isOver) => atomically(() => claimNonce(database, signer, claim, isOver)),
    recordAttempt: (attempt) => atomically(() => recordAttempt(database, attempt)),
    markAttempt: (txHash, state, report) =>
      atomically(() => {
        run('UPDATE attempt SET state = ? WHERE tx_hash = ?', [state, txHash])
        if (report !== undefined) queue(database, report, report.at)
      }),
  }
}

function claimNonce(
  database: Database,
  signer: string,
  claim: NonceClaim,
  isOver: (holder: NonceHolder) => boolean,
): void {
  const { votingRoundId, kind, nonce, calldataHash } = claim
  refuseOtherDigest(database, signer, claim)
  const [holder] = nonceHolderRowsSchema.parse(
    database.all('SELECT * FROM nonce WHERE signer = ? AND nonce = ?', [signer, nonce]),
  )
  if (holder !== undefined && holder.calldataHash !== calldataHash && !isOver(holder)) {
    throw new JournalError(
      'nonce-taken',
      `Nonce ${nonce} belongs to ${holder.kind} of round ${holder.votingRoundId}, which is not over.`,
    )
  }
  database.run(
    `INSERT INTO nonce (signer, nonce, voting_round_id, kind, calldata_hash) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET voting_round_id = excluded.voting_round_id, kind = excluded.kind,
       calldata_hash = excluded.calldata_hash`,
    [signer, nonce, votingRoundId, kind, calldataHash],
  )
}

function recordAttempt(database: Database, attempt: Attempt): void {
  const { votingRoundId, kind, fees, signedAtMs } = attempt
  database.run(
    `INSERT INTO attempt (tx_hash, voting_round_id, kind, nonce, max_fee_wei, tip_wei, raw,
       signature, signed_at_ms, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [
      attempt.txHash,
      votingRoundId,
      kind,
      attempt.nonce,
      String(fees.maxFeePerGas),
      String(fees.maxPriorityFeePerGas),
      attempt.raw,
      attempt.signature,
      signedAtMs,
      attempt.state,
    ],
  )
  if (kind !== 'submit1') return
  database.run(`INSERT INTO obligation VALUES (?, 'open', ?) ON CONFLICT DO NOTHING`, [
    votingRoundId,
    signedAtMs,
  ])
}

/** Part by part: a replacement must outbid both. */
function highest(attempts: readonly Attempt[]): Fees | undefined {
  if (attempts.length === 0) return undefined
  const most = (part: keyof Fees) =>
    attempts.reduce((high, { fees }) => (fees[part] > high ? fees[part] : high), 0n)
  return {
    maxFeePerGas: most('maxFeePerGas'),
    maxPriorityFeePerGas: most('maxPriorityFeePerGas'),
  }
}
