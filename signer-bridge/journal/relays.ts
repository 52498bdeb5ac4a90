/**
 * The journal's relays: which bytes make a round final, fixed before they are signed, and which
 * transactions carry them. A relay that is lost costs its reward and nothing else.
 */

import type { Address, Hex } from 'viem'
import { z } from 'zod'
import type { Fees } from '../fees.ts'
import { type Database, JournalError } from './database.ts'

export type BoundRelay = {
  readonly votingRoundId: number
  /** In lower case. */
  readonly signer: Address
  readonly calldata: Hex
}

export type RelayAttempt = {
  readonly votingRoundId: number
  readonly signer: Address
  readonly txHash: Hex
  readonly nonce: number
  readonly gas: bigint
  readonly fees: Fees
  readonly raw: Hex
  readonly signedAtMs: number
}

export type RelayBook = {
  readonly relayOf: (votingRoundId: number) => BoundRelay | undefined
  /**
   * Fixes what is relayed of a round. The same again changes nothing.
   *
   * @throws {JournalError} `digest-conflict` if it is fixed otherwise.
   */
  readonly bindRelay: (relay: BoundRelay, atMs: number) => void
  /** Of one round, oldest first. */
  readonly relayAttempts: (votingRoundId: number) => readonly RelayAttempt[]
  /** The last of a key at a nonce that a node may hold: whatever comes there must outbid it. */
  readonly relayAt: (signer: Address, nonce: number) => RelayAttempt | undefined
  /** Notes a signed transaction before it is sent. */
  readonly recordRelay: (attempt: RelayAttempt) => void
  /** Notes that no node took a transaction: nothing has to outbid it. */
  readonly noteRelayUntaken: (attempt: Pick<RelayAttempt, 'txHash' | 'votingRoundId'>) => void
  /** Those signed since an instant of which it is not known whether they landed, newest first. */
  readonly openRelays: (sinceMs: number, most: number) => readonly RelayAttempt[]
  /** Notes what a transaction cost that is on chain. A second time changes nothing. */
  readonly noteRelayCost: (
    attempt: Pick<RelayAttempt, 'txHash' | 'votingRoundId'>,
    feeWei: bigint,
  ) => void
  /** What relays signed since an instant cost: by their receipts, and at the most without. Wei. */
  readonly relaysSpentSince: (sinceMs: number) => bigint
}

/** Some ten days of a finaliser that is always drawn. */
const maxKeptRounds = 10_000

const hexSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]*$/)])
const weiSchema = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt)

const boundRowsSchema = z.array(
  z
    .object({ voting_round_id: z.int(), signer: hexSchema, calldata: hexSchema })
    .transform(({ voting_round_id: votingRoundId, signer, calldata }): BoundRelay => ({
      votingRoundId,
      signer,
      calldata,
    })),
)

const costRowsSchema = z.array(z.object({ fee_wei: weiSchema }).transform(({ fee_wei }) => fee_wei))

const attemptRowsSchema = z.array(
  z
    .object({
      voting_round_id: z.int(),
      signer: hexSchema,
      tx_hash: hexSchema,
      nonce: z.int(),
      gas: z.int(),
      max_fee_wei: weiSchema,
      tip_wei: weiSchema,
      raw: hexSchema,
      signed_at_ms: z.int(),
    })
    .transform((row): RelayAttempt => ({
      votingRoundId: row.voting_round_id,
      signer: row.signer,
      txHash: row.tx_hash,
      nonce: row.nonce,
      gas: BigInt(row.gas),
      fees: { maxFeePerGas: row.max_fee_wei, maxPriorityFeePerGas: row.tip_wei },
      raw: row.raw,
      signedAtMs: row.signed_at_ms,
    })),
)

