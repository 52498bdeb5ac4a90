/**
 * What the REST routes say beyond the single price of `wire.ts`: lists, the catalogue, the engine's
 * answer and the administration of keys.
 */

import { z } from 'zod'
import { keyRecordSchema, scopeSchema } from './api-key.ts'
import { signatureSchema, submissionReportSchema, votingRoundIdSchema } from './bridge-wire.ts'
import { symbolSchema } from './feed.ts'
import { modeSchema } from './status.ts'
import { hashSchema } from './submission-status.ts'
import { instantSchema, priceRecordSchema, priceResponseSchema, priceSchema } from './wire.ts'

/** `GET /health`: the process answers, and nothing is said of what it depends on. */
export const healthResponseSchema = z.strictObject({
  status: z.literal('ok'),
  mode: modeSchema,
  version: z.string(),
})
export type HealthResponse = z.infer<typeof healthResponseSchema>

/** `GET /api/v1/feeds`. */
export const feedsResponseSchema = z.strictObject({
  feeds: z
    .array(
      z.strictObject({
        symbol: symbolSchema,
        /** 1 is crypto. */
        category: z.int(),
        /** Decimals of the feed's value on chain; may be negative. */
        decimals: z.int(),
        /** The chain's name for the feed: 21 bytes, hex. */
        feed_id: z.string().regex(/^0x[0-9a-f]{42}$/),
      }),
    )
    .readonly(),
})
export type FeedsResponse = z.infer<typeof feedsResponseSchema>

/** One price among several; the request's count and instant are said once, beside the list. */
export const listedPriceSchema = priceRecordSchema.extend({
  stale: priceResponseSchema.shape.stale,
})
export type ListedPrice = z.infer<typeof listedPriceSchema>

/** `GET /api/v1/prices`. */
export const pricesResponseSchema = z.strictObject({
  /** In the order asked for, or that of the catalogue. */
  prices: z.array(listedPriceSchema).readonly(),
  /** Symbols without a price at present, and symbols that name no feed of ours. */
  missing: z.array(symbolSchema).readonly(),
  served_at: instantSchema,
  rate_limit: priceResponseSchema.shape.rate_limit,
})
export type PricesResponse = z.infer<typeof pricesResponseSchema>

/** What became of one source's quote in an aggregation. */
export const verdictSchema = z.discriminatedUnion('verdict', [
  z.strictObject({
    verdict: z.literal('accepted'),
    source: z.string(),
    price: priceSchema,
    /** Its share in the weighted median, 0 to 1. */
    share: z.number().min(0).max(1),
  }),
  z.strictObject({
    verdict: z.literal('rejected'),
    source: z.string(),
    reason: z.enum([
      'out-of-range',
      'stale',
      'frozen',
      'outlier',
      'on-probation',
      'strayed',
      'mirror',
    ]),
  }),
])
export type VerdictResponse = z.infer<typeof verdictSchema>

/** `POST /api/v1/aggregate`. Too few agreeing sources is an answer too, and has no price. */
export const aggregateResponseSchema = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('consensus'),
    symbol: symbolSchema,
    consensus_price: priceSchema,
    confidence: priceRecordSchema.shape.confidence,
    interval_bps: priceRecordSchema.shape.interval_bps,
    sources_used: z.array(z.string()).readonly(),
    algorithm: z.string(),
    /** The newest quote's: the instant that the vote is for. */
    timestamp: instantSchema,
    observed_at: instantSchema,
    /** The other votes over the accepted quotes; absent where their quotes do not allow them. */
    vwap: priceSchema.optional(),
    twap: priceSchema.optional(),
    weighted_median: priceSchema.optional(),
    /** One a source, sorted by source. */
    verdicts: z.array(verdictSchema).readonly(),
  }),
  z.strictObject({
    outcome: z.literal('no-quorum'),
    symbol: symbolSchema,
    /** Sources that agree, and how many it takes. */
    agreeing: z.int().nonnegative(),
    required: z.int().positive(),
    timestamp: instantSchema,
    verdicts: z.array(verdictSchema).readonly(),
  }),
])
export type AggregateResponse = z.infer<typeof aggregateResponseSchema>

/**
 * How far a voting round has come; `missed` is one that was begun and whose windows closed without a
 * reveal on chain, `idle` one that nobody began.
 */
