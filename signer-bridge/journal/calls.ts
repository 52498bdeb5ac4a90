/** The journal's calls: what each says, how far it has come, how it ended, and what it cost. */

import type { Hex } from 'viem'
import { z } from 'zod'
import { lowerCase } from '../../src/protocol/address.ts'
import type { SubmissionReport } from '../../src/protocol/bridge-wire.ts'
import type { CallKind, OwnCall } from '../call.ts'
import { advance, type BoundKind, type SigningState } from './bindings.ts'
import type { Database } from './database.ts'
import { queue } from './outbox.ts'
import { attemptRowsSchema, bindingRowsSchema, callRowsSchema, feeRowsSchema } from './rows.ts'

export type CallStatus = z.infer<typeof callRowsSchema>[number]['status']

/** What became of a call, once it is known. */
export type Settlement = OwnCall & {
  readonly status: Exclude<CallStatus, 'planned'>
  readonly atMs: number
  /** Of the transaction that landed, in its window or not. */
  readonly landed?: { readonly nonce: number; readonly gasUsed: number; readonly feeWei: bigint }
  /** Absent for what is nobody's affair but ours. */
  readonly report?: SubmissionReport
  /** What becomes of the round's obligation; without it nothing does. */
  readonly obligation?: 'met' | 'missed' | 'void'
}

export type CallBook = {
  /** What a call says; `undefined` until it is claimed. */
  readonly calldataOf: (call: OwnCall) => Hex | undefined
  /** How far a call has come; `planned` until its end is known. */
  readonly statusOf: (call: OwnCall) => CallStatus | undefined
  /** Notes a call's end and its report. A second time changes nothing. */
  readonly settle: (settlement: Settlement) => void
  /** Notes how far the signatures have come that a call carries or is. */
  readonly noteCall: (call: OwnCall, state: SigningState, atMs: number) => void
  /** Whether a person has refused to sign it: it is not asked for again. */
  readonly isDenied: (call: OwnCall) => boolean
  /** The most gas that one of the last calls of a kind took; `undefined` before the first. */
  readonly gasMeasured: (kind: CallKind) => number | undefined
  /** What calls have cost since an instant, and what is open or was used unseen, at the most. Wei. */
  readonly spentSince: (sinceMs: number) => bigint
}

export const boundKindOf: Readonly<Record<CallKind, BoundKind>> = {
  submit1: 'commit',
  submit2: 'reveal',
  submitSignatures: 'sigtx',
}

/** Enough to smooth nothing away: only what the contract takes lately is asked for. */
const measuredCalls = 20

/** Where a call is, by `callValues`. */
export const callSql = 'signer = ? AND voting_round_id = ? AND kind = ? AND part = ?'

export function callBook(database: Database): CallBook {
  const { all, atomically } = database
  const rowOf = (call: OwnCall) =>
    callRowsSchema.parse(
      all(`SELECT status, calldata FROM call WHERE ${callSql}`, callValues(call)),
    )[0]
  return {
    calldataOf: (call) => rowOf(call)?.calldata ?? undefined,
    statusOf: (call) => rowOf(call)?.status,
    settle: (settlement) => atomically(() => settle(database, settlement)),
    noteCall: (call, state, atMs) => atomically(() => noteCall(database, call, state, atMs)),
    isDenied: (call) =>
      all(
        `SELECT 1 FROM signing
         WHERE signer = ? AND voting_round_id = ? AND kind = ? AND part = ? AND state = 'denied'`,
        boundValues(call),
      ).length > 0,
    gasMeasured: (kind) => {
      const sql = `SELECT max(gas_used) AS gas FROM (
        SELECT gas_used FROM call WHERE kind = ? AND settled_at_ms IS NOT NULL
        ORDER BY settled_at_ms DESC LIMIT ${measuredCalls})`
      return gasSchema.parse(all(sql, [kind]))[0].gas ?? undefined
    },
    spentSince: (sinceMs) => spentSince(database, sinceMs),
  }
}

const gasSchema = z.tuple([z.object({ gas: z.int().nullable() })])

/** A call that is planned, within a transaction of the caller's. */
export function plan({ run }: Database, call: OwnCall): void {
  run(
    `INSERT INTO call (signer, voting_round_id, kind, part, status) VALUES (?, ?, ?, ?, 'planned')
     ON CONFLICT DO NOTHING`,
    callValues(call),
  )
}

/** Notes a state of all signatures of a call, within a transaction of the caller's. */
export function noteCall(
  database: Database,
  call: OwnCall,
  state: SigningState,
  atMs: number,
): void {
  const rows = database.all(
    `SELECT binding.* FROM binding JOIN signing USING (signer, kind, protocol_id, voting_round_id)
     WHERE signer = ? AND voting_round_id = ? AND kind = ? AND part = ?`,
    boundValues(call),
  )
  for (const name of bindingRowsSchema.parse(rows)) advance(database, name, state, atMs)
}

function settle(database: Database, settlement: Settlement): void {
  const { status, atMs, landed, report, obligation, votingRoundId } = settlement
  const changed = database.run(
    `UPDATE call SET status = ?, settled_at_ms = ?, landed_nonce = ?, gas_used = ?, fee_wei = ?
     WHERE ${callSql} AND status = 'planned'`,
    [
      status,
      atMs,
      landed?.nonce ?? null,
      landed?.gasUsed ?? null,
      landed === undefined ? null : String(landed.feeWei),
      ...callValues(settlement),
    ],
  )
  if (changed === 1 && report !== undefined) queue(database, report, atMs)
  noteCall(database, settlement, landed === undefined ? 'expired' : 'included', atMs)
  if (obligation === undefined) return
  database.run(`UPDATE obligation SET state = ? WHERE voting_round_id = ? AND state = 'open'`, [
    obligation,
    votingRoundId,
  ])
}

/**
 * What may have been paid and is in no call's cost: transactions of open calls, and those of calls that
 * have ended which a used nonce may have taken beside the one that counted.
 */
const unbookedSql = `
  WITH landed AS (SELECT signer, landed_nonce FROM call WHERE landed_nonce IS NOT NULL),
    used AS (SELECT signer, max(landed_nonce) AS last FROM landed GROUP BY signer)
  SELECT attempt.* FROM attempt JOIN call USING (signer, voting_round_id, kind, part)
    LEFT JOIN used USING (signer)
  WHERE attempt.signed_at_ms >= ? AND (call.status = 'planned' OR
    (attempt.nonce < used.last AND (signer, attempt.nonce) NOT IN landed))`

function spentSince({ all }: Database, sinceMs: number): bigint {
  const fees = feeRowsSchema.parse(
    all('SELECT fee_wei FROM call WHERE settled_at_ms >= ? AND fee_wei IS NOT NULL', [sinceMs]),
  )
  const open = attemptRowsSchema.parse(all(unbookedSql, [sinceMs]))
  // Of those at one nonce one lands at most.
  const worst = new Map<string, bigint>()
  for (const { signer, nonce, gas, fees: offered } of open) {
    const place = `${signer}/${nonce}`
    const wei = gas * offered.maxFeePerGas
    if (wei > (worst.get(place) ?? 0n)) worst.set(place, wei)
  }
  return [...fees, ...worst.values()].reduce((sum, wei) => sum + wei, 0n)
}

/** A call's name as values, in the order of its columns. */
export function callValues({ signer, votingRoundId, kind, part }: OwnCall) {
  return [lowerCase(signer), votingRoundId, kind, part] as const
}

function boundValues({ signer, votingRoundId, kind, part }: OwnCall) {
  return [lowerCase(signer), votingRoundId, boundKindOf[kind], part] as const
}
