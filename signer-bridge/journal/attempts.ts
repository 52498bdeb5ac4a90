/** The journal's nonces and transactions: each is on the disk before it is signed, and before it is sent. */

import { type Address, type Hex, keccak256 } from 'viem'
import { z } from 'zod'
import { lowerCase } from '../../src/protocol/address.ts'
import type { SubmissionReport } from '../../src/protocol/bridge-wire.ts'
import type { BoundDigest, OwnCall } from '../call.ts'
import { type Fees, highestFees } from '../fees.ts'
import type { SentAttempt } from '../nonce.ts'
import { callValues, noteCall } from './calls.ts'
import { claimCall } from './claims.ts'
import { type Database, JournalError } from './database.ts'
import { queue } from './outbox.ts'
import { type Attempt, attemptRowsSchema, nonceHolderRowsSchema } from './rows.ts'

export type NonceHolder = OwnCall & { readonly calldataHash: Hex }

export type NonceClaim = OwnCall & {
  readonly nonce: number
  /** What the call says, now and for ever. */
  readonly calldata: Hex
  /** What it will bind its sender to, of each protocol in it. */
  readonly digests: readonly BoundDigest[]
  readonly atMs: number
}

export type AttemptBook = {
  /** Of one call, oldest first. */
  readonly attempts: (call: OwnCall) => readonly Attempt[]
  /** The highest fees that any call of a signer has offered at a nonce. */
  readonly offeredAt: (signer: Address, nonce: number) => Fees | undefined
  /** Nonces of a signer below this are known to be used: a node that says less is behind. */
  readonly nonceFloor: (signer: Address) => number
  /** Every nonce from `first` on that a transaction of a signer has. */
  readonly noncesFrom: (signer: Address, first: number) => ReadonlySet<number>
  /** The transactions of a signer with this nonce and higher ones, oldest first. */
  readonly attemptsFrom: (signer: Address, nonce: number) => readonly Attempt[]
  /** Whether a transaction is one of ours: then this journal has promised it. */
  readonly hasSent: (txHash: Hex) => boolean
  /**
   * Fixes what a call says, binds its sender to it and gives it a nonce, all before the signature or
   * nothing of it. A nonce stays with its earlier holder unless that call's window is over by the
   * stamp of a block.
   *
   * @throws {JournalError} `digest-conflict`, `below-watermark`, `calldata-differs`, `nonce-taken`
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

export function attemptBook(database: Database): AttemptBook {
  const { all, atomically } = database
  const attemptsFrom: AttemptBook['attemptsFrom'] = (signer, nonce) => {
    const sql = 'SELECT * FROM attempt WHERE signer = ? AND nonce >= ? ORDER BY serial'
    return attemptRowsSchema.parse(all(sql, [lowerCase(signer), nonce]))
  }
  return {
    attempts: (call) => {
      const sql = `SELECT * FROM attempt
        WHERE signer = ? AND voting_round_id = ? AND kind = ? AND part = ? ORDER BY serial`
      return attemptRowsSchema.parse(all(sql, callValues(call)))
    },
    offeredAt: (signer, nonce) => {
      const sql = 'SELECT * FROM attempt WHERE signer = ? AND nonce = ? ORDER BY serial'
      return highestFees(attemptRowsSchema.parse(all(sql, [lowerCase(signer), nonce])))
    },
    nonceFloor: (signer) => {
      const sql = 'SELECT max(landed_nonce) AS nonce FROM call WHERE signer = ?'
      const [row] = floorSchema.parse(all(sql, [lowerCase(signer)]))
      return row.nonce === null ? 0 : row.nonce + 1
    },
    noncesFrom: (signer, first) => new Set(attemptsFrom(signer, first).map(({ nonce }) => nonce)),
    attemptsFrom,
    hasSent: (txHash) => all('SELECT 1 FROM attempt WHERE tx_hash = ?', [txHash]).length > 0,
    claimNonce: (claim, isOver) => atomically(() => claimNonce(database, claim, isOver)),
    recordAttempt: (attempt) => atomically(() => recordAttempt(database, attempt)),
    markAttempt: (txHash, state, report) =>
      atomically(() => markAttempt(database, txHash, state, report)),
  }
}

function claimNonce(
  database: Database,
  claim: NonceClaim,
  isOver: (holder: NonceHolder) => boolean,
): void {
  const { signer, nonce, calldata } = claim
  claimCall(database, claim, claim)
  const calldataHash = keccak256(calldata)
  const [holder] = nonceHolderRowsSchema.parse(
    database.all('SELECT * FROM nonce WHERE signer = ? AND nonce = ?', [lowerCase(signer), nonce]),
  )
  if (holder !== undefined && holder.calldataHash !== calldataHash && !isOver(holder)) {
    throw new JournalError(
      'nonce-taken',
      `Nonce ${nonce} belongs to ${holder.kind} of round ${holder.votingRoundId}, which is not over.`,
    )
  }
  database.run(
    `INSERT INTO nonce (signer, voting_round_id, kind, part, nonce, calldata_hash)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET voting_round_id = excluded.voting_round_id, kind = excluded.kind,
       part = excluded.part, calldata_hash = excluded.calldata_hash`,
    [...callValues(claim), nonce, calldataHash],
  )
}

function recordAttempt(database: Database, attempt: Attempt): void {
  const { votingRoundId, kind, fees, signedAtMs } = attempt
  database.run(
    `INSERT INTO attempt (signer, voting_round_id, kind, part, tx_hash, nonce, gas, max_fee_wei,
       tip_wei, raw, signature, signed_at_ms, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [
      ...callValues(attempt),
      attempt.txHash,
      attempt.nonce,
      Number(attempt.gas),
      String(fees.maxFeePerGas),
      String(fees.maxPriorityFeePerGas),
      attempt.raw,
      attempt.signature,
      signedAtMs,
      attempt.state,
    ],
  )
  noteCall(database, attempt, 'signed', signedAtMs)
  if (kind !== 'submit1') return
  database.run(`INSERT INTO obligation VALUES (?, 'open', ?) ON CONFLICT DO NOTHING`, [
    votingRoundId,
    signedAtMs,
  ])
}

function markAttempt(
  database: Database,
  txHash: Hex,
  state: SentAttempt['state'],
  report: SubmissionReport | undefined,
): void {
  database.run('UPDATE attempt SET state = ? WHERE tx_hash = ?', [state, txHash])
  const rows = database.all('SELECT * FROM attempt WHERE tx_hash = ?', [txHash])
  const [attempt] = attemptRowsSchema.parse(rows)
  if (attempt !== undefined && state === 'accepted') {
    noteCall(database, attempt, 'sent', attempt.signedAtMs)
  }
  if (report !== undefined) queue(database, report, report.at)
}
