/**
 * The ports to history: quotes and aggregates as they are kept for ever, and the keys of those who
 * may read. Writing the same row twice changes nothing.
 */

import { z } from 'zod'
import type { KeyRecord, Scope } from '../protocol/api-key.ts'
import { type SubmissionReport, submissionReportSchema } from '../protocol/bridge-wire.ts'
import { type FeedSymbol, symbolSchema } from '../protocol/feed.ts'
import { instantSchema, priceSchema } from '../protocol/wire.ts'
import { roundProvenanceSchema } from '../protocol/wire-provenance.ts'

/** A raw quote as it is kept in `price_feeds`. */
export const quoteRowSchema = z.strictObject({
  /** UUIDv5 of (source, symbol, tick): the same quote has the same id wherever it is made. */
  id: z.uuid(),
  symbol: symbolSchema,
  price: priceSchema,
  volume: z.number().nonnegative(),
  /** When the price was observed. Unix milliseconds, like every instant here. */
  timestamp: instantSchema,
  source: z.string(),
  ingested_at: instantSchema,
  worker_id: z.string(),
  /** The instant that names the tick. */
  tick_at: instantSchema,
  metadata: z.object({
    /** What the exchange dated its answer, where it did. */
    exchange_timestamp: instantSchema.optional(),
    api_latency_ms: z.number().nonnegative(),
    market: z.string(),
    raw_price: priceSchema,
    conversion_rate: z.number().positive(),
  }),
})
export type QuoteRow = z.infer<typeof quoteRowSchema>

/** One round's vote of one feed as it is kept in `aggregated_prices`. */
export const aggregateRowSchema = z.strictObject({
  symbol: symbolSchema,
  voting_round_id: z.int().nonnegative(),
  /** The vote over the window. */
  consensus_price: priceSchema,
  /** The instantaneous vote beside it, where there was a quorum. */
  spot: priceSchema.optional(),
  confidence: z.number().min(0).max(1),
  sources_used: z.array(z.string()).readonly(),
  algorithm: z.string(),
  /** The end of the round. */
  timestamp: instantSchema,
  vwap: priceSchema.optional(),
  twap: priceSchema.optional(),
  weighted_median: priceSchema.optional(),
  /** Quotes of the window that were left out as outliers. */
  outliers: z.int().nonnegative(),
  /** What it was made of; only where it is asked for by round. */
  provenance: roundProvenanceSchema.optional(),
})
export type AggregateRow = z.infer<typeof aggregateRowSchema>

/** What one tick, one round or one request of the bridge hands to history. */
export const batchSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('quotes'), rows: z.array(quoteRowSchema) }),
  z.strictObject({ kind: z.literal('aggregates'), rows: z.array(aggregateRowSchema) }),
  z.strictObject({ kind: z.literal('submissions'), rows: z.array(submissionReportSchema) }),
])
export type Batch = z.infer<typeof batchSchema>

/** A report's place in the order of reports, newest first; a page goes on behind it. */
export type SubmissionPlace = { readonly atMs: number; readonly id: string }

/** Every function throws a `HistoryError` when the database does not answer in time or sense. */
export type History = {
  /** Inserts all rows in one statement; rows that are already there are left as they are. */
  readonly insert: (batch: Batch) => Promise<void>
  /** The newest aggregate of a feed. */
  readonly latestAggregate: (symbol: FeedSymbol) => Promise<AggregateRow | undefined>
  /** The aggregate of a feed and round with its provenance, if that is still kept. */
  readonly aggregateOf: (
    symbol: FeedSymbol,
    votingRoundId: number,
  ) => Promise<AggregateRow | undefined>
  /** The newest reports of what became of our calls on chain, newest first. */
  readonly submissions: (
    limit: number,
    before: SubmissionPlace | undefined,
  ) => Promise<readonly SubmissionReport[]>
  readonly ping: () => Promise<void>
}

/** A key as the administrator sees it. */
export type KeyEntry = KeyRecord & {
  readonly createdAtMs: number
  readonly revokedAtMs?: number
}

export type NewKey = {
  readonly id: string
  readonly name: string
  /** SHA-256 of the key, hex. */
  readonly hash: string
  readonly limitPerMinute: number
  readonly scopes: readonly Scope[]
}

/** Who may read. Throws like `History`. */
export type KeyStore = {
  /** The key with this hash, unless it is unknown or revoked. */
  readonly find: (hash: string) => Promise<KeyRecord | undefined>
  readonly create: (key: NewKey) => Promise<KeyEntry>
  readonly list: () => Promise<readonly KeyEntry[]>
  /** Revokes a key and returns its hash, or undefined if there is none with this id. */
  readonly revoke: (id: string) => Promise<string | undefined>
}
