/**
 * A collector's settings: options of the command line, or else the environment. The secret is the text
 * of a file or a variable, never an option: options are seen by everyone on the machine.
 */

import { readFileSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { exchangeBaseUrlsSchema, exchanges } from '../../src/exchanges/registry.ts'
import { OracleError } from '../../src/protocol/errors.ts'
import { collectorNameSchema } from '../../src/protocol/ingest-wire.ts'
import { minSecretLength } from '../../src/protocol/signed-request.ts'
import { exchangeNamed } from '../sources/names.ts'

export class CollectSettingsError extends OracleError<'settings-invalid' | 'secret-unreadable'> {}

type Environment = Readonly<Record<string, string | undefined>>

/** Each option, and the variable that stands for it. */
const variables = {
  'worker-url': 'CHRONO_WORKER_URL',
  collector: 'CHRONO_COLLECTOR',
  'secret-file': 'CHRONO_COLLECTOR_SECRET_FILE',
  exchanges: 'CHRONO_EXCHANGES',
  interval: 'CHRONO_INTERVAL',
  timeout: 'CHRONO_TIMEOUT',
  'base-urls': 'EXCHANGE_BASE_URLS',
} as const

const seconds = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,4}(\.\d{1,3})?$/, 'Expected seconds.')
    .transform((text) => Math.round(Number(text) * 1_000))
    .refine((ms) => ms >= least * 1_000 && ms <= most * 1_000, `Expected ${least} to ${most} s.`)

const settingsSchema = z.object({
  'worker-url': z
    .url({ protocol: /^https?$/ })
    .refine(isSafe, 'Expected https, but on this machine.'),
  collector: collectorNameSchema,
  exchanges: z.string().optional(),
  interval: seconds(1, 300).default(10_000),
  timeout: seconds(0.5, 30).default(4_000),
  'base-urls': exchangeBaseUrlsSchema.default({}),
})

export type CollectSettings = ReturnType<typeof settingsIn>

/**
 * @param args The words of the command line behind the program's name.
 * @throws {CollectSettingsError} `settings-invalid` with a sentence for each setting that makes no
 *   sense, or `secret-unreadable`. No message holds the secret.
 * @throws {SourcesError} `exchange-unknown`.
 */
export function settingsIn(args: string[], env: Environment) {
  const { isOnce, texts } = textsIn(args, env)
  const parsed = settingsSchema.safeParse(texts)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0] ?? 'settings')
      const end = message.endsWith('.') ? '' : '.'
      return texts[name] === undefined ? `${name} is missing.` : `${name}: ${message}${end}`
    })
    throw new CollectSettingsError('settings-invalid', problems.join(' '))
  }
  const { data } = parsed
  const names = data.exchanges?.split(',').map((name) => exchangeNamed(name, exchanges).name)
  return {
    workerUrl: data['worker-url'],
    collector: data.collector,
    secret: secretIn(texts['secret-file'], env),
    sources: [...new Set(names ?? exchanges.keys())],
    intervalMs: data.interval,
    timeoutMs: data.timeout,
    baseUrls: data['base-urls'],
    isOnce,
  } as const
}

function textsIn(args: string[], env: Environment) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        'worker-url': { type: 'string' },
        collector: { type: 'string' },
        'secret-file': { type: 'string' },
        exchanges: { type: 'string' },
        interval: { type: 'string' },
        timeout: { type: 'string' },
        'base-urls': { type: 'string' },
        once: { type: 'boolean', default: false },
      },
    })
    const { once: isOnce, ...options } = values
    const given: Record<string, string | undefined> = options
    const texts: Environment = Object.fromEntries(
      Object.entries(variables).map(([name, variable]) => [
        name,
        given[name] ?? (env[variable] || undefined),
      ]),
    )
    return { isOnce, texts }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new CollectSettingsError('settings-invalid', message, { cause })
  }
}

/** Others than the owner, in a file's mode. */
const othersMask = 0o077

function secretIn(file: string | undefined, env: Environment): string {
  const text = file === undefined ? env['CHRONO_COLLECTOR_SECRET'] : textIn(file)
  const secret = text?.replace(/\r?\n$/, '') ?? ''
  const where = file ?? 'CHRONO_COLLECTOR_SECRET'
  if (secret === '') {
    throw new CollectSettingsError(
      'secret-unreadable',
      'There is no secret: name a file with --secret-file, or set CHRONO_COLLECTOR_SECRET.',
    )
  }
  if (secret.length < minSecretLength) {
    throw new CollectSettingsError(
      'secret-unreadable',
      `${where} has fewer than ${minSecretLength} characters.`,
    )
  }
  return secret
}

function textIn(file: string): string {
  try {
    const { mode } = statSync(file)
    if (process.platform === 'win32' || (mode & othersMask) === 0) return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new CollectSettingsError('secret-unreadable', `${file} cannot be read.`, { cause })
  }
  const why = `${file} can be read by others than its owner; chmod 600 it.`
  throw new CollectSettingsError('secret-unreadable', why)
}

/** A signature keeps tickers from being changed, not answers from being held back or read. */
function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
}
