/**
 * What travels between the Worker, its listeners and the dashboard. A schema is the only
 * definition of a message: its type is inferred, and every receiver parses with it.
 *
 * On the wire names are snake_case, instants are Unix milliseconds, and what is not known is absent.
 */

import { z } from 'zod'
import { symbolSchema } from './feed.ts'
import { hashSchema, submissionKindSchema, submissionStatusSchema } from './submission-status.ts'

/** Unix milliseconds. */
export const instantSchema = z.int().nonnegative()
/** What was put to the vote longer ago than this is no price any more, wherever it is kept. Seconds. */
export const priceTtlSec = 300

/** Quote currency for one unit of base. */
export const priceSchema = z.number().positive()
const sourceSchema = z.string().min(1).max(40)

/** What one feed's consensus says of one instant; the value behind `price:BTC:latest`. */
export const priceRecordSchema = z.strictObject({
  symbol: symbolSchema,
  price: priceSchema,
  /** When the sources were put to the vote. */
  timestamp: instantSchema,
  /** The middle of the instants at which the agreeing sources saw their prices. */
  observed_at: instantSchema,
  /** Sources that agreed, sorted by name. */
  sources: z.array(sourceSchema).readonly(),
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
  /** Half-width of the interval that is expected to hold the true price, 1/10 000 of the price. */
  interval_bps: z.number().nonnegative(),
  algorithm: z.string(),
  /** Change against 24 hours ago, percent. */
  change_24h: z.number().optional(),
  /** Counts the feed's prices; each is one more than the last. */
  seq: z.int().positive(),
})
export type PriceRecord = z.infer<typeof priceRecordSchema>

/** `GET /api/v1/price/{base}`. */
export const priceResponseSchema = priceRecordSchema.extend({
  /** Absent, like `seq`, when the price had to come from history, which keeps neither. */
  interval_bps: priceRecordSchema.shape.interval_bps.optional(),
  seq: priceRecordSchema.shape.seq.optional(),
  served_at: instantSchema,
  /** Whether the price was observed longer ago than two ticks should take. */
  stale: z.boolean(),
  cache: z.strictObject({ hit: z.boolean(), ttl_seconds: z.int().nonnegative() }),
  rate_limit: z.strictObject({
    limit: z.int().positive(),
    remaining: z.int().nonnegative(),
    /** When the window ends and the count begins anew. */
    reset_at: instantSchema,
  }),
})
export type PriceResponse = z.infer<typeof priceResponseSchema>

/** Most symbols that one request or one listener may name. */
export const maxSymbols = 200

/** Most quotes that one aggregation may take: a source has one vote, and nobody has more sources. */
export const maxAggregateQuotes = 200

/** `POST /api/v1/aggregate`: quotes of one feed, at most one a source. */
export const aggregateRequestSchema = z.strictObject({
  symbol: z.string().min(1).max(20),
  quotes: z
    .array(
      z.strictObject({
        source: sourceSchema,
        price: priceSchema,
        volume: z.number().nonnegative(),
        timestamp: instantSchema,
      }),
    )
    .min(1)
    .max(maxAggregateQuotes),
})
export type AggregateRequest = z.infer<typeof aggregateRequestSchema>

/** A feed's new price, as its listeners hear it. */
export const priceUpdateSchema = z.strictObject({
  type: z.literal('price_update'),
  data: priceRecordSchema,
})
export type PriceUpdate = z.infer<typeof priceUpdateSchema>

/** What became of one of our calls on chain, as every listener hears it, whatever it subscribed to. */
export const submissionNoticeSchema = z.strictObject({
  type: z.literal('ftso_submission'),
  data: z.strictObject({
    /** The voting round. */
    epoch: z.int().nonnegative(),
    kind: submissionKindSchema,
    status: submissionStatusSchema,
    tx_hash: hashSchema.optional(),
    gas_used: z.int().nonnegative().optional(),
    /** When it happened. */
    timestamp: instantSchema,
  }),
})
export type SubmissionNotice = z.infer<typeof submissionNoticeSchema>

/** Longest message that a listener may send, in characters. */
export const maxListenerMessageLength = 8_192

/** What a listener may ask of `/ws`. */
export const listenerMessageSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('subscribe'),
    symbols: z.array(z.string().min(1).max(20)).min(1).max(maxSymbols),
    /** The listener's own name for itself, echoed so that it knows itself after a reconnect. */
    client_id: z.string().min(1).max(100).optional(),
    /** The last `seq` heard: one for all the symbols, or one by symbol as it was asked for. */
    after_seq: z
      .union([z.int().nonnegative(), z.record(z.string(), z.int().nonnegative())])
      .optional(),
  }),
  z.strictObject({
    action: z.literal('unsubscribe'),
    symbols: z.array(z.string().min(1).max(20)).min(1).max(maxSymbols),
  }),
  z.strictObject({ action: z.literal('ping') }),
])
export type ListenerMessage = z.infer<typeof listenerMessageSchema>

/** What `/ws` says besides price updates. */
export const streamMessageSchema = z.discriminatedUnion('type', [
  priceUpdateSchema,
  submissionNoticeSchema,
  z.strictObject({
    type: z.literal('subscribed'),
    data: z.strictObject({
      client_id: z.string().optional(),
      /** All that the listener now hears. */
      symbols: z.array(symbolSchema).readonly(),
      /** The latest price of each symbol just asked for, if it has one. */
      snapshot: z.array(priceRecordSchema).readonly(),
      /** Symbols whose updates since `after_seq` are not all told: forgotten, or too many. */
      missed: z.array(symbolSchema).readonly().optional(),
    }),
  }),
  z.strictObject({
    type: z.literal('unsubscribed'),
    data: z.strictObject({ symbols: z.array(symbolSchema).readonly() }),
  }),
  z.strictObject({ type: z.literal('pong') }),
  z.strictObject({
    type: z.literal('error'),
    data: z.strictObject({ code: z.string(), message: z.string() }),
  }),
  /** The warning before any close that our own code makes. */
  z.strictObject({
    type: z.literal('closing'),
    data: z.strictObject({ code: z.string(), message: z.string() }),
  }),
])
export type StreamMessage = z.infer<typeof streamMessageSchema>

/** An error on the wire. @see https://www.rfc-editor.org/rfc/rfc9457 */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** Stable, kebab-case, for programs. */
  code: z.string(),
})
export type Problem = z.infer<typeof problemSchema>