export function relayBook(database: Database): RelayBook {
  const { all, atomically } = database
  return {
    relayOf: (votingRoundId) => relayIn(database, votingRoundId),
    bindRelay: (relay, atMs) => atomically(() => bindRelay(database, relay, atMs)),
    relayAttempts: (votingRoundId) => {
      const sql = 'SELECT * FROM relay_attempt WHERE voting_round_id = ? ORDER BY serial'
      return attemptRowsSchema.parse(all(sql, [votingRoundId]))
    },
    relayAt: (signer, nonce) => {
      const sql = `SELECT * FROM relay_attempt WHERE signer = ? AND nonce = ?
        AND tx_hash NOT IN (SELECT tx_hash FROM relay_untaken)
        ORDER BY serial DESC LIMIT 1`
      return attemptRowsSchema.parse(all(sql, [signer, nonce]))[0]
    },
    recordRelay: (attempt) => atomically(() => recordRelay(database, attempt)),
    noteRelayUntaken: ({ txHash, votingRoundId }) => {
      const sql = 'INSERT INTO relay_untaken VALUES (?, ?) ON CONFLICT DO NOTHING'
      atomically(() => database.run(sql, [txHash, votingRoundId]))
    },
    openRelays: (sinceMs, most) =>
      attemptRowsSchema.parse(all(`${openSql} ORDER BY serial DESC LIMIT ?`, [sinceMs, most])),
    noteRelayCost: ({ txHash, votingRoundId }, feeWei) => {
      const sql = 'INSERT INTO relay_cost VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
      atomically(() => database.run(sql, [txHash, votingRoundId, String(feeWei)]))
    },
    relaysSpentSince: (sinceMs) => spentSince(database, sinceMs),
  }
}

/** One lands at most at a nonce: where it is known which, the others are over. */
const openSql = `
  SELECT * FROM relay_attempt WHERE signed_at_ms >= ? AND NOT EXISTS (
    SELECT 1 FROM relay_attempt AS landed JOIN relay_cost USING (tx_hash)
    WHERE landed.signer = relay_attempt.signer AND landed.nonce = relay_attempt.nonce)`

const costsSql = `
  SELECT fee_wei FROM relay_cost JOIN relay_attempt USING (tx_hash) WHERE signed_at_ms >= ?`

function spentSince({ all }: Database, sinceMs: number): bigint {
  const costs = costRowsSchema.parse(all(costsSql, [sinceMs]))
  // Of those at one nonce one lands at most.
  const worst = new Map<string, bigint>()
  for (const { signer, nonce, gas, fees } of attemptRowsSchema.parse(all(openSql, [sinceMs]))) {
    const place = `${signer}/${nonce}`
    const wei = gas * fees.maxFeePerGas
    if (wei > (worst.get(place) ?? 0n)) worst.set(place, wei)
  }
  return [...costs, ...worst.values()].reduce((sum, wei) => sum + wei, 0n)
}

function relayIn({ all }: Database, votingRoundId: number): BoundRelay | undefined {
  const sql = 'SELECT * FROM relay WHERE voting_round_id = ?'
  return boundRowsSchema.parse(all(sql, [votingRoundId]))[0]
}

function bindRelay(database: Database, relay: BoundRelay, atMs: number): void {
  const { votingRoundId, signer, calldata } = relay
  database.run('INSERT INTO relay VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING', [
    votingRoundId,
    signer,
    calldata,
    atMs,
  ])
  const bound = relayIn(database, votingRoundId)
  if (bound?.calldata !== calldata || bound.signer !== signer) {
    throw new JournalError(
      'digest-conflict',
      `Something else is fixed to be relayed of round ${votingRoundId}.`,
    )
  }
  for (const table of ['relay', 'relay_attempt', 'relay_untaken', 'relay_cost']) {
    database.run(`DELETE FROM ${table} WHERE voting_round_id < ?`, [votingRoundId - maxKeptRounds])
  }
}

function recordRelay({ run }: Database, attempt: RelayAttempt): void {
  run(
    `INSERT INTO relay_attempt (tx_hash, signer, voting_round_id, nonce, gas, max_fee_wei, tip_wei,
       raw, signed_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [
      attempt.txHash,
      attempt.signer,
      attempt.votingRoundId,
      attempt.nonce,
      Number(attempt.gas),
      String(attempt.fees.maxFeePerGas),
      String(attempt.fees.maxPriorityFeePerGas),
      attempt.raw,
      attempt.signedAtMs,
    ],
  )
}
