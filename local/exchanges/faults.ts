/**
 * Bad days on demand: what the control interface may do to a venue, one state a venue. A new state
 * replaces the old one whole, so `{}` heals.
 */

import { z } from 'zod'

/** A delay longer than this is a venue that hangs. */
const maxDelayMs = 60_000

/** More names than any venue has markets. */
const maxMissing = 1_000

export const faultSchema = z.strictObject({
  /**
   * `down` destroys the connection, `html` is a 403 page, `garbage` is JSON that breaks off under
   * a status of 200, `wrong` is sound JSON of another shape under a status of 200, `hang` never
   * answers, `slow` answers after `delayMs`, `status` answers with `status` and the venue's own
   * words of refusal.
   */
  mode: z.enum(['ok', 'down', 'html', 'garbage', 'wrong', 'hang', 'slow', 'status']).default('ok'),
  status: z.int().min(400).max(599).default(503),
  delayMs: z.int().nonnegative().max(maxDelayMs).default(2_000),
  /** Sent as `Retry-After` with `status`. */
  retryAfterSec: z.int().nonnegative().optional(),
  /** All prices are this many times what they would be: 1.05 is 5 % off. */
  marketFactor: z.number().positive().max(1_000).default(1),
  /** From now on prices move away from the tape by this much each minute, 1/10 000. */
  driftBpsPerMin: z.number().min(-1_000).max(1_000).default(0),
  /** Markets, by their own names, that its answers leave out without a word. */
  missing: z.array(z.string().max(64)).max(maxMissing).default([]),
  /** The same for this share of all its markets: always the same ones, 0 to 1. */
  missingShare: z.number().min(0).max(1).default(0),
  /** Prices, books and volumes stay as they are now, while dates go on. */
  frozen: z.boolean().default(false),
  /**
   * Its socket: `stall` stays open and says nothing at all, `deaf` answers pings and tells of no
   * market, `kill` ends every socket and opens none, `refuse` knows no market.
   */
  live: z.enum(['ok', 'stall', 'deaf', 'kill', 'refuse']).default('ok'),
  /** The venue answers as it would have this long ago, dates included: a stale cache. */
  lagSec: z.number().nonnegative().max(86_400).default(0),
})
export type Fault = z.infer<typeof faultSchema>

export const healthy: Fault = faultSchema.parse({})
