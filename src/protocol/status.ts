/** The state of the house as `GET /api/v1/status` tells it: sources, stores, ticks, rounds. */

import { z } from 'zod'
import { networkNameSchema } from './networks.ts'
import { instantSchema } from './wire.ts'

/** `replay` whenever prices come from a tape: simulated input says so wherever it shows. */
export const modeSchema = z.enum(['live', 'replay'])
export type Mode = z.infer<typeof modeSchema>

export const sourceStatusSchema = z.strictObject({
  source: z.string(),
  /** Whether its last answer was one. */
  ok: z.boolean(),
  last_success_at: instantSchema.optional(),
  consecutive_failures: z.int().nonnegative(),
  last_latency_ms: z.number().nonnegative().optional(),
  last_error: z
    .strictObject({ code: z.string(), message: z.string(), at: instantSchema })
    .optional(),
  /** Markets that it refused and that are not asked for at present. */
  refused_markets: z.array(z.string()).readonly().optional(),
})
export type SourceStatus = z.infer<typeof sourceStatusSchema>

export const tickStatusSchema = z.strictObject({
  /** The instant that names the tick. */
  at: instantSchema,
  state: z.enum(['running', 'completed', 'died']),
  /** Quotes handed over to be kept. */
  accepted: z.int().nonnegative().optional(),
  /** SHA-256 over the accepted ids in ascending order, each followed by a line feed. */
  ids_sha256: z.string().optional(),
  /** Where the quotes went: into history at once, or to the spill to be inserted later. */
  kept: z.enum(['stored', 'spilled', 'lost', 'nothing']).optional(),
  /** Quotes that history refused for good; they lie aside. */
  refused: z.int().nonnegative().optional(),
  /** Feeds that reached a consensus. */
  priced: z.int().nonnegative().optional(),
  took_ms: z.number().nonnegative().optional(),
})
export type TickStatus = z.infer<typeof tickStatusSchema>

const storeStatusSchema = z.strictObject({ ok: z.boolean(), error: z.string().optional() })

export const statusSchema = z.strictObject({
  mode: modeSchema,
  network: networkNameSchema,
  served_at: instantSchema,
  /** Whether anything below is not as it should be. */
  degraded: z.boolean(),
  round: z.strictObject({
    id: z.int(),
    started_at: instantSchema,
    ends_at: instantSchema,
    seconds: z.number().positive(),
  }),
  tick_seconds: z.number().positive(),
  feeds: z.int().nonnegative(),
  stores: z.strictObject({ cache: storeStatusSchema, history: storeStatusSchema }),
  /** Absent when the book of ticks does not answer. */
  ticks: z
    .strictObject({
      completed: z.int().nonnegative(),
      /** Begun and never ended. */
      died: z.int().nonnegative(),
      /** Too late to be worth running. */
      skipped: z.int().nonnegative(),
      /** Asked for again after they had begun; nothing happened. */
      doubled: z.int().nonnegative(),
      quotes_accepted: z.int().nonnegative(),
      quotes_lost: z.int().nonnegative(),
      /** Refused by history for good, and set aside for a person to look at. */
      quotes_refused: z.int().nonnegative(),
      /** Newest first. */
      recent: z.array(tickStatusSchema).readonly(),
    })
    .optional(),
  sources: z.array(sourceStatusSchema).readonly(),
})
export type Status = z.infer<typeof statusSchema>
