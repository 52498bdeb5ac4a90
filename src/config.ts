/** Settings, parsed once from the environment's strings: unknown values stop the start. */

import { z } from 'zod'
import { liveSourcesSchema } from './exchanges/live/registry.ts'
import { minBridgeSecretLength } from './protocol/bridge-auth.ts'
import { collectorNameSchema } from './protocol/ingest-wire.ts'
import { minSecretLength } from './protocol/signed-request.ts'
import { OracleError } from './protocol/errors.ts'
import { networkNameSchema, networks, withRoundSec } from './protocol/networks.ts'
import { modeSchema } from './protocol/status.ts'

/** Instants are whole milliseconds everywhere, so no setting is finer. */
const milliseconds = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,3})?$/, 'Expected seconds with at most three decimals.')
  .transform((seconds) => Math.round(Number(seconds) * 1_000))

const wholeNumber = z
  .string()
  .regex(/^\d{1,6}$/, 'Expected a whole number.')
  .transform(Number)

/** An external collector: what it signs with, for whom it may speak, how often it may send. */
const collectorSchema = z.strictObject({
  secret: z.string().min(minSecretLength, `At least ${minSecretLength} characters.`),
  /** Whoever has the secret can say anything in their name, so it is to be as few as it polls. */
  sources: z.array(z.string().min(1)).min(1).max(64),
  requests_per_minute: z.int().min(1).max(6_000).default(120),
})

const collectorsSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'Expected a JSON object.' })
      return z.NEVER
    }
  })
  .pipe(z.record(collectorNameSchema, collectorSchema))
  .transform((byName) =>
    Object.entries(byName).map(([name, { secret, sources, requests_per_minute }]) => ({
      name,
      secret,
      sources,
      requestsPerMinute: requests_per_minute,
    })),
  )
export type CollectorSettings = z.output<typeof collectorsSchema>[number]

const settingsSchema = z
  .object({
    NETWORK: networkNameSchema,
    MODE: modeSchema,
    /** Time between polls. A tick must be over before the next begins. */
    TICK_SECONDS: milliseconds.refine(isWithin(2_000, 60_000), 'Expected 2 to 60 seconds.'),
    /** Time between polls while a value provider's clients ask. At or above TICK_SECONDS: no more. */
    DEMAND_TICK_SECONDS: milliseconds
      .refine(isWithin(2_000, 60_000), 'Expected 2 to 60 seconds.')
      .prefault('2'),
    /** How far back the window averages look. */
    WINDOW_SECONDS: milliseconds.refine(isWithin(10_000, 600_000), 'Expected 10 to 600 seconds.'),
    /** Replaces the network's length of a round; for development on one machine. */
    ROUND_SECONDS: wholeNumber.refine(isWithin(6, 3_600), 'Expected 6 to 3600.').optional(),
    STREAM_SHARDS: wholeNumber.refine(isWithin(1, 64), 'Expected 1 to 64.'),
    DATABASE_URL: z.string().min(1),
    /** Where Neon's HTTP interface lives, if not where the driver would look for it. */
    NEON_FETCH_ENDPOINT: z.url().optional(),
    UPSTASH_REDIS_REST_URL: z.url(),
    UPSTASH_REDIS_REST_TOKEN: z.string().min(1),
    /** Without it the admin routes are closed. */
    ADMIN_KEY: z.string().min(24, 'At least 24 characters.').optional(),
    /** Shared with the signer bridge; without it the bridge's routes are closed. */
    BRIDGE_SECRET: z
      .string()
      .min(minBridgeSecretLength, `At least ${minBridgeSecretLength} characters.`)
      .optional(),
    /** External collectors by name; without any the ingest route is closed. */
    INGEST_COLLECTORS: collectorsSchema.default([]),
    /** Exchanges that are listened to over WebSockets; all others are asked over REST. */
    LIVE_SOURCES: liveSourcesSchema.prefault(''),
  })
  .transform((env) => {
    const network = networks[env.NETWORK]
    return {
      network: env.ROUND_SECONDS === undefined ? network : withRoundSec(network, env.ROUND_SECONDS),
      mode: env.MODE,
      tickMs: env.TICK_SECONDS,
      demandTickMs: env.DEMAND_TICK_SECONDS,
      windowMs: env.WINDOW_SECONDS,
      /** A price seen longer ago than two ticks and their work should take is stale. */
      staleAfterMs: env.TICK_SECONDS * 2 + 15_000,
      streamShards: env.STREAM_SHARDS,
      databaseUrl: env.DATABASE_URL,
      neonFetchEndpoint: env.NEON_FETCH_ENDPOINT,
      upstash: { url: env.UPSTASH_REDIS_REST_URL, token: env.UPSTASH_REDIS_REST_TOKEN },
      adminKey: env.ADMIN_KEY,
      bridgeSecret: env.BRIDGE_SECRET,
      collectors: env.INGEST_COLLECTORS,
      liveSources: env.LIVE_SOURCES,
    }
  })
export type Settings = z.output<typeof settingsSchema>

/** Settings that nothing can start with. */
export class SettingsError extends OracleError<'settings-invalid'> {}

/**
 * The settings that an environment holds.
 *
 * @throws {SettingsError} `settings-invalid`, with a sentence for each setting that is missing or
 *   makes no sense, which names it and never holds its value.
 */
export function settingsOf(env: unknown): Settings {
  const parsed = settingsSchema.safeParse(env)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => {
    const name = path.join('.') || 'The environment'
    return `${name}: ${message.endsWith('.') ? message : `${message}.`}`
  })
  throw new SettingsError('settings-invalid', `Settings make no sense. ${problems.join(' ')}`)
}

function isWithin(least: number, most: number): (value: number) => boolean {
  return (value) => value >= least && value <= most
}
