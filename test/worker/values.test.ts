/**
 * What a value provider's key was told of a round, over real objects: whole Workers (each with the
 * memory of one isolate) that share nothing but the object.
 */

import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApi } from '../../src/api/app.ts'
import { apiKeyOf, keyBytes } from '../../src/api/credentials.ts'
import type { PriceCache } from '../../src/cache/cache.ts'
import { catalogue } from '../../src/catalogue.ts'
import { roundFeedValuesResponseSchema } from '../../src/protocol/value-provider-wire.ts'
import { worldOf } from '../../src/world.ts'
import { aUuid } from '../support/history.ts'
import { aPriceRecord } from '../support/price-records.ts'
import { aRound, roundStartMs } from '../support/rounds.ts'

const keyId = aUuid(7)
const key = apiKeyOf(new Uint8Array(keyBytes))
const values = () => env.VALUES.getByName(`values:v1:flare:${keyId}`)

const btc = { category: 1, name: 'BTC/USD' }
const eth = { category: 1, name: 'ETH/USD' }

let price = 100

beforeEach(() => {
  price = 100
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(roundStartMs + 70_000)
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

/** Lets everybody in with the key of the test, and brings a price for every feed. */
const admitAt =
  (priceNow: () => number): PriceCache['admit'] =>
  async (_hash, symbols, nowMs) => ({
    key: {
      record: { id: keyId, name: 'provider', limit_per_minute: 600, scopes: ['value-provider'] },
      cachedAtMs: nowMs,
    },
    count: 1,
    resetAtMs: nowMs + 60_000,
    prices: new Map(
      symbols.map((symbol) => {
        const instants = { timestamp: nowMs, observed_at: nowMs, cached_at: nowMs }
        return [symbol, { ...aPriceRecord({ symbol, price: priceNow() }), ...instants }]
      }),
    ),
  })

/** @param priceNow What it finds in its cache. */
async function anIsolate(priceNow = () => price) {
  const settings = {
    DATABASE_URL: 'postgres://user:password@neon.test/main',
    UPSTASH_REDIS_REST_URL: 'https://upstash.test',
    UPSTASH_REDIS_REST_TOKEN: 'token',
  }
  // The objects are real; what the test replaces is enough of what it replaces.
  const world = await worldOf({ ...env, ...settings } as unknown as Env, () => undefined)
  return createApi({ ...world.api, cache: { ...world.api.cache, admit: admitAt(priceNow) } })
}

async function ask(
  isolate: Awaited<ReturnType<typeof anIsolate>>,
  votingRoundId: number = aRound,
  feeds: readonly unknown[] = [btc],
): Promise<Response> {
  return isolate.request(`/vp/${key}/feed-values/${votingRoundId}`, {
    method: 'POST',
    body: JSON.stringify({ feeds }),
  })
}

async function told(...asked: Parameters<typeof ask>) {
  const { data } = roundFeedValuesResponseSchema.parse(await (await ask(...asked)).json())
  return data.map(({ value }) => value)
}

describe('a round', () => {
  test('is what it was first, for another isolate and after an eviction', async () => {
    expect(await told(await anIsolate())).toEqual([100])
    price = 200
    expect(await told(await anIsolate())).toEqual([100])
    await evictDurableObject(values())
    // Another list is told the values of the same instant.
    expect(await told(await anIsolate(), aRound, [eth, btc])).toEqual([100, 100])
    expect(await told(await anIsolate(), aRound + 1)).toEqual([200])
  })

  test('of which two isolates ask first at once has one answer', async () => {
    const isolates = await Promise.all(
      [100, 200, 300, 400].map(async (each) => anIsolate(() => each)),
    )
    const answers = await Promise.all(isolates.map(async (isolate) => (await ask(isolate)).text()))
    expect(new Set(answers).size).toBe(1)
    expect(await (await ask(await anIsolate())).text()).toBe(answers[0])
  })

  test('that the object could not write is not told; the next that asks is told of its own time', async () => {
    const isolate = await anIsolate()
    expect(await told(isolate, aRound - 1)).toEqual([100])
    await runInDurableObject(values(), (_, { storage }) => {
      storage.sql.exec(`CREATE TRIGGER full BEFORE INSERT ON told
        BEGIN SELECT RAISE(FAIL, 'the disk is full'); END`)
    })
    price = 321.25
    const failed = await ask(isolate)
    expect(failed.status).toBe(503)
    const text = await failed.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'values-not-kept' })
    expect(text).not.toContain('321.25')
    expect(await values().recall(aRound)).toBeUndefined()
    // What was written before is told as ever.
    expect(await told(await anIsolate(), aRound - 1)).toEqual([100])

    await runInDurableObject(values(), (_, { storage }) => {
      storage.sql.exec('DROP TRIGGER full')
    })
    price = 400
    expect(await told(isolate)).toEqual([400])
  })

  test('whose object is evicted while it is asked for is told as it was written, or not at all', async () => {
    const answers: Promise<Response>[] = []
    for (const isolate of await Promise.all([1, 2, 3].map(async () => anIsolate()))) {
      answers.push(ask(isolate))
      // As soon as it runs, before or after it has written.
      await vi.waitFor(async () => evictDurableObject(values()), { interval: 1 })
      price += 100
    }
    const written = await told(await anIsolate())
    for (const answer of await Promise.all(answers)) {
      expect([201, 503]).toContain(answer.status)
      if (answer.status === 503) continue
      const { data } = roundFeedValuesResponseSchema.parse(await answer.json())
      expect(data.map(({ value }) => value)).toEqual(written)
    }
  })

  test('0 is not written down', async () => {
    expect(await told(await anIsolate(), 0)).toEqual([100])
    expect(await values().recall(0)).toBeUndefined()
  })
})

describe('the object', () => {
  test('holds all feeds of a round, whichever were asked for', async () => {
    await told(await anIsolate(), aRound, [])
    const body: unknown = JSON.parse((await values().recall(aRound)) ?? '')
    expect(Object.keys(Object(body))).toEqual(
      // A hundred dollars are more than a slot of these can hold.
      catalogue.filter(({ decimals }) => decimals < 8).map(({ symbol }) => symbol),
    )
  })

  test('tells what was told first, whoever tells again', async () => {
    expect(await values().tell(1, '{"a":1}')).toBe('{"a":1}')
    await evictDurableObject(values())
    expect(await values().tell(1, '{"a":2}')).toBe('{"a":1}')
    expect(await values().recall(1)).toBe('{"a":1}')
    expect(await values().recall(2)).toBeUndefined()
  })

  test('forgets in the order of arrival, after five hundred others', async () => {
    const held = await runInDurableObject(values(), (object, { storage }) => {
      object.tell(9_999, 'first')
      // Numbers below, as after a change of the rounds' length: they are newer all the same.
      for (let id = 0; id < 499; id += 1) object.tell(id, 'later')
      const known = object.recall(9_999)
      object.tell(499, 'last')
      const rows = storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM told').one().n
      return { known, gone: object.recall(9_999), rows }
    })
    expect(held).toEqual({ known: 'first', gone: undefined, rows: 500 })
  })
})
