import { describe, expect, test } from 'vitest'
import { settingsOf } from '../../src/config.ts'
import { networks } from '../../src/protocol/networks.ts'

const whole = {
  NETWORK: 'flare',
  MODE: 'live',
  TICK_SECONDS: '30',
  WINDOW_SECONDS: '180',
  STREAM_SHARDS: '2',
  DATABASE_URL: 'postgres://user:password@host/database',
  UPSTASH_REDIS_REST_URL: 'https://cache.test',
  UPSTASH_REDIS_REST_TOKEN: 'token',
}

test('reads what the environment holds, in the units of the house', () => {
  const secrets = { ADMIN_KEY: 'a'.repeat(24), BRIDGE_SECRET: 'b'.repeat(32) }
  expect(settingsOf({ ...whole, FEED: {}, ...secrets })).toEqual({
    network: networks.flare,
    mode: 'live',
    tickMs: 30_000,
    demandTickMs: 2_000,
    windowMs: 180_000,
    staleAfterMs: 75_000,
    streamShards: 2,
    databaseUrl: whole.DATABASE_URL,
    neonFetchEndpoint: undefined,
    upstash: { url: 'https://cache.test', token: 'token' },
    adminKey: 'a'.repeat(24),
    bridgeSecret: 'b'.repeat(32),
    collectors: [],
    liveSources: new Set(),
  })
})

test('sources that are listened to are named with commas between them', () => {
  const { liveSources } = settingsOf({ ...whole, LIVE_SOURCES: 'kraken, okx' })
  expect([...liveSources]).toEqual(['kraken', 'okx'])
  expect(messageOf({ ...whole, LIVE_SOURCES: 'kraken,mtgox' })).toMatch(/LIVE_SOURCES/)
})

const aCollector = { secret: 'c'.repeat(32), sources: ['okx', 'bybit'] }

test('collectors have a secret, sources, and a limit that may be left out', () => {
  const { collectors } = settingsOf({
    ...whole,
    INGEST_COLLECTORS: JSON.stringify({
      'eu-1': aCollector,
      'us-1': { ...aCollector, requests_per_minute: 6 },
    }),
  })
  const same = { secret: 'c'.repeat(32), sources: ['okx', 'bybit'] }
  expect(collectors).toEqual([
    { ...same, name: 'eu-1', requestsPerMinute: 120 },
    { ...same, name: 'us-1', requestsPerMinute: 6 },
  ])
})

test.each([
  { name: 'a secret of 31 characters', collector: { ...aCollector, secret: 'c'.repeat(31) } },
  { name: 'no sources', collector: { ...aCollector, sources: [] } },
  { name: 'no limit at all', collector: { ...aCollector, requests_per_minute: 0 } },
  { name: 'a setting that is none', collector: { ...aCollector, region: 'eu' } },
])('a collector with $name stops the start', ({ collector }) => {
  const message = messageOf({ ...whole, INGEST_COLLECTORS: JSON.stringify({ 'eu-1': collector }) })
  expect(message).toMatch(/INGEST_COLLECTORS.eu-1/)
  expect(message).not.toContain('ccc')
})

test.each([
  { seconds: '2', demandTickMs: 2_000 },
  { seconds: '60', demandTickMs: 60_000 },
  { seconds: '1.999', demandTickMs: undefined },
  { seconds: '60.001', demandTickMs: undefined },
])('on demand ticks may come every $seconds s: $demandTickMs', ({ seconds, demandTickMs }) => {
  const settings = { ...whole, DEMAND_TICK_SECONDS: seconds }
  if (demandTickMs === undefined) expect(messageOf(settings)).toMatch(/DEMAND_TICK_SECONDS/)
  else expect(settingsOf(settings).demandTickMs).toBe(demandTickMs)
})

test('a shorter round replaces the length of the network, and nothing else of it', () => {
  const { network } = settingsOf({ ...whole, ROUND_SECONDS: '20' })
  expect(network).toEqual({
    ...networks.flare,
    schedule: { ...networks.flare.schedule, roundSec: 20 },
  })
})

