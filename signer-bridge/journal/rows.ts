/** The journal's rows as they are read: a file may be damaged, so they are parsed like any input. */

import { z } from 'zod'
import { callKinds, callParts, type OwnCall } from '../call.ts'
import type { Fees } from '../fees.ts'
import type { SentAttempt } from '../nonce.ts'
import type { OpenRound } from '../timeline.ts'
import type { Vote } from '../vote.ts'

type Hex = `0x${string}`

/** One signed transaction of a call. */
export type Attempt = SentAttempt &
  OwnCall & {
    readonly txHash: Hex
    readonly raw: Hex
    /** r, s, v. */
    readonly signature: Hex
    /** Its limit. */
    readonly gas: bigint
  }

const hexSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]*$/)])
const addressSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{40}$/)])
const boundKindSchema = z.enum(['commit', 'reveal', 'root', 'sigtx'])
const weiSchema = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt)

const callColumns = {
  signer: addressSchema,
  voting_round_id: z.int(),
  kind: z.enum(callKinds),
  part: z.enum(callParts),
}

function ownCall(row: z.output<z.ZodObject<typeof callColumns>>): OwnCall {
  const { signer, voting_round_id: votingRoundId, kind, part } = row
  return { signer, votingRoundId, kind, part }
}

export const voteRowsSchema = z.array(
  z
    .object({
      voting_round_id: z.int(),
      reward_epoch_id: z.int(),
      submit_address: addressSchema,
      frozen_at_ms: z.int(),
      random: hexSchema,
      feed_values: hexSchema,
      commit_hash: hexSchema,
    })
    .transform((row): Vote => ({
      votingRoundId: row.voting_round_id,
      rewardEpochId: row.reward_epoch_id,
      submitAddress: row.submit_address,
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

const bindingColumns = {
  signer: addressSchema,
  kind: boundKindSchema,
  protocol_id: z.int(),
}

export const bindingRowsSchema = z.array(
  z
    .object({ ...bindingColumns, voting_round_id: z.int(), digest: hexSchema })
    .transform(({ protocol_id: protocolId, voting_round_id: votingRoundId, ...row }) => ({
      ...row,
      protocolId,
      votingRoundId,
    })),
)

export const watermarkRowsSchema = z.array(
  z
    .object({ ...bindingColumns, min_round: z.int() })
    .transform(({ protocol_id: protocolId, min_round: minRound, ...row }) => ({
      ...row,
      protocolId,
      minRound,
    })),
)

export const signingRowsSchema = z.array(
  z
    .object({
      state: z.enum(['reserved', 'signed', 'sent', 'included', 'denied', 'expired', 'unknown']),
      signature: hexSchema.nullable(),
    })
    .transform(({ state, signature }) => ({ state, ...(signature !== null && { signature }) })),
)

export const attemptRowsSchema = z.array(
  z
    .object({
      ...callColumns,
      tx_hash: hexSchema,
      nonce: z.int(),
      gas: z.int().transform(BigInt),
      max_fee_wei: weiSchema,
      tip_wei: weiSchema,
      raw: hexSchema,
      signature: hexSchema,
      signed_at_ms: z.int(),
      state: z.enum(['signed', 'accepted', 'underpriced']),
    })
    .transform((row): Attempt => ({
      ...ownCall(row),
      txHash: row.tx_hash,
      nonce: row.nonce,
      gas: row.gas,
      fees: feesOf(row),
      raw: row.raw,
      signature: row.signature,
      signedAtMs: row.signed_at_ms,
      state: row.state,
    })),
)

export const nonceHolderRowsSchema = z.array(
  z
    .object({ ...callColumns, calldata_hash: hexSchema })
    .transform((row) => ({ ...ownCall(row), calldataHash: row.calldata_hash })),
)

export const callRowsSchema = z.array(
  z.object({
    status: z.enum(['planned', 'confirmed', 'failed', 'missed']),
    calldata: hexSchema.nullable(),
  }),
)

export const feeRowsSchema = z.array(
  z.object({ fee_wei: weiSchema }).transform(({ fee_wei: feeWei }) => feeWei),
)

function feesOf(row: { readonly max_fee_wei: bigint; readonly tip_wei: bigint }): Fees {
  return { maxFeePerGas: row.max_fee_wei, maxPriorityFeePerGas: row.tip_wei }
}
