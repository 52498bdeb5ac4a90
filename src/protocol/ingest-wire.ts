/**
 * What travels between the Worker and an external collector: raw tickers, as exchanges said them in
 * their markets' own currencies. What they are worth in dollars is the Worker's to say.
 */

import { z } from 'zod'
import { instantSchema, priceSchema } from './wire.ts'

/** A collector's name: lower case, digits and dashes. */
export const collectorNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'A collector is called like eu-1.')

/** Twenty exchanges with fifty markets each; a collector that has more sends two batches. */
export const maxBatchTickers = 1_000

/** What that many tickers take, with room to spare. */
export const maxIngestBodyBytes = 262_144

/** Refused tickers that an answer names; of more it tells the number. */
export const maxNamedRefusals = 100

const sourceSchema = z.string().min(1).max(32)

/** What an exchange said of one market. */
export const rawTickerSchema = z.strictObject({
  source: sourceSchema,
  /** In the exchange's own spelling. */
  market: z.string().min(1).max(64),
  /** Quote currency of the market for one unit of base. */
  last: priceSchema,
  bid: priceSchema.optional(),
  ask: priceSchema.optional(),
  /** Base units of the last 24 hours. */
  volume: z.number().nonnegative().optional(),
  /** Price 24 hours ago. */
  open_24h: priceSchema.optional(),
  /** Unix milliseconds. */
  observed_at: instantSchema,
  /** Whether the exchange dated a trade, the ticker or the response, or only the collector did. */
  observed_kind: z.enum(['trade', 'ticker', 'response', 'received']),
})
export type RawTicker = z.infer<typeof rawTickerSchema>

/** `POST /internal/ingest`. */
export const ingestRequestSchema = z.strictObject({
  /** As in the header. */
  collector: collectorNameSchema,
  /** The same however often the batch is sent. */
  batch_id: z.uuid(),
  /** The instant that names the collector's own tick: with source and feed it makes a quote's id. */
  tick_at: instantSchema,
  tickers: z.array(rawTickerSchema).min(1).max(maxBatchTickers),
  /** How long each source took to answer, milliseconds. */
  latency_ms: z.record(sourceSchema, z.number().nonnegative().max(600_000)).optional(),
})
export type IngestRequest = z.infer<typeof ingestRequestSchema>

/**
 * Why a ticker was not accepted: the collector may not speak for its source, no feed has the market,
 * it is too old or from a time to come, the batch has a newer one, or it makes no quote (`no-price`,
 * `crossed-book`, `no-peg`, `circular`, `unusable`).
 */
export const refusedTickerSchema = z.strictObject({
  source: z.string(),
  market: z.string(),
  code: z.string(),
})
export type RefusedTicker = z.infer<typeof refusedTickerSchema>

/** The answer: what it counts as accepted is kept for ever, now or later. */
export const ingestAnswerSchema = z.strictObject({
  batch_id: z.uuid(),
  accepted: z.int().nonnegative(),
  /** SHA-256 over the ids of accepted quotes in ascending order, each followed by a line feed. */
  ids_sha256: z.string(),
  /** Whether history has them already, or the spill does. */
  kept: z.enum(['stored', 'spilled', 'nothing']),
  refused: z.int().nonnegative(),
  refusals: z.array(refusedTickerSchema).max(maxNamedRefusals),
})
export type IngestAnswer = z.infer<typeof ingestAnswerSchema>
