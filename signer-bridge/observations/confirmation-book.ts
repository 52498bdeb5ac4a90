/**
 * Of the blocks that were read: who said what of them, and whether another node has said the same.
 * Kept beside them, so that a restart need not ask again.
 */

import type { Address, Hash } from 'viem'
import { z } from 'zod'
import { addressSchema, hash32Schema } from '../chain/hex.ts'
import type { Database } from '../journal/database.ts'
import type { Doubt } from '../observer/proofs.ts'
import { stampAt, type StampSpan } from './stamps.ts'

/** What a node said of blocks, by their places. */
export type Provenance = {
  /** Which node, by a name that tells nothing of its address. */
  readonly source: string
  /** Of which Relays it was asked for logs: another node is asked for those of the same. */
  readonly relays: readonly Address[]
  readonly words: readonly Hash[]
  readonly doubts: readonly Doubt[]
}

/** A block that nobody has confirmed. */
export type PendingBlock = {
  readonly number: number
  readonly timestampSec: number
  readonly said: Hash
  readonly source: string
  readonly relays: readonly Address[]
}

/** Added to the schema of the observations. */
export const confirmationSchema = `
-- What was said of each block, by which node, and whether another one says the same.
CREATE TABLE IF NOT EXISTS block_word (
  number       INTEGER PRIMARY KEY,
  said         TEXT NOT NULL,
  source       TEXT NOT NULL,
  relays       TEXT NOT NULL,
  is_confirmed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS block_word_pending ON block_word (number) WHERE is_confirmed = 0;

-- Transactions in them whose fields do not prove themselves.
CREATE TABLE IF NOT EXISTS doubt (
  number  INTEGER NOT NULL,
  tx_hash TEXT NOT NULL,
  said    TEXT NOT NULL,
  PRIMARY KEY (number, tx_hash)
) STRICT, WITHOUT ROWID;
`

export type ConfirmationBook = {
  /** Blocks stamped from an instant on that nobody has confirmed, ascending. Unix milliseconds. */
  readonly pendingFrom: (fromMs: number, most: number) => readonly PendingBlock[]
  readonly isPending: (blockNumber: number) => boolean
  /** Both ends included. */
  readonly doubtsIn: (fromBlock: number, toBlock: number) => readonly Doubt[]
  /** Both ends included. */
  readonly confirm: (fromBlock: number, toBlock: number) => void
  /**
   * Whether all blocks of a span of time are confirmed, with the one before it and the one after it,
   * which show that none is missing.
   */
  readonly isConfirmed: (span: StampSpan) => boolean
  /** Whether a block is one of these. */
  readonly isOf: (span: StampSpan, blockNumber: number) => boolean
  /** Whether of some block nobody knows what was said: it was read when nobody was to confirm it. */
  readonly hasWordless: () => boolean
}

const pendingRowsSchema = z.array(
  z
    .object({
      number: z.int(),
      timestamp_sec: z.int(),
      said: hash32Schema,
      source: z.string(),
      relays: z
        .string()
        .transform((text) => (text === '' ? [] : text.split(',')))
        .pipe(z.array(addressSchema)),
    })
    .transform(({ timestamp_sec: timestampSec, ...row }): PendingBlock => ({
      ...row,
      timestampSec,
    })),
)
const doubtRowsSchema = z.array(
  z
    .object({ number: z.int(), tx_hash: hash32Schema, said: hash32Schema })
    .transform(({ number, tx_hash: txHash, said }): Doubt => ({
      blockNumber: number,
      txHash,
      said,
    })),
)

export function confirmationBook({ all, run, atomically }: Database): ConfirmationBook {
  return {
    pendingFrom: (fromMs, most) =>
      pendingRowsSchema.parse(all(pendingSql, [stampAt(fromMs), most])),
    isPending: (blockNumber) => {
      const sql = 'SELECT 1 FROM block_word WHERE number = ? AND is_confirmed = 0'
      return all(sql, [blockNumber]).length > 0
    },
    doubtsIn: (fromBlock, toBlock) =>
      doubtRowsSchema.parse(
        all('SELECT * FROM doubt WHERE number BETWEEN ? AND ? ORDER BY number', [
          fromBlock,
          toBlock,
        ]),
      ),
    confirm: (fromBlock, toBlock) => {
      const sql = 'UPDATE block_word SET is_confirmed = 1 WHERE number BETWEEN ? AND ?'
      atomically(() => run(sql, [fromBlock, toBlock]))
    },
    isConfirmed: ({ fromMs, beforeMs }) =>
      all('SELECT 1 FROM block WHERE timestamp_sec >= ? LIMIT 1', [stampAt(beforeMs)]).length > 0 &&
      all(unconfirmedSql, [stampAt(fromMs), stampAt(beforeMs)]).length === 0,
    isOf: ({ fromMs, beforeMs }, blockNumber) =>
      all(isOfSql, [stampAt(fromMs), stampAt(beforeMs), blockNumber]).length > 0,
    hasWordless: () => all(wordlessSql).length > 0,
  }
}

/** Keeps what was said of blocks, within a transaction of the caller's. */
export function insertWords(
  { run }: Database,
  blocks: readonly { readonly number: number }[],
  { source, relays, words, doubts }: Provenance,
): void {
  for (const [place, { number }] of blocks.entries()) {
    const said = words[place]
    if (said === undefined) continue
    run('INSERT INTO block_word (number, said, source, relays) VALUES (?, ?, ?, ?)', [
      number,
      said,
      source,
      relays.join(','),
    ])
  }
  for (const { blockNumber, txHash, said } of doubts) {
    run('INSERT INTO doubt VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [blockNumber, txHash, said])
  }
}

const pendingSql = `
  SELECT number, timestamp_sec, said, source, relays FROM block_word JOIN block USING (number)
  WHERE is_confirmed = 0 AND timestamp_sec >= ? ORDER BY number LIMIT ?`

const unconfirmedSql = `
  SELECT 1 FROM block LEFT JOIN block_word USING (number)
  WHERE coalesce(is_confirmed, 0) = 0
    AND number >= coalesce((SELECT max(number) FROM block WHERE timestamp_sec < ?1), 0)
    AND number <= (SELECT min(number) FROM block WHERE timestamp_sec >= ?2)
  LIMIT 1`

const isOfSql = `
  SELECT 1 FROM block WHERE number = ?3
    AND number >= coalesce((SELECT max(number) FROM block WHERE timestamp_sec < ?1), 0)
    AND number <= coalesce((SELECT min(number) FROM block WHERE timestamp_sec >= ?2), number)`

const wordlessSql = `
  SELECT 1 FROM block LEFT JOIN block_word USING (number) WHERE said IS NULL LIMIT 1`
