/** The state of the house as `GET /api/v1/status` tells it: sources, stores, ticks, rounds. */

import { z } from 'zod'
import { symbolSchema } from './feed.ts'
import { networkNameSchema } from './networks.ts'
import { instantSchema } from './wire.ts'

/** `replay` whenever prices come from a tape: simulated input says so wherever it shows. */
export const modeSchema = z.enum(['live', 'replay'])
export type Mode = z.infer<typeof modeSchema>

/** What somebody should look at in a feed (`core/alerts.ts`). */
export const alertKinds = ['anomaly', 'drift', 'mirrors', 'low-quorum', 'split'] as const

const failureSchema = z.strictObject({ code: z.string(), message: z.string(), at: instantSchema })

/** How a source fares, at the place from where it is asked. */
export const sourceStatusSchema = z.strictObject({
  source: z.string(),
  /** Whether its last answer was one. */
  ok: z.boolean(),
  /** The region from where it is asked, as Cloudflare calls it. */
  region: z.string().optional(),
  /** It refuses addresses of that region, and will be tried there again at `retry_at`. */
  blocked_here: z.boolean().optional(),
  /** Present while it refuses its home region and is asked from its fallback. */
  moved: z
    .strictObject({
      from: z.string(),
      /** What it last answered at home. */
      last_error: failureSchema.optional(),
      /** When home is tried again. */
      retry_at: instantSchema.optional(),
    })
    .optional(),
  /** Sources of one group count as one vote; absent for one that stands alone. */
  group: z.string().optional(),
  /** `open`: left alone until `retry_at`. `half-open`: one small request will tell. */
  circuit: z.enum(['closed', 'open', 'half-open']).optional(),
  retry_at: instantSchema.optional(),
  last_asked_at: instantSchema.optional(),
  last_success_at: instantSchema.optional(),
  /** Tickers that its last answer gave. */
  last_tickers: z.int().nonnegative().optional(),
  consecutive_failures: z.int().nonnegative(),
  last_latency_ms: z.number().nonnegative().optional(),
  /** Of its last 60 answers: what half, nine tenths, all but a hundredth of them took at most. */
  latency_ms: z
    .strictObject({
      p50: z.number().nonnegative(),
      p90: z.number().nonnegative(),
      p99: z.number().nonnegative(),
    })
    .optional(),
  /** The share of its limit that was used up by its own last account. */
  used_share: z.number().nonnegative().optional(),
  /** Its address in use, where that is not its first one. */
  address: z.string().optional(),
  last_error: failureSchema.optional(),
  /** Markets that it refused and that are not asked for at present. */
  refused_markets: z.array(z.string()).readonly().optional(),
  /** Present for a source that is listened to over a WebSocket. */
  live: z
    .strictObject({
      /** How its last answer came: by the socket, over REST, or a part by each. */
      came_by: z.enum(['live', 'rest', 'both']).optional(),
      socket: z.enum(['idle', 'connecting', 'open', 'waiting']),
      /** Markets with a ticker young enough to be an answer. */
      fresh: z.int().nonnegative(),
      /** Connections that have opened since the collector was last started. */
      connections: z.int().nonnegative(),
      /** How the connection before this one ended. */
      last_end: failureSchema.optional(),
    })
    .optional(),
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
  /** Alerts that stood after it, over all feeds; a kind without any is absent. */
  alerts: z.partialRecord(z.enum(alertKinds), z.int().positive()).optional(),
  /** Feeds whose interval was checked by halves of its sources, and those where it held. */
  intervals: z
    .strictObject({ checked: z.int().nonnegative(), held: z.int().nonnegative() })
    .optional(),
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
  /** Feeds with fewer than three independent sources: two that agree have nobody to contradict them. */
  thin_feeds: z
    .array(z.strictObject({ symbol: symbolSchema, independent: z.int().nonnegative() }))
    .readonly()
    .optional(),
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
      /** Intervals that were checked by halves of their sources, and those that held. */
      intervals_checked: z.int().nonnegative(),
      intervals_held: z.int().nonnegative(),
      /** Newest first. */
      recent: z.array(tickStatusSchema).readonly(),
    })
    .optional(),
  /** The signer bridge; absent where none has acted within a week. */
  bridge: z
    .strictObject({
      /** When it last took or renewed the right to act. */
      heard_at: instantSchema,
      /** Nobody acts: that was over a minute ago. */
      silent: z.boolean(),
      /** Bridges that stand by. */
      standbys: z.int().nonnegative(),
    })
    .optional(),
  sources: z.array(sourceStatusSchema).readonly(),
})
export type Status = z.infer<typeof statusSchema>
