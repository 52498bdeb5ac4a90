/**
 * One stretch of blocks without a gap, and what was submitted and relayed in them. Whoever appends
 * has checked that the blocks follow one another; here they are kept, found by time, and forgotten.
 */

import { z } from 'zod'
import type { RawSubmission } from '../../src/protocol/raw-submissions.ts'
import type { SubmissionMethod } from '../../src/protocol/submission.ts'
import type { Database, Value } from '../journal/database.ts'
import type { Finalisation, ReadStretch } from '../observer/observer.ts'
import { insertWords, type Provenance } from './confirmation-book.ts'
import { type BlockMark, blockRowSchema, relayedRowSchema, submissionRowSchema } from './rows.ts'
import { stampAt, type StampSpan } from './stamps.ts'

export type RelayedRoot = Finalisation & { readonly logIndex: number }

/** Blocks in a row, and what of them is kept. */
export type ReadBlocks = {
  /** Ascending by one; not empty. */
  readonly blocks: readonly BlockMark[]
  readonly submissions: readonly RawSubmission[]
  readonly relayed: readonly RelayedRoot[]
  /** Absent where there is nobody else to confirm it. */
  readonly provenance?: Provenance
}

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
  /** The same in a block that another node has confirmed. */
  readonly confirmedFor: (protocolId: number, votingRoundId: number) => Finalisation | undefined
  /** Forgets blocks stamped before an instant (Unix milliseconds), but for the last of them. */
  readonly prune: (beforeMs: number) => void
  /** Forgets the stretch: what follows is another one. */
  readonly clear: () => void
  /** Forgets its blocks from this one on: they are to be read anew. */
  readonly cut: (fromBlock: number) => void
  /** How often that was done: what was made of the blocks of one era says nothing of the next. */
  readonly era: () => number
}

export function blockBook(database: Database): BlockBook {
  const { all, atomically } = database
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
      z.array(relayedRowSchema).parse(all(relayedSql(''), [votingRoundId, protocolId]))[0],
    confirmedFor: (protocolId, votingRoundId) =>
      z.array(relayedRowSchema).parse(all(relayedSql(isConfirmed), [votingRoundId, protocolId]))[0],
    prune: (beforeMs) => {
      ends = 'unread'
      atomically(() => {
        const [row] = z
          .array(z.object({ number: z.int().nullable() }))
          .parse(all(lastBeforeSql, [stampAt(beforeMs)]))
        forget(database, '<', row?.number ?? 0)
      })
    },
    clear: () => {
      ends = 'unread'
      era += 1
      atomically(() => forget(database, '>=', 0))
    },
    cut: (fromBlock) => {
      ends = 'unread'
      era += 1
      atomically(() => forget(database, '>=', fromBlock))
    },
    era: () => era,
  }
}

/** Forgets blocks on one side of a number, with all that is kept of them. */
function forget({ run }: Database, side: '<' | '>=', block: number): void {
  for (const table of ['block', 'block_word', 'doubt'] as const) {
    run(`DELETE FROM ${table} WHERE number ${side} ?`, [block])
  }
  for (const table of ['submission', 'relayed'] as const) {
    run(`DELETE FROM ${table} WHERE block_number ${side} ?`, [block])
  }
}

const submissionsSql = `
  SELECT block_number, transaction_index, timestamp_sec, method, sender, calldata FROM submission
  WHERE method = ? AND timestamp_sec >= ? AND timestamp_sec < ?
  ORDER BY block_number, transaction_index`

const relayedSql = (condition: string) => `
  SELECT block_number, timestamp_sec, protocol_id, voting_round_id, is_secure_random, merkle_root,
         tx_hash
  FROM relayed WHERE voting_round_id = ? AND protocol_id = ? ${condition}
  ORDER BY block_number, log_index LIMIT 1`

const isConfirmed = `
  AND EXISTS (SELECT 1 FROM block_word WHERE number = block_number AND is_confirmed = 1)`

const lastBeforeSql = 'SELECT max(number) AS number FROM block WHERE timestamp_sec < ?'

function endsIn({ all }: Database) {
  const [first, last] = (['ASC', 'DESC'] as const).map((order) => {
    const sql = `SELECT number, timestamp_sec, hash FROM block ORDER BY number ${order} LIMIT 1`
    return z.array(blockRowSchema).parse(all(sql))[0]
  })
  return first === undefined || last === undefined ? undefined : { first, last }
}

function insert(database: Database, read: ReadBlocks): void {
  const { run } = database
  const { blocks, submissions, relayed, provenance } = read
  const each = (sql: string, rows: readonly (readonly Value[])[]) => {
    for (const row of rows) run(sql, row)
  }
  each(
    'INSERT INTO block VALUES (?, ?, ?)',
    blocks.map(({ number, timestampSec, hash }) => [number, timestampSec, hash]),
  )
  if (provenance !== undefined) insertWords(database, blocks, provenance)
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
