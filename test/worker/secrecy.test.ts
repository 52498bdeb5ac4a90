/**
 * What is frozen is a secret until it is revealed: a whole Worker over real objects freezes a round,
 * and everything that it says to anybody but the bridge is searched for the vector.
 */

import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createApi } from '../../src/api/app.ts'
import { apiKeyOf, keyBytes } from '../../src/api/credentials.ts'
import { catalogue } from '../../src/catalogue.ts'
import {
  frozenRoundSchema,
  leaseSchema,
  type SubmissionReport,
} from '../../src/protocol/bridge-wire.ts'
import { encodeFeedValues } from '../../src/protocol/feed-values.ts'
import { roundRecordSchema } from '../../src/protocol/wire-rest.ts'
import { type World, worldOf } from '../../src/world.ts'
import { bridgeHeard, bridgeRequest, bridgeSecret } from '../support/bridge.ts'
import { coinbaseAnswer, coinbaseProduct, krakenAnswer, krakenPair } from '../support/exchanges.ts'
import { aUuid } from '../support/history.ts'
import { anOrderedFeed, aReport, aRound, roundStartMs } from '../support/rounds.ts'

const publicPrice = 68_000
const secretPrice = 67_891.23
const feeds = [anOrderedFeed('BTC', 2), anOrderedFeed('ETH', 3)]
const random = `0x${'c0ffee'.repeat(10)}abcd`

/** However the price of the freeze may be written: in dollars, in eight decimals, as on chain. */
const secrets = [
  String(secretPrice),
  '6789123',
  encodeFeedValues([{ price: secretPrice, decimals: 2 }]).values.slice(2),
  random.slice(2),
]

let venuePrice = publicPrice
/** Everything that was said to anybody but the bridge. */
const told: string[] = []
let world: World
let api: ReturnType<typeof createApi>

beforeEach(async () => {
  told.length = 0
  venuePrice = publicPrice
  vi.useFakeTimers({ toFake: ['Date'] })
  at(0)
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    told.push(line)
  })
  vi.spyOn(globalThis, 'fetch').mockImplementation(network)
  const settings = {
    DATABASE_URL: 'postgres://user:password@neon.test/main',
    UPSTASH_REDIS_REST_URL: 'https://upstash.test',
    UPSTASH_REDIS_REST_TOKEN: 'token',
    BRIDGE_SECRET: bridgeSecret,
    // What is spilled stays in the bucket: no consumer takes it away.
    SPILL: { send: async () => undefined },
  }
  // The objects and the bucket are real; what the test replaces is enough of what it replaces.
  world = await worldOf({ ...env, ...settings } as unknown as Env, () => undefined)
  api = createApi({
    ...world.api,
    cache: {
      ...world.api.cache,
      admit: async () => ({ key: aKey, count: 1, resetAtMs: Infinity, prices: new Map() }),
    },
  })
})

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

const readerKey = apiKeyOf(new Uint8Array(keyBytes))

const aKey = {
  record: {
    id: aUuid(1),
    name: 'reader',
    limit_per_minute: 100_000,
    scopes: ['read', 'value-provider'],
  },
  cachedAtMs: roundStartMs,
} as const

function at(sec: number): void {
  vi.setSystemTime(roundStartMs + sec * 1_000)
}

/** Two venues with one price; stores that are down, so that everything goes to the spill too. */
async function network(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init)
  switch (new URL(request.url).host) {
    case 'api.coinbase.com':
      return Response.json(coinbaseAnswer(coinbaseProduct({ price: String(venuePrice) })))
    case 'api.kraken.com': {
      const pair = krakenPair({
        a: [String(venuePrice), '1', '1'],
        b: [String(venuePrice), '1', '1'],
        c: [String(venuePrice), '1'],
      })
      return Response.json(krakenAnswer({ XXBTZUSD: pair }))
    }
    default:
      told.push(await request.text())
      return new Response('down', { status: 503 })
  }
}

async function bridge(path: string, body: unknown) {
  const request = await bridgeRequest(path, { body, timeMs: Date.now() })
  return bridgeHeard(request, await api.fetch(request.clone()))
}

/** Asks every route that can be read, about whatever there is. */
async function askEverything(): Promise<number> {
  const document = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(await (await api.request('/openapi.json')).json())
  const paths = Object.entries(document.paths).filter(([, methods]) => 'get' in methods)
  const asked = paths.flatMap(([path]) => [
    path.replace('{base}', 'BTC').replace('{id}', String(aRound)),
    path.replace('{base}', 'ETH').replace('{id}', String(aRound + 1)),
  ])
  const ofRound = `/api/v1/price/BTC/sources?round=${aRound}`
  for (const path of [...asked, ofRound, '/openapi.json', '/metrics', '/nothing']) {
    const response = await api.request(path, { headers: { 'X-API-Key': readerKey } })
    told.push(JSON.stringify([...response.headers]), await response.text())
    if (!/admin|nothing|metrics/.test(path))
      expect([200, 400, 404, 426, 503]).toContain(response.status)
  }
  // A value provider is told what everybody may know, also of the round that is frozen.
  for (const path of [`/feed-values/${aRound}`, '/feed-values/0', '/volumes/']) {
    const body = JSON.stringify({ feeds: [{ category: 1, name: 'BTC/USD' }] })
    const answer = await api.request(`/vp/${readerKey}${path}`, { method: 'POST', body })
    expect(answer.status).toBe(201)
    told.push(JSON.stringify([...answer.headers]), await answer.text())
  }
  return paths.length
}

