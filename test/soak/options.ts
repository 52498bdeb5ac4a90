/** What `npm run soak:bridge` can be told on its command line. */

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { signerKinds } from './places.ts'

const whole = z.string().regex(/^\d+$/, 'a whole number').transform(Number)

const optionsSchema = z
  .object({
    rounds: whole.pipe(z.int().min(1).max(10_000)).default(200),
    'round-seconds': whole.pipe(z.int().min(8).max(90)).default(15),
    seed: z.string().default(() => randomBytes(4).toString('hex')),
    signer: z.enum(signerKinds).default('ledger'),
    write: z.boolean().default(false),
  })
  .transform(({ 'round-seconds': roundSec, ...rest }) => ({ ...rest, roundSec }))

export type SoakOptions = z.output<typeof optionsSchema>

/** @throws {Error} if an option is not known or not what it may be. */
export function optionsOf(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      'round-seconds': { type: 'string' },
      seed: { type: 'string' },
      signer: { type: 'string' },
      write: { type: 'boolean' },
    },
  })
  return optionsSchema.parse(values)
}
