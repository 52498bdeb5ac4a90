/** How a key on a Ledger is written in the settings. */

import { z } from 'zod'
import { ledgerPathSchema } from './path.ts'

export const ledgerKeySchema = z.strictObject({
  path: ledgerPathSchema,
  /** Of an emulator; without it the Ledger is looked for on USB. */
  url: z.url({ protocol: /^http$/, error: 'Expected an http address of an emulator.' }).optional(),
  /**
   * Whether a person has to clear the screen before the first word is sent to it. Always so on USB;
   * for an emulator only if this says so.
   */
  armed_by_hand: z.boolean().default(false),
})
export type LedgerKey = z.infer<typeof ledgerKeySchema>
