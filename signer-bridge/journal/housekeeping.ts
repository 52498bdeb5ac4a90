/**
 * Housekeeping's journal: what was claimed or registered, at which nonce, by which transactions. Each
 * function that writes is one transaction that is on the disk when it returns.
 */

import { type Address, type Hash, type Hex, keccak256 } from 'viem'
import { z } from 'zod'
import { lowerCase } from '../../src/protocol/address.ts'
import type { Receipt } from '../chain/chain.ts'
import { hash32Schema, hexSchema } from '../chain/hex.ts'
import { type HouseKind, houseKinds } from '../housekeeping/calldata.ts'
import type { SentAttempt } from '../nonce.ts'
import { bind, type Database, JournalError, openDatabase, type Preparation } from './database.ts'
import { housekeepingSchema, housekeepingVersion } from './housekeeping-schema.ts'

/** A call and where it goes: fixed before anything is signed. */
export type PlannedJob = {
  readonly kind: HouseKind
  readonly owner: Address
  /** Up to which is claimed, or for which is registered. */
  readonly rewardEpochId: number
  readonly sender: Address
  readonly contract: Address
  readonly calldata: Hex
  readonly nonce: number
  readonly gas: bigint
}

export type HouseJob = PlannedJob & { readonly id: number }

/** How a job ended. */
const houseEnds = ['landed', 'reverted', 'replaced', 'denied', 'void'] as const
export type HouseEnd = (typeof houseEnds)[number]

export type HouseAttempt = SentAttempt & { readonly txHash: Hash; readonly raw: Hex }

export type HouseBook = {
  /** Those that may still land. */
  readonly openJobs: () => readonly HouseJob[]
  /** How the calls of a kind for an owner have ended, of one reward epoch; oldest first. */
  readonly endsOf: (
    what: Pick<PlannedJob, 'kind' | 'owner' | 'rewardEpochId'>,
  ) => readonly HouseEnd[]
  /**
   * Gives a call its nonce, for ever.
   *
   * @throws {JournalError} `nonce-taken` if the nonce says something else, or something of this
   *   sender or for this owner is open.
   */
  readonly plan: (job: PlannedJob, atMs: number) => HouseJob
  /** Oldest first. */
  readonly attempts: (jobId: number) => readonly HouseAttempt[]
  /** Notes a signed transaction before it is sent. */
  readonly recordAttempt: (jobId: number, attempt: HouseAttempt) => void
  readonly markAttempt: (txHash: Hash, state: HouseAttempt['state']) => void
  readonly settle: (jobId: number, end: HouseEnd, atMs: number, receipt?: Receipt) => void
  readonly close: () => void
}

/** Where it is, by where the bridge's journal is. */
export function housekeepingFile(journalFile: string): string {
  return `${journalFile}.house`
}

/**
 * Opens it, and makes it if it is not there.
 *
 * @param ownedLike The journal of the bridge, whose owner it gets where root makes it.
 * @throws {JournalError} `journal-in-use` if another command of housekeeping has it;
 *   `journal-of-another` if it is of another chain or version; `journal-unusable`
 */
export function openHouseBook(
  file: string,
  { chainId, genesisHash }: { readonly chainId: number; readonly genesisHash: string },
  ownedLike?: string,
): HouseBook {
  const identity = { chain_id: String(chainId), genesis: genesisHash }
  const prepare: Preparation = (opened, exec) => {
    exec(housekeepingSchema)
    bind(opened, { housekeeping: housekeepingVersion, ...identity })
  }
  const database = openDatabase(file, prepare, ownedLike)
  return { ...houseBook(database), close: database.close }
}

const weiSchema = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt)

const jobRowsSchema = z.array(
  z
    .object({
      id: z.int(),
      kind: z.enum(houseKinds),
      owner: hexSchema,
      reward_epoch_id: z.int(),
      sender: hexSchema,
      contract: hexSchema,
      calldata: hexSchema,
      nonce: z.int(),
      gas: z.int().transform(BigInt),
    })
    .transform(({ reward_epoch_id: rewardEpochId, ...row }): HouseJob => ({
      ...row,
      rewardEpochId,
    })),
)

const endRowsSchema = z.array(z.object({ state: z.enum(houseEnds) }))

