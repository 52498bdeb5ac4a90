/** Who sits at the device: a policy for reviews, as a word on the command line or in an order. */

import { z } from 'zod'

/** Longer than any deadline that waits for a person. */
export const maxSlowMs = 600_000

export type Automation = {
  /** `none` leaves the screens to buttons; `lock` and `vanish` happen instead of a decision. */
  readonly kind: 'approve' | 'refuse' | 'lock' | 'vanish' | 'none'
  /** How long it looks at the first screen. Milliseconds. */
  readonly afterMs: number
}

/** `approve`, `refuse`, `lock`, `vanish`, `none`, or one of them `:<ms>`; `slow:<ms>` approves. */
export const automationSchema = z
  .string()
  .regex(
    /^(approve|refuse|lock|vanish)(:\d{1,6})?$|^slow:\d{1,6}$|^none$/,
    'approve, refuse, slow:<ms>, lock, vanish or none',
  )
  .transform((text): Automation => {
    const [word = '', ms = '0'] = text.split(':')
    const kind = kindSchema.parse(word === 'slow' ? 'approve' : word)
    return { kind, afterMs: Math.min(Number(ms), maxSlowMs) }
  })

const kindSchema = z.enum(['approve', 'refuse', 'lock', 'vanish', 'none'])
