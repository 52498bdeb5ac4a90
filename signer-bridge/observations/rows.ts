/** The rows of the observations, parsed: what a file holds is believed no more than a node. */

import { z } from 'zod'
import { hexSchema } from '../chain/hex.ts'
import type { Finalisation } from '../observer/observer.ts'

export const blockRowSchema = z
  .object({ number: z.int(), timestamp_sec: z.int(), hash: hexSchema })
  .transform(({ number, timestamp_sec: timestampSec, hash }) => ({ number, timestampSec, hash }))
/** A block of the stretch, without what is in it. */
export type BlockMark = z.infer<typeof blockRowSchema>

export const submissionRowSchema = z
  .object({
    block_number: z.int(),
    transaction_index: z.int(),
    timestamp_sec: z.int(),
    method: z.enum(['submit1', 'submit2', 'submitSignatures']),
    sender: hexSchema,
    calldata: hexSchema,
  })
  .transform((row) => ({
    blockNumber: row.block_number,
    transactionIndex: row.transaction_index,
    timestampSec: row.timestamp_sec,
    method: row.method,
    sender: row.sender,
    calldata: row.calldata,
  }))

export const relayedRowSchema = z
  .object({
    block_number: z.int(),
    timestamp_sec: z.int(),
    protocol_id: z.int(),
    voting_round_id: z.int(),
    is_secure_random: z.int(),
    merkle_root: hexSchema,
    tx_hash: hexSchema,
  })
  .transform((row): Finalisation => ({
    protocolId: row.protocol_id,
    votingRoundId: row.voting_round_id,
    isSecureRandom: row.is_secure_random !== 0,
    merkleRoot: row.merkle_root,
    blockNumber: row.block_number,
    timestampSec: row.timestamp_sec,
    txHash: row.tx_hash,
  }))
