/** The journal's rows as they are read: a file may be damaged, so they are parsed like any input. */

import { z } from 'zod'
import type { Fees } from '../fees.ts'
import type { SentAttempt } from '../nonce.ts'
import type { OpenRound } from '../timeline.ts'
import type { CallKind, Vote } from '../vote.ts'

type Hex = `0x${string}`

/** One signed transaction of a call. */
export type Attempt = SentAttempt & {
  readonly votingRoundId: number
  readonly kind: CallKind
  readonly txHash: Hex
  readonly raw: Hex
  /** r, s, v. */
  readonly signature: Hex
}

const hexSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]*$/)])
const kindSchema = z.enum(['submit1', 'submit2'])
const weiSchema = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt)

export const voteRowsSchema = z.array(
  z
    .object({
      voting_round_id: z.int(),
      reward_epoch_id: z.int(),
      frozen_at_ms: z.int(),
      random: hexSchema,
      feed_values: hexSchema,
      commit_hash: hexSchema,
    })
    .transform((row): Vote => ({
      votingRoundId: row.voting_round_id,
      rewardEpochId: row.reward_epoch_id,
      frozenAtMs: row.frozen_at_ms,
      random: row.random,
      feedValues: row.feed_values,
      commit: row.commit_hash,
    })),
)

export const openRoundRowsSchema = z.array(
  z
    .object({
      voting_round_id: z.int(),
      owes_reveal: z.literal([0, 1]),
      commit_status: z.string(),
    })
    .transform((row): OpenRound => ({
      votingRoundId: row.voting_round_id,
      owesReveal: row.owes_reveal === 1,
      isCommitSettled: row.commit_status !== 'planned',
    })),
)

export const attemptRowsSchema = z.array(
  z
    .object({
      tx_hash: hexSchema,
      voting_round_id: z.int(),
      kind: kindSchema,
      nonce: z.int(),
      max_fee_wei: weiSchema,
      tip_wei: weiSchema,
      raw: hexSchema,
      signature: hexSchema,
      signed_at_ms: z.int(),
      state: z.enum(['signed', 'accepted', 'underpriced']),
    })
    .transform((row): Attempt => ({
      votingRoundId: row.voting_round_id,
      kind: row.kind,
      txHash: row.tx_hash,
      nonce: row.nonce,
      fees: feesOf(row),
      raw: row.raw,
      signature: row.signature,
      signedAtMs: row.signed_at_ms,
      state: row.state,
    })),
)

export const nonceHolderRowsSchema = z.array(
  z
    .object({ voting_round_id: z.int(), kind: kindSchema, calldata_hash: hexSchema })
    .transform((row) => ({
      votingRoundId: row.voting_round_id,
      kind: row.kind,
      calldataHash: row.calldata_hash,
    })),
)

function feesOf(row: { readonly max_fee_wei: bigint; readonly tip_wei: bigint }): Fees {
  return { maxFeePerGas: row.max_fee_wei, maxPriorityFeePerGas: row.tip_wei }
}
