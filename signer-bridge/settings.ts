/**
 * Settings: a JSON file for all that may be seen, with the environment and then the flags over it;
 * secrets are none. Whatever is unknown or makes no sense stops the start, by name and never with a
 * value.
 */

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Address, parseEther, parseGwei } from 'viem'
import { z } from 'zod'
import { networkNameSchema, networks, withRoundSec } from '../src/protocol/networks.ts'
import { protocolIds } from '../src/protocol/payload.ts'
import { combinationRefusal } from './combinations.ts'
import { defaultFeePolicy } from './fees.ts'
import {
  addressSchema,
  type KeySettings,
  keySchema,
  keySettingsOf,
  keysRefusal,
  recipientSchema,
} from './key-settings.ts'
import { type Around, givenSettings } from './given-settings.ts'
import { defaultGuardPolicy } from './policy/price-guard.ts'
import { SettingsError } from './settings-error.ts'

const gwei = z
  .number()
  .positive()
  .max(1_000_000)
  .transform((amount) => parseGwei(String(amount)))

const coins = z
  .number()
  .nonnegative()
  .max(1_000_000)
  .transform((amount) => parseEther(String(amount)))

const percent = z.number().positive().max(1_000)

/** A day at Flare's floor without any subsidy is some 130 by its receipts: this is a wide bound. */
const defaultBudgetWei = parseEther('1000')

/** Four roles, and for some time two keys of each. */
const maxKeys = 16

/** More places for money to go than an operator can keep in view. */
const maxRecipients = 16

/** The reference's, by convention. */
const defaultProtocolPort = 3_100

const httpUrl = z.url({ protocol: /^https?$/, error: 'Expected an http or https address.' })

/** As they are written. Every line here has a row in `setting-table.ts`. */
export const settingsSchema = z.strictObject({
  network: networkNameSchema,
  /** Of the local network only. */
  round_seconds: z.int().min(6).max(3_600).optional(),
  reward_epoch_rounds: z.int().min(4).max(10_000).optional(),
  rpc_urls: z.array(httpUrl).min(1).max(8),
  worker_url: httpUrl,
  /** The short form for one key, that for submit, in a keystore. */
  submit_address: addressSchema.optional(),
  keystore_file: z.string().min(1).optional(),
  keys: z.array(keySchema).min(1).max(maxKeys).optional(),
  journal_file: z.string().min(1),
  /** A cache of what was read of the chain; absent: beside the journal. */
  observations_file: z.string().min(1).optional(),
  /** Absent: no metrics; 0: any free port. */
  metrics_port: z.int().min(0).max(65_535).optional(),
  fees: z
    .strictObject({
      tip_min_gwei: gwei.default(defaultFeePolicy.tipMinWei),
      tip_max_gwei: gwei.default(defaultFeePolicy.tipMaxWei),
      max_fee_gwei: gwei.default(defaultFeePolicy.ceilingWei),
      /** In whole coins. */
      daily_budget: coins.default(defaultBudgetWei),
    })
    .default({
      tip_min_gwei: defaultFeePolicy.tipMinWei,
      tip_max_gwei: defaultFeePolicy.tipMaxWei,
      max_fee_gwei: defaultFeePolicy.ceilingWei,
      daily_budget: defaultBudgetWei,
    })
    .refine(({ tip_min_gwei: least, tip_max_gwei: most }) => least <= most, {
      path: ['tip_max_gwei'],
      error: 'Below tip_min_gwei.',
    }),
  /** In whole coins. */
  balance_alarm: coins.default(parseEther('3')),
  /** Other protocols' clients, whose frames travel in our calls. */
  companions: z
    .array(z.strictObject({ protocol_id: z.literal(protocolIds.fdc), url: httpUrl }))
    .max(1)
    .default([]),
  /** How far a frozen price may be off the last final median; in percent. */
  price_guard: z
    .strictObject({
      alert_percent: percent.default(100 * defaultGuardPolicy.alertDeviation),
      empty_percent: percent.default(100 * defaultGuardPolicy.emptyDeviation),
    })
    .prefault({})
    .refine(({ alert_percent: alert, empty_percent: empty }) => alert <= empty, {
      path: ['empty_percent'],
      error: 'Below alert_percent.',
    }),
  /** Whether the signing-policy key makes rounds final when it is drawn to, at its own cost. */
  relay: z.enum(['off', 'when-selected']).default('off'),
  /** Whether a running bridge registers its voter for each reward epoch, at its own cost. */
  register: z.enum(['off', 'automatic']).default('off'),
  /** To whom claimed rewards may go beside their owners. */
  claim_recipients: z.array(recipientSchema).max(maxRecipients).default([]),
  /** Of `serve-protocol`, where another client sends. */
  protocol_provider: z
    .strictObject({
      host: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]).default('127.0.0.1'),
      /** 0: any free port. */
      port: z.int().min(0).max(65_535).default(defaultProtocolPort),
      base_path: z
        .string()
        .regex(/^(\/[\w-]+)*$/, 'Expected nothing, or names with a slash before each.')
        .default(''),
      finalization_data: z.boolean().default(false),
    })
    .prefault({}),
})

