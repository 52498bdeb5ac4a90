/** What `npm run dev` can be told on its command line. */

import { parseArgs } from 'node:util'
import { z } from 'zod'

export const usage = `Usage: npm run dev -- [--port 8787] [--dashboard-port 5173] [--replay | --live]
                      [--round-seconds 90]

  --port N            where the Worker listens (127.0.0.1)
  --dashboard-port N  where the dashboard is
  --replay            prices from the bundled tape
  --live              prices from the exchanges
                      (without either: live if at least two exchanges answer)
  --round-seconds N   length of a voting round, 6 to 3600; ticks follow it
  --help              this text`

const whole = z.string().regex(/^\d+$/, 'a whole number').transform(Number)

const optionsSchema = z
  .object({
    port: whole.pipe(z.int().min(1).max(65_535)),
    'dashboard-port': whole.pipe(z.int().min(1).max(65_535)),
    'round-seconds': whole.pipe(z.int().min(6).max(3_600)),
    replay: z.boolean(),
    live: z.boolean(),
    help: z.boolean(),
  })
  .refine(({ replay, live }) => !(replay && live), {
    path: ['live'],
    error: 'not together with --replay',
  })
  .transform((given) => ({
    port: given.port,
    dashboardPort: given['dashboard-port'],
    roundSec: given['round-seconds'],
    mode: modeOf(given),
    help: given.help,
  }))
export type Options = z.output<typeof optionsSchema>

/**
 * The options that arguments name.
 *
 * @throws {Error} in one sentence, if they make no sense.
 */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8787' },
      'dashboard-port': { type: 'string', default: '5173' },
      replay: { type: 'boolean', default: false },
      live: { type: 'boolean', default: false },
      'round-seconds': { type: 'string', default: '90' },
      help: { type: 'boolean', default: false },
    },
  })
  const parsed = optionsSchema.safeParse(values)
  if (parsed.success) return parsed.data
  const names = parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`)
  throw new Error(`The options make no sense. ${names.join('; ')}. See --help.`)
}

function modeOf(given: { readonly replay: boolean; readonly live: boolean }) {
  if (given.replay) return 'replay' as const
  return given.live ? ('live' as const) : ('probe' as const)
}