export const roundStageSchema = z.enum([
  'open',
  'frozen',
  'committed',
  'revealed',
  'missed',
  'idle',
])
export type RoundStage = z.infer<typeof roundStageSchema>

/** Most rounds or submissions in one answer, and how many there are unless one asks for more. */
export const maxListed = 100
export const defaultListed = 20

/** `GET /api/v1/rounds`: newest first, without a gap. */
export const roundsResponseSchema = z.strictObject({
  rounds: z
    .array(
      z.strictObject({
        epoch_id: votingRoundIdSchema,
        started_at: instantSchema,
        ends_at: instantSchema,
        stage: roundStageSchema,
        /** The transactions of the commit and of the reveal, confirmed or on their way. */
        commit_tx_hash: hashSchema.optional(),
        reveal_tx_hash: hashSchema.optional(),
      }),
    )
    .readonly(),
  served_at: instantSchema,
})
export type RoundsResponse = z.infer<typeof roundsResponseSchema>

/** `GET /api/v1/rounds/{id}`: what we submitted, once the reveal is on chain. */
export const roundRecordSchema = z.strictObject({
  epoch_id: votingRoundIdSchema,
  /** In canonical order; feeds without a price are left out. */
  prices: z
    .array(
      z.strictObject({
        symbol: symbolSchema,
        /** In 1/100 000 000 of the quote currency, rounded. */
        price: z.string().regex(/^\d+$/),
        /** Percent. */
        confidence: z.int().min(0).max(100),
        /** As on chain: the price times ten to the power of `decimals`; absent if no slot holds it. */
        value: z.int().positive().optional(),
        decimals: z.int(),
        /** The price is that of an earlier tick, which was young when the round was frozen. */
        rolled: z.literal(true).optional(),
      }),
    )
    .readonly(),
  /** When the prices were frozen. */
  timestamp: instantSchema,
  /** Of the transaction that revealed them, where the bridge told it. */
  signature: signatureSchema.optional(),
})
export type RoundRecord = z.infer<typeof roundRecordSchema>

/** A page's end: the instant and id of its last submission. */
export const submissionCursorSchema = z.string().regex(/^\d{1,15}_[0-9a-fA-F-]{36}$/)

/** `GET /api/v1/submissions`: newest first. */
export const submissionsResponseSchema = z.strictObject({
  submissions: z
    .array(
      z.strictObject({
        ...submissionReportSchema.omit({ voting_round_id: true, at: true }).shape,
        /** The voting round. */
        epoch: votingRoundIdSchema,
        /** When it happened. */
        timestamp: instantSchema,
      }),
    )
    .readonly(),
  /** To be sent as `cursor` for the next page; absent on the last. */
  next_cursor: submissionCursorSchema.optional(),
})
export type SubmissionsResponse = z.infer<typeof submissionsResponseSchema>

/** Most requests a minute that a key may be given. */
export const maxLimitPerMinute = 100_000

/** What a key may do in a minute unless it is told otherwise. */
export const defaultLimitPerMinute = 30

/** The same of a value provider's key: ten a second, as blocks come and its clients ask again. */
export const defaultProviderLimitPerMinute = 600

/** `POST /admin/v1/keys`. */
export const newKeyRequestSchema = z.strictObject({
  // Neither control characters nor half a surrogate pair: Postgres stores neither.
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u),
  limit_per_minute: z.int().positive().max(maxLimitPerMinute).optional(),
  scopes: z.array(scopeSchema).min(1).max(scopeSchema.options.length).optional(),
})

/** A key as `GET /admin/v1/keys` lists it: everything but the key. */
export const keyEntrySchema = keyRecordSchema.extend({
  created_at: instantSchema,
  /** Absent while the key is good. */
  revoked_at: instantSchema.optional(),
})
export type KeyEntryResponse = z.infer<typeof keyEntrySchema>

/** The one answer that holds a key: it is shown here and never again. */
export const newKeyResponseSchema = keyEntrySchema.extend({ key: z.string() })
export type NewKeyResponse = z.infer<typeof newKeyResponseSchema>

/** `GET /admin/v1/keys`. */
export const keysResponseSchema = z.strictObject({ keys: z.array(keyEntrySchema).readonly() })
export type KeysResponse = z.infer<typeof keysResponseSchema>