const checkedSchema = settingsSchema
  .refine(({ network, worker_url: url }) => network === 'local' || isSafe(url), {
    path: ['worker_url'],
    error: 'Expected https (http only on this machine).',
  })
  .refine(({ network, round_seconds: length }) => network === 'local' || length === undefined, {
    path: ['round_seconds'],
    error: 'Only for the local network.',
  })
  .refine(({ network, reward_epoch_rounds: n }) => network === 'local' || n === undefined, {
    path: ['reward_epoch_rounds'],
    error: 'Only for the local network.',
  })
  .refine(({ network, keys = [] }) => network === 'local' || keys.every(({ env }) => !env), {
    path: ['keys'],
    error: 'A key in the environment is for the local network only.',
  })
  .refine((given) => (given.keys === undefined) !== (given.submit_address === undefined), {
    path: ['submit_address'],
    error: 'Expected either submit_address or keys.',
  })
  .refine((given) => given.keystore_file === undefined || given.keys === undefined, {
    path: ['keystore_file'],
    error: 'With keys, each says where it is.',
  })

export type Settings = ReturnType<typeof settingsOf>

/**
 * The settings in a file, with those of the environment and the flags over them. Paths in the file
 * are taken from where it is, all others from where this process is.
 *
 * @param file `undefined` where all is given otherwise.
 * @throws {SettingsError} `settings-invalid`, with a sentence for each setting that is unknown,
 *   missing or makes no sense.
 */
export function settingsOf(file: string | undefined, around: Around = { env: {}, flags: {} }) {
  const given = parsed(file, around)
  const network = networkOf(given)
  const home = file === undefined ? '.' : dirname(resolve(file))
  const beside = (path: string) => resolve(home, path)
  const keys = keysIn(given, beside)
  return {
    network,
    rpcUrls: given.rpc_urls,
    workerUrl: given.worker_url,
    keys,
    /** Of the key for submit that is to come last. */
    submitAddress: submitAddressIn(keys),
    journalFile: beside(given.journal_file),
    observationsFile: beside(given.observations_file ?? `${given.journal_file}.chain`),
    metricsPort: given.metrics_port,
    feePolicy: {
      tipMinWei: given.fees.tip_min_gwei,
      tipMaxWei: given.fees.tip_max_gwei,
      ceilingWei: given.fees.max_fee_gwei,
    },
    dailyBudgetWei: given.fees.daily_budget,
    balanceAlarmWei: given.balance_alarm,
    companions: given.companions.map(({ protocol_id: protocolId, url }) => ({ protocolId, url })),
    guardPolicy: {
      alertDeviation: given.price_guard.alert_percent / 100,
      emptyDeviation: given.price_guard.empty_percent / 100,
    },
    relay: given.relay,
    register: given.register,
    claimRecipients: given.claim_recipients,
    protocolProvider: {
      host: given.protocol_provider.host,
      port: given.protocol_provider.port,
      basePath: given.protocol_provider.base_path,
      withFinalizationData: given.protocol_provider.finalization_data,
    },
  } as const
}

/** @throws {SettingsError} `settings-invalid` if they cannot work together, or not with the settings. */
function keysIn(
  given: z.output<typeof checkedSchema>,
  beside: (path: string) => string,
): readonly KeySettings[] {
  const { submit_address: address, keystore_file: file } = given
  const short =
    address === undefined
      ? []
      : [{ role: 'submit', address, from_reward_epoch: 0, keystore_file: file } as const]
  const keys = (given.keys ?? short).map((key) => keySettingsOf(key, beside))
  const apart = keysRefusal(keys)
  const refusal = apart === undefined ? combinationRefusal(given, keys) : `keys: ${apart}`
  if (refusal === undefined) return keys
  throw new SettingsError('settings-invalid', `Settings make no sense. ${refusal}`)
}

function submitAddressIn(keys: readonly KeySettings[]): Address {
  const [last] = keys
    .filter(({ role }) => role === 'submit')
    .toSorted((one, other) => other.fromRewardEpoch - one.fromRewardEpoch)
  if (last === undefined) throw new SettingsError('settings-invalid', 'There is no key for submit.')
  return last.address
}

function parsed(file: string | undefined, around: Around): z.output<typeof checkedSchema> {
  const { settings, origins } = givenSettings(file === undefined ? {} : jsonIn(file), around)
  const result = checkedSchema.safeParse(settings)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.join('.')
    const origin = originOf(path, origins)
    const name = path === '' ? 'At the top' : `${path}${origin === undefined ? '' : ` (${origin})`}`
    return `${name}: ${issue.message.endsWith('.') ? issue.message : `${issue.message}.`}`
  })
  throw new SettingsError('settings-invalid', `Settings make no sense. ${problems.join(' ')}`)
}

/** Where the setting that a path leads to, or into, was given; `undefined` for the file. */
function originOf(path: string, origins: ReadonlyMap<string, string>): string | undefined {
  return [...origins].find(([name]) => path === name || path.startsWith(`${name}.`))?.[1]
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
