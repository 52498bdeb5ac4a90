/**
 * One stretch of blocks without a gap, and what was submitted and relayed in them. Whoever appends
 * has checked that the blocks follow one another; here they are kept, found by time, and forgotten.
 */

import { z } from 'zod'
import type { RawSubmission } from '../../src/protocol/raw-submissions.ts'
import type { SubmissionMethod } from '../../src/protocol/submission.ts'
import type { Database, Value } from '../journal/database.ts'
import type { Finalisation, ReadStretch } from '../observer/observer.ts'
import { type BlockMark, blockRowSchema, relayedRowSchema, submissionRowSchema } from './rows.ts'

export type RelayedRoot = Finalisation & { readonly logIndex: number }

/** Blocks in a row, and what of them is kept. */
export type ReadBlocks = {
  /** Ascending by one; not empty. */
  readonly blocks: readonly BlockMark[]
  readonly submissions: readonly RawSubmission[]
  readonly relayed: readonly RelayedRoot[]
}

/** A span of block stamps, Unix milliseconds: its start is in it, its end is not. */
export type StampSpan = { readonly fromMs: number; readonly beforeMs: number }

export type BlockBook = {
  readonly stretch: () => ReadStretch | undefined
  /** The newest block of the stretch. */
  readonly last: () => BlockMark | undefined
  /** Keeps what follows on the stretch, all of it or nothing. */
  readonly append: (read: ReadBlocks) => void
  /** In the chain's order. */
  readonly submissionsIn: (method: SubmissionMethod, span: StampSpan) => readonly RawSubmission[]
  /** The first time that a root was relayed for a round. */
  readonly relayedFor: (protocolId: number, votingRoundId: number) => Finalisation | undefined
  /** Forgets blocks stamped before an instant (Unix milliseconds), but for the last of them. */
  readonly prune: (beforeMs: number) => void
  /** Forgets the stretch: what follows is another one. */
  readonly clear: () => void
  /** How often that was done: what was made of the blocks of one era says nothing of the next. */
  readonly era: () => number
}

/** The first stamp, in whole seconds, that is not before an instant. */
const stampAt = (ms: number) => Math.ceil(ms / 1_000)

export function blockBook(database: Database): BlockBook {
  const { run, all, atomically } = database
  let ends: { readonly first: BlockMark; readonly last: BlockMark } | undefined | 'unread' =
    'unread'
  let era = 0
  const known = () => {
    if (ends === 'unread') ends = endsIn(database)
    return ends
  }

  return {
    stretch: () => {
      const both = known()
      return (
        both && {
          fromBlock: both.first.number,
          toBlock: both.last.number,
          fromTimestampSec: both.first.timestampSec,
          toTimestampSec: both.last.timestampSec,
        }
      )
    },
    last: () => known()?.last,
    append: (read) => {
      ends = 'unread'
      atomically(() => insert(database, read))
    },
    submissionsIn: (method, { fromMs, beforeMs }) =>
      z
        .array(submissionRowSchema)
        .parse(all(submissionsSql, [method, stampAt(fromMs), stampAt(beforeMs)])),
    relayedFor: (protocolId, votingRoundId) =>
      z.array(relayedRowSchema).parse(all(relayedSql, [votingRoundId, protocolId]))[0],
    prune: (beforeMs) => {
      ends = 'unread'
      atomically(() => {
        const [row] = z
          .array(z.object({ number: z.int().nullable() }))
          .parse(all(lastBeforeSql, [stampAt(beforeMs)]))
        const keptFrom = row?.number ?? 0
        run('DELETE FROM block WHERE number < ?', [keptFrom])
        run('DELETE FROM submission WHERE block_number < ?', [keptFrom])
        run('DELETE FROM relayed WHERE block_number < ?', [keptFrom])
      })
    },
    clear: () => {
      ends = 'unread'
      era += 1
      atomically(() => {
        for (const table of ['block', 'submission', 'relayed'] as const) run(`DELETE FROM ${table}`)
      })
    },
    era: () => era,
  }
}

const submissionsSql = `
  SELECT block_number, transaction_index, timestamp_sec, method, sender, calldata FROM submission
  WHERE method = ? AND timestamp_sec >= ? AND timestamp_sec < ?
  ORDER BY block_number, transaction_index`

const relayedSql = `
  SELECT block_number, timestamp_sec, protocol_id, voting_round_id, is_secure_random, merkle_root,
         tx_hash
  FROM relayed WHERE voting_round_id = ? AND protocol_id = ?
  ORDER BY block_number, log_index LIMIT 1`

const lastBeforeSql = 'SELECT max(number) AS number FROM block WHERE timestamp_sec < ?'

function endsIn({ all }: Database) {
  const [first, last] = (['ASC', 'DESC'] as const).map((order) => {
    const sql = `SELECT number, timestamp_sec, hash FROM block ORDER BY number ${order} LIMIT 1`
    return z.array(blockRowSchema).parse(all(sql))[0]
  })
  return first === undefined || last === undefined ? undefined : { first, last }
}

function insert({ run }: Database, { blocks, submissions, relayed }: ReadBlocks): void {
  const each = (sql: string, rows: readonly (readonly Value[])[]) => {
    for (const row of rows) run(sql, row)
  }
  each(
    'INSERT INTO block VALUES (?, ?, ?)',
    blocks.map(({ number, timestampSec, hash }) => [number, timestampSec, hash]),
  )
  each(
    'INSERT INTO submission VALUES (?, ?, ?, ?, ?, ?)',
    submissions.map(({ blockNumber, transactionIndex, timestampSec, method, sender, calldata }) => [
      blockNumber,
      transactionIndex,
      timestampSec,
      method,
      sender,
      calldata,
    ]),
  )
  each(
    'INSERT INTO relayed VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    relayed.map((root) => [
      root.blockNumber,
      root.logIndex,
      root.timestampSec,
      root.protocolId,
      root.votingRoundId,
      root.isSecureRandom ? 1 : 0,
      root.merkleRoot,
      root.txHash,
    ]),
  )
}