const attemptRowsSchema = z.array(
  z
    .object({
      job_nonce: z.int(),
      tx_hash: hash32Schema,
      max_fee_wei: weiSchema,
      tip_wei: weiSchema,
      raw: hexSchema,
      signed_at_ms: z.int(),
      state: z.enum(['signed', 'accepted', 'underpriced']),
    })
    .transform((row): HouseAttempt => ({
      nonce: row.job_nonce,
      txHash: row.tx_hash,
      fees: { maxFeePerGas: row.max_fee_wei, maxPriorityFeePerGas: row.tip_wei },
      raw: row.raw,
      signedAtMs: row.signed_at_ms,
      state: row.state,
    })),
)

function houseBook(database: Database): Omit<HouseBook, 'close'> {
  const { run, all, atomically } = database
  const openJobs = () => jobRowsSchema.parse(all(`SELECT * FROM job WHERE state = 'open'`))
  return {
    openJobs,
    endsOf: ({ kind, owner, rewardEpochId }) => {
      const sql = `SELECT state FROM job WHERE kind = ? AND owner = ? AND reward_epoch_id = ?
        AND state <> 'open' ORDER BY id`
      const rows = endRowsSchema.parse(all(sql, [kind, lowerCase(owner), rewardEpochId]))
      return rows.map(({ state }) => state)
    },
    plan: (job, atMs) => atomically(() => plan(database, job, atMs)),
    attempts: (jobId) => {
      const sql = `SELECT attempt.*, job.nonce AS job_nonce FROM attempt JOIN job ON job.id = job_id
        WHERE job_id = ? ORDER BY serial`
      return attemptRowsSchema.parse(all(sql, [jobId]))
    },
    recordAttempt: (jobId, { txHash, fees, raw, signedAtMs, state }) => {
      const { maxFeePerGas, maxPriorityFeePerGas } = fees
      const sql = `INSERT INTO attempt
        (job_id, tx_hash, max_fee_wei, tip_wei, raw, signed_at_ms, state)
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
      const fee = [String(maxFeePerGas), String(maxPriorityFeePerGas)]
      atomically(() => run(sql, [jobId, txHash, ...fee, raw, signedAtMs, state]))
    },
    markAttempt: (txHash, state) =>
      void atomically(() => run('UPDATE attempt SET state = ? WHERE tx_hash = ?', [state, txHash])),
    settle: (jobId, end, atMs, receipt) => {
      const sql = `UPDATE job SET state = ?, settled_at_ms = ?, tx_hash = ?, gas_used = ?, fee_wei = ?
        WHERE id = ?`
      const { txHash, gasUsed, feeWei } = receipt ?? {}
      const landed = [txHash ?? null, gasUsed ?? null, feeWei === undefined ? null : String(feeWei)]
      atomically(() => run(sql, [end, atMs, ...landed, jobId]))
    },
  }
}

function plan({ run, all }: Database, job: PlannedJob, atMs: number): HouseJob {
  const { kind, rewardEpochId, calldata, nonce, gas } = job
  const sender = lowerCase(job.sender)
  const owner = lowerCase(job.owner)
  const standing = all(
    `SELECT 1 FROM job WHERE (state = 'open' AND (sender = ? OR (kind = ? AND owner = ?)))
       OR (sender = ? AND nonce = ? AND state NOT IN ('void', 'denied'))`,
    [sender, kind, owner, sender, nonce],
  )
  if (standing.length > 0) {
    throw new JournalError('nonce-taken', `Nonce ${nonce} of ${sender} is another call's.`)
  }
  run(
    `INSERT INTO job (kind, owner, reward_epoch_id, sender, contract, calldata, calldata_hash, nonce,
       gas, state, planned_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)`,
    [
      kind,
      owner,
      rewardEpochId,
      sender,
      lowerCase(job.contract),
      calldata,
      keccak256(calldata),
      nonce,
      Number(gas),
      atMs,
    ],
  )
  const rows = all('SELECT * FROM job WHERE id = last_insert_rowid()')
  const [planned] = jobRowsSchema.parse(rows)
  if (planned === undefined) throw new Error('A job is there once it is written.')
  return planned
}