test.each([
  { seconds: '2.01', tickMs: 2_010 },
  { seconds: '4.35', tickMs: 4_350 },
  { seconds: '2', tickMs: 2_000 },
  { seconds: '60.000', tickMs: 60_000 },
])('a tick of $seconds s is a whole number of milliseconds', ({ seconds, tickMs }) => {
  expect(settingsOf({ ...whole, TICK_SECONDS: seconds }).tickMs).toBe(tickMs)
})

describe('refuses, in a sentence that names the setting', () => {
  test.each(Object.keys(whole))('a missing %s', (name) => {
    expect(messageOf({ ...whole, [name]: undefined })).toMatch(
      new RegExp(`^Settings make no sense\\. ${name}: [^.]+\\.$`),
    )
  })

  test.each([
    { name: 'NETWORK', value: 'secretnet' },
    { name: 'MODE', value: 'secret' },
    { name: 'TICK_SECONDS', value: '1.999' },
    { name: 'TICK_SECONDS', value: '60.001' },
    { name: 'TICK_SECONDS', value: '2.0005' },
    { name: 'TICK_SECONDS', value: '-30' },
    { name: 'TICK_SECONDS', value: 'Infinity' },
    { name: 'TICK_SECONDS', value: '3e1' },
    { name: 'TICK_SECONDS', value: '' },
    { name: 'WINDOW_SECONDS', value: '9.999' },
    { name: 'WINDOW_SECONDS', value: '600.001' },
    { name: 'ROUND_SECONDS', value: '5' },
    { name: 'ROUND_SECONDS', value: '90.5' },
    { name: 'ROUND_SECONDS', value: '3601' },
    { name: 'STREAM_SHARDS', value: '0' },
    { name: 'STREAM_SHARDS', value: '65' },
    { name: 'STREAM_SHARDS', value: '1.5' },
    { name: 'STREAM_SHARDS', value: '' },
    { name: 'STREAM_SHARDS', value: ' 7777 ' },
    { name: 'DATABASE_URL', value: '' },
    { name: 'NEON_FETCH_ENDPOINT', value: 'secret endpoint' },
    { name: 'UPSTASH_REDIS_REST_URL', value: 'secret url' },
    { name: 'UPSTASH_REDIS_REST_TOKEN', value: '' },
    { name: 'ADMIN_KEY', value: 'secret-of-23-characters' },
    { name: 'ADMIN_KEY', value: '' },
    { name: 'BRIDGE_SECRET', value: 'a-secret-of-some-31-characters!' },
    { name: 'BRIDGE_SECRET', value: '' },
    { name: 'INGEST_COLLECTORS', value: 'secret' },
    { name: 'INGEST_COLLECTORS', value: '["secret"]' },
  ])('$name that is "$value", without its value', ({ name, value }) => {
    const message = messageOf({ ...whole, [name]: value })
    expect(message).toMatch(new RegExp(`^Settings make no sense\\. ${name}: .+\\.$`))
    expect(message.slice(message.indexOf(': '))).not.toContain(value === '' ? 'secret' : value)
  })

  test('all that are wrong at once, a sentence each', () => {
    const message = messageOf({ ...whole, MODE: 'x', ADMIN_KEY: 'short', DATABASE_URL: undefined })
    for (const name of ['MODE', 'ADMIN_KEY', 'DATABASE_URL']) expect(message).toContain(`${name}: `)
    expect(message.match(/\w+: [^.]+\.( |$)/g)).toHaveLength(3)
  })

  test('an environment that is none', () => {
    expect(messageOf(undefined)).toMatch(/^Settings make no sense\. The environment: .+\.$/)
  })
})

function messageOf(env: unknown): string {
  try {
    settingsOf(env)
  } catch (error) {
    expect(error).toMatchObject({ name: 'SettingsError', code: 'settings-invalid' })
    return error instanceof Error ? error.message : ''
  }
  throw new Error('expected the settings to be refused')
}