async function spilled(): Promise<readonly string[]> {
  const { objects } = await env.ARCHIVE.list()
  return Promise.all(
    objects.map(async ({ key }) => (await (await env.ARCHIVE.get(key))?.text()) ?? ''),
  )
}

function leaks(texts: readonly string[] = told): readonly string[] {
  return texts.filter((text) => secrets.some((secret) => text.includes(secret)))
}

async function listen(): Promise<void> {
  const stream = env.STREAM.getByName('stream:v1:0')
  const { webSocket } = await stream.fetch('https://stream.test/ws', {
    headers: { Upgrade: 'websocket' },
  })
  webSocket?.addEventListener('message', ({ data }) => {
    told.push(String(data))
  })
  webSocket?.accept()
  webSocket?.send(JSON.stringify({ action: 'subscribe', symbols: ['BTC', 'ETH'] }))
}

/** Freezes the round at second 70, at a price that nobody else has heard of. */
async function freeze() {
  at(60)
  await world.cron.tick(Date.now(), 30_000)
  at(70)
  venuePrice = secretPrice
  const lease = await bridge('/bridge/v1/lease', { holder: 'bridge-a' })
  const { fencing_token } = leaseSchema.parse(lease.body)
  const request = { fencing_token, attended: false, feeds }
  const frozen = await bridge(`/bridge/v1/rounds/${aRound}/freeze`, request)
  expect(frozen).toMatchObject({ status: 200, isSigned: true })
  venuePrice = publicPrice
  return { frozen, request }
}

async function report(differing: Partial<SubmissionReport>): Promise<void> {
  const answer = await bridge('/bridge/v1/reports', { reports: [aReport(differing)] })
  expect(answer).toMatchObject({ status: 200, isSigned: true })
}

test('a round that is frozen and not revealed is nowhere to be found', async () => {
  await listen()
  const { frozen, request } = await freeze()
  const { entries } = frozenRoundSchema.parse(frozen.body)
  expect(entries).toMatchObject([{ price: secretPrice }, { id: feeds[1]?.id }])
  expect(leaks([frozen.text])).toHaveLength(1)

  // The bridge's own slips, and the answers to them.
  for (const [path, body] of [
    [`/bridge/v1/rounds/${aRound}/freeze`, { ...request, fencing_token: 9 }],
    [`/bridge/v1/rounds/${aRound}/freeze`, { ...request, feeds: feeds.toReversed() }],
    ['/bridge/v1/reports', { reports: [{ ...aReport(), random }] }],
  ] as const) {
    const answer = await bridge(path, body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    told.push(answer.text)
  }
  expect(await askEverything()).toBeGreaterThan(8)
  // Nor is it in history, the spill or the cache while the round is open.
  expect(leaks(await spilled())).toEqual([])

  at(80)
  await report({})
  await askEverything()
  at(90)
  await world.cron.closeRound(aRound, Date.now())
  await world.cron.tick(Date.now(), 30_000)
  const insertedAtEnd = leaks()
  expect(insertedAtEnd.every((text) => text.includes('INSERT INTO price_feeds'))).toBe(true)
  expect(leaks(await spilled())).toHaveLength(1)

  const hidden = await api.request(`/api/v1/rounds/${aRound}`, {
    headers: { 'X-API-Key': readerKey },
  })
  expect(hidden.status).toBe(404)
  expect(await hidden.json()).toMatchObject({ code: 'round-not-revealed' })

  // From here on history has the quotes; what is read still says nothing.
  told.length = 0
  at(95)
  await report({ id: aUuid(2), kind: 'submit2', status: 'sent' })
  await askEverything()
  await vi.waitFor(() => {
    expect(told.some((text) => text.includes('"submit2"'))).toBe(true)
  })
  expect(leaks()).toEqual([])
  expect(told.some((text) => text.includes(String(publicPrice)))).toBe(true)
})

test('the round is told, as it was frozen, when the reveal is confirmed', async () => {
  const { frozen } = await freeze()
  at(102)
  await report({ id: aUuid(3), kind: 'submit2' })
  const response = await api.request(`/api/v1/rounds/${aRound}`, {
    headers: { 'X-API-Key': readerKey },
  })
  expect(response.status).toBe(200)
  expect(roundRecordSchema.parse(await response.json())).toMatchObject({
    epoch_id: aRound,
    prices: [{ symbol: 'BTC/USD', price: '6789123000000', value: 6_789_123, decimals: 2 }],
    timestamp: frozen.body.frozen_at,
    signature: aReport().signature,
  })
  const again = await bridge(`/bridge/v1/rounds/${aRound}/freeze`, {
    fencing_token: 1,
    attended: false,
    feeds,
  })
  expect(again.text).toBe(frozen.text)
})

test('two freezes at once make one vector', async () => {
  at(70)
  await bridge('/bridge/v1/lease', { holder: 'bridge-a' })
  const request = {
    fencing_token: 1,
    attended: false,
    feeds: catalogue.map(({ symbol, decimals }) => anOrderedFeed(symbol, decimals)),
  }
  const answers = await Promise.all(
    [1, 2, 3].map(async (nth) => {
      venuePrice = publicPrice + nth
      return bridge(`/bridge/v1/rounds/${aRound}/freeze`, request)
    }),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
})
