/**
 * What travels between the Worker and the signer bridge, under `/bridge/v1`. Only meanings travel:
 * no calldata, no hash to be signed; the bridge builds and encodes everything itself.
 */

import { z } from 'zod'
import { feedIdSchema } from './feed.ts'
import { hashSchema, submissionKindSchema, submissionStatusSchema } from './submission-status.ts'
import { instantSchema, priceSchema } from './wire.ts'

export { hashSchema, type SubmissionKind, type SubmissionStatus } from './submission-status.ts'

/** A chain lists some 70 feeds; a vector of more is a mistake. */
export const maxFeeds = 256

/** Most reports in one request; the bridge sends the rest with the next. */
export const maxReports = 50

export const addressSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)])
/** r, s, v. */
export const signatureSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{130}$/)])

export const votingRoundIdSchema = z.int().nonnegative().max(0xff_ff_ff_ff)
const fencingTokenSchema = z.int().positive()

/** `POST /bridge/v1/lease`: takes or renews the right to act for this network. */
export const leaseRequestSchema = z.strictObject({
  /** Names a bridge; the same after its restart. */
  holder: z.string().min(8).max(64),
})
/**
 * A lease ends so long after it was asked for, or later. A bridge renews it several times within that. A
 * second one asks every second or so and is to have taken over 20 s after the first fell silent, which
 * this leaves it room for.
 */
export const leaseMs = 16_000

export const leaseSchema = z.strictObject({
  /** One more with each change of holder: an old holder's calls are refused by it. */
  fencing_token: fencingTokenSchema,
  expires_at: instantSchema,
})
export type Lease = z.infer<typeof leaseSchema>

/** A feed in canonical order, as the chain's offers define it for the reward epoch. */
export const orderedFeedSchema = z.strictObject({
  id: feedIdSchema,
  /** One signed byte on chain. */
  decimals: z.int().min(-128).max(127),
})
export type OrderedFeed = z.infer<typeof orderedFeedSchema>

/** `POST /bridge/v1/rounds/{id}/freeze`. */
export const freezeRequestSchema = z.strictObject({
  fencing_token: fencingTokenSchema,
  attended: z.boolean(),
  feeds: z.array(orderedFeedSchema).min(1).max(maxFeeds),
})
export type FreezeRequest = z.infer<typeof freezeRequestSchema>

export const frozenEntrySchema = z.strictObject({
  ...orderedFeedSchema.shape,
  /** Absent where there was no quorum: the chain's "no value". */
  price: priceSchema.optional(),
  /** 0 to 1, beside a price. */
  confidence: z.number().min(0).max(1).optional(),
  /** The price is that of an earlier tick, still young. */
  rolled: z.literal(true).optional(),
})
export type FrozenEntry = z.infer<typeof frozenEntrySchema>

/** The answer to a freeze: the same bytes however often it is asked for. */
export const frozenRoundSchema = z.strictObject({
  voting_round_id: votingRoundIdSchema,
  frozen_at: instantSchema,
  /** In the order of the request. */
  entries: z.array(frozenEntrySchema).min(1).max(maxFeeds),
})
export type FrozenRound = z.infer<typeof frozenRoundSchema>

export const reservedKindSchema = z.enum(['commit', 'root'])

/** `POST /bridge/v1/reservations`: compare and set, before the first byte goes to a signer. */
export const reservationSchema = z.strictObject({
  fencing_token: fencingTokenSchema,
  signer: addressSchema,
  kind: reservedKindSchema,
  protocol_id: z.int().min(0).max(255),
  voting_round_id: votingRoundIdSchema,
  /** What will be signed, as a hash: to tell one intent from another, never to be signed. */
  digest: hashSchema,
})
export type Reservation = z.infer<typeof reservationSchema>
export const reservedSchema = z.strictObject({
  reserved: z.literal(true),
  /** A standby of this network does not have the round's vector yet: it is worth a moment's wait. */
  standby_waits: z.literal(true).exactOptional(),
})
export type Reserved = z.infer<typeof reservedSchema>

/** `POST /bridge/v1/standby`: a bridge without the lease asks for what it would need with it. */
export const standbyRequestSchema = z.strictObject({
  ...leaseRequestSchema.shape,
  /** The last round whose vector it has on its disk. */
  held_round: votingRoundIdSchema.exactOptional(),
})
export type StandbyRequest = z.infer<typeof standbyRequestSchema>
export const standbySchema = z.strictObject({
  /** The newest vector of the present round or the one before; absent where there is none. */
  frozen: frozenRoundSchema.exactOptional(),
})
export type StandbyAnswer = z.infer<typeof standbySchema>

/** What became of one call. */
export const submissionReportSchema = z.strictObject({
  /** Made by the bridge's journal: the same report has the same id however often it is sent. */
  id: z.uuid(),
  voting_round_id: votingRoundIdSchema,
  kind: submissionKindSchema,
  status: submissionStatusSchema,
  signer: addressSchema,
  /** When it happened, Unix milliseconds. */
  at: instantSchema,
  /** How often it has been sent. */
  attempts: z.int().nonnegative(),
  tx_hash: hashSchema.optional(),
  /** Of the transaction: r, s, v. */
  signature: signatureSchema.optional(),
  block_number: z.int().nonnegative().optional(),
  /** Unix seconds, as the chain has it: it decides in which window the call counts. */
  block_timestamp: z.int().nonnegative().optional(),
  gas_used: z.int().nonnegative().optional(),
  /** Paid, in wei: more than a number can hold. */
  fee_wei: z
    .string()
    .regex(/^\d{1,30}$/)
    .optional(),
  /** Why it failed or was missed, in one sentence. */
  error: z.string().max(500).optional(),
})
export type SubmissionReport = z.infer<typeof submissionReportSchema>

/** `POST /bridge/v1/reports`. */
export const reportsRequestSchema = z.strictObject({
  reports: z.array(submissionReportSchema).min(1).max(maxReports),
})
export const reportsAnswerSchema = z.strictObject({ acknowledged: z.array(z.uuid()) })
