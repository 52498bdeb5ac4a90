/** Bad days on demand: what the control route may order, and nothing of it is the genuine device's. */

import { z } from 'zod'
import { automationSchema, maxSlowMs } from './automation.ts'

/** More than any test needs. */
const maxCount = 1_000

const wordSchema = z
  .string()
  .regex(/^[0-9a-fA-F]{4}$/, 'a status word, four hexadecimal digits')
  .transform((text) => Number.parseInt(text, 16))

/** What an order leaves out stays as it is. */
export const orderSchema = z.strictObject({
  /** `true` is 5515; a word of its own for older firmware: "6b0c". Presses do nothing meanwhile. */
  locked: z.union([z.boolean(), wordSchema]).optional(),
  /** `none` is the dashboard (6511), `other` another app (6e00); also brings a crashed app back. */
  app: z.enum(['ethereum', 'none', 'other']).optional(),
  /** The app is closed and opened: whatever was in the middle of is gone. */
  restart: z.literal(true).optional(),
  automation: automationSchema.optional(),
  /** Reviews and wishes to open the app that are refused next, whatever the automation. */
  refuse_next: z.int().min(0).max(maxCount).optional(),
  /** Added to the time that the automation takes. Milliseconds. */
  slow_ms: z.int().min(0).max(maxSlowMs).optional(),
  /** Pulls the plug: every connection is cut, none is served, and the app starts afresh after. */
  vanish_ms: z.int().min(1).max(maxSlowMs).optional(),
  /** Status words that the next commands are answered with, unheard: "6f00". */
  answer_next: z.array(wordSchema).max(maxCount).optional(),
  /** Answers that are lost on their way next: the command is obeyed, its connection cut. */
  lose_next: z.int().min(0).max(maxCount).optional(),
  blind_signing: z.boolean().optional(),
  show_nonce: z.boolean().optional(),
  show_hash: z.boolean().optional(),
})
export type Order = z.output<typeof orderSchema>
