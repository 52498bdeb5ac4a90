/** What `npm run ledger-emulator` can be told on its command line. */

import { parseArgs } from 'node:util'
import { z } from 'zod'
import { networks } from '../../src/protocol/networks.ts'
import { type Automation, automationSchema } from './automation.ts'
import { type Model, models } from './screen.ts'
import { publicMnemonic } from './seed.ts'
import type { AppSettings } from './turn.ts'

export const usage = `Usage: npm run ledger-emulator -- [--mnemonic "…"] [--port 5001] [--model nanosp]
                                  [--automation approve] [--blind-signing on]

  --mnemonic "…"      12 to 24 English words (the public test mnemonic if left out).
                      A command line can be read by others: development keys only.
  --port N            where it listens (127.0.0.1); 0 is any free port
  --model M           nanosp, nanox or flex
  --automation A      approve, refuse, slow:<ms> (approves later), lock or vanish (instead of
                      deciding), none (buttons or fingers decide)
  --blind-signing S   on or off; off as in a new app, which then refuses all calldata
  --show-nonce S      on or off: one screen more
  --show-hash S       on or off: the hash of plain transfers, too
  --chain-id N        the chain that it is started for; 14 and 19 are refused
  --allow-mainnet     start for them all the same
  --help              this text

Routes, the first ones as at Speculos:
  POST /apdu {"data":"<hex>"}      {"data":"<hex>"}, after the review if there is one
  POST /button/left|right|both     {"action":"press-and-release"}
  POST /finger                     {"action":"press-and-release","x":240,"y":470,"delay":2}
  GET /events[?stream=true][?currentscreenonly=true], DELETE /events
  GET /control                     how it stands
  POST /control                    any of these, which is done at once:
    {"locked":true}                5515 until {"locked":false}; {"locked":"6b0c"} says that instead
    {"app":"none"}                 the dashboard: 6511; "other": 6e00; "ethereum" opens the app,
                                   also after it crashed
    {"restart":true}               the app is closed and opened
    {"automation":"slow:500"}      as on the command line
    {"slow_ms":500}                the automation takes this much longer
    {"refuse_next":1}              reviews that are refused next
    {"vanish_ms":2000}             unplugged for so long: every connection is cut
    {"answer_next":["6f00"]}       status words that the next commands are answered with
    {"lose_next":1}                answers that are lost on their way
    {"blind_signing":true,"show_nonce":true,"show_hash":true}`

/** Flare and Songbird: what is signed for them can move funds that are worth something. */
const mainnetChainIds: ReadonlySet<number> = new Set([
  networks.flare.chainId,
  networks.songbird.chainId,
])

const whole = z.string().regex(/^\d+$/, 'a whole number').transform(Number)
const onOff = z.enum(['on', 'off']).transform((word) => word === 'on')

const optionsSchema = z.object({
  mnemonic: z.string(),
  port: whole.pipe(z.int().min(0).max(65_535)),
  model: z.enum(models),
  automation: automationSchema,
  'blind-signing': onOff,
  'show-nonce': onOff,
  'show-hash': onOff,
  'chain-id': whole.pipe(z.int().min(1)).optional(),
  'allow-mainnet': z.boolean(),
  help: z.boolean(),
})

export type LedgerOptions = {
  readonly mnemonic: string
  readonly port: number
  readonly model: Model
  readonly automation: Automation
  readonly settings: AppSettings
}

/**
 * The options that arguments name; `help` if they ask for it.
 *
 * @throws {Error} in one sentence, if they make no sense or name a mainnet without permission.
 */
export function ledgerOptionsOf(args: readonly string[]): LedgerOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      mnemonic: { type: 'string', default: publicMnemonic },
      port: { type: 'string', default: '5001' },
      model: { type: 'string', default: 'nanosp' },
      automation: { type: 'string', default: 'none' },
      'blind-signing': { type: 'string', default: 'off' },
      'show-nonce': { type: 'string', default: 'off' },
      'show-hash': { type: 'string', default: 'off' },
      'chain-id': { type: 'string' },
      'allow-mainnet': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const parsed = optionsSchema.safeParse(values)
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`)
    throw new Error(`The options make no sense. ${names.join('; ')}. See --help.`)
  }
  const given = parsed.data
  if (given.help) return 'help'
  refuseMainnet(given['chain-id'], given['allow-mainnet'])
  return {
    mnemonic: given.mnemonic,
    port: given.port,
    model: given.model,
    automation: given.automation,
    settings: {
      isBlindSigningOn: given['blind-signing'],
      isNonceShown: given['show-nonce'],
      isHashShown: given['show-hash'],
    },
  }
}

function refuseMainnet(chainId: number | undefined, isAllowed: boolean): void {
  if (chainId === undefined || isAllowed || !mainnetChainIds.has(chainId)) return
  throw new Error(
    `Chain ${chainId} is a mainnet, and this emulator approves by itself with keys that others ` +
      'can read. If that is meant, say --allow-mainnet.',
  )
}
