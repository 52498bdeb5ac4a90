/**
 * Settings: one JSON file for all that may be seen, and the environment for where the secrets' files
 * are. Whatever is unknown or makes no sense stops the start, by name and never with a value.
 */

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { getAddress, isAddress, parseEther, parseGwei } from 'viem'
import { z } from 'zod'
import { OracleError } from '../src/protocol/errors.ts'
import { networkNameSchema, networks, withRoundSec } from '../src/protocol/networks.ts'
import { defaultFeePolicy } from './fees.ts'

export class SettingsError extends OracleError<'settings-invalid' | 'secret-unreadable'> {}

const gwei = z
  .number()
  .positive()
  .max(1_000_000)
  .transform((amount) => parseGwei(String(amount)))

const httpUrl = z.url({ protocol: /^https?$/, error: 'Expected an http or https address.' })

/** The file, as it is written. Every line here has a row in README.md. */
export const settingsSchema = z.strictObject({
  network: networkNameSchema,
  /** Of the local network only. */
  round_seconds: z.int().min(6).max(3_600).optional(),
  reward_epoch_rounds: z.int().min(4).max(10_000).optional(),
  rpc_urls: z.array(httpUrl).min(1).max(8),
  worker_url: httpUrl,
  submit_address: z
    .string()
    .refine((text) => isAddress(text), 'Expected an address.')
    .transform((text) => getAddress(text)),
  keystore_file: z.string().min(1),
  journal_file: z.string().min(1),
  /** Absent: no metrics; 0: any free port. */
  metrics_port: z.int().min(0).max(65_535).optional(),
  fees: z
    .strictObject({
      tip_min_gwei: gwei.default(defaultFeePolicy.tipMinWei),
      tip_max_gwei: gwei.default(defaultFeePolicy.tipMaxWei),
      max_fee_gwei: gwei.default(defaultFeePolicy.ceilingWei),
    })
    .default({
      tip_min_gwei: defaultFeePolicy.tipMinWei,
      tip_max_gwei: defaultFeePolicy.tipMaxWei,
      max_fee_gwei: defaultFeePolicy.ceilingWei,
    })
    .refine(({ tip_min_gwei: least, tip_max_gwei: most }) => least <= most, {
      path: ['tip_max_gwei'],
      error: 'Below tip_min_gwei.',
    }),
  /** In whole coins. */
  balance_alarm: z
    .number()
    .nonnegative()
    .max(1_000_000)
    .default(3)
    .transform((coins) => parseEther(String(coins))),
})

const checkedSchema = settingsSchema
  .refine(({ network, worker_url: url }) => network === 'local' || isSafe(url), {
    path: ['worker_url'],
    error: 'Expected https, but on this machine.',
  })
  .refine(({ network, round_seconds: length }) => network === 'local' || length === undefined, {
    path: ['round_seconds'],
    error: 'Only for the local network.',
  })
  .refine(({ network, reward_epoch_rounds: n }) => network === 'local' || n === undefined, {
    path: ['reward_epoch_rounds'],
    error: 'Only for the local network.',
  })

export type Settings = ReturnType<typeof settingsOf>

/**
 * The settings in a file. Paths in it are taken from where the file is.
 *
 * @throws {SettingsError} `settings-invalid`, with a sentence for each setting that is unknown,
 *   missing or makes no sense.
 */
export function settingsOf(file: string) {
  const given = parsed(file)
  const network = networkOf(given)
  const beside = (path: string) => resolve(dirname(resolve(file)), path)
  return {
    network,
    rpcUrls: given.rpc_urls,
    workerUrl: given.worker_url,
    submitAddress: given.submit_address,
    keystoreFile: beside(given.keystore_file),
    journalFile: beside(given.journal_file),
    metricsPort: given.metrics_port,
    feePolicy: {
      tipMinWei: given.fees.tip_min_gwei,
      tipMaxWei: given.fees.tip_max_gwei,
      ceilingWei: given.fees.max_fee_gwei,
    },
    balanceAlarmWei: given.balance_alarm,
  } as const
}

function parsed(file: string): z.output<typeof checkedSchema> {
  const result = checkedSchema.safeParse(jsonIn(file))
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join('.') || 'The file'
    return `${name}: ${issue.message.endsWith('.') ? issue.message : `${issue.message}.`}`
  })
  throw new SettingsError('settings-invalid', `Settings make no sense. ${problems.join(' ')}`)
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is no JSON' : 'cannot be read'
    throw new SettingsError('settings-invalid', `The settings file ${file} ${why}.`, { cause })
  }
}

function networkOf(given: z.output<typeof checkedSchema>) {
  const known = networks[given.network]
  const timed = given.round_seconds === undefined ? known : withRoundSec(known, given.round_seconds)
  const rewardEpochRounds = given.reward_epoch_rounds ?? timed.schedule.rewardEpochRounds
  return { ...timed, schedule: { ...timed.schedule, rewardEpochRounds } }
}

/** An HMAC keeps prices from being changed, not from being read before their reveal. */
function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
}
