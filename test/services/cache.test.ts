import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CachedKey, CachedPrice, PriceCache } from '../../src/cache/cache.ts'
import { sessionsTtlSec, upstashCache } from '../../src/cache/upstash.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'
import { priceTtlSec, priceUpdateSchema } from '../../src/protocol/wire.ts'
import { startUpstash, type Upstash } from '../../local/upstash.ts'
import { aPriceRecord } from '../support/price-records.ts'
import { ask, heardOn, pipeline } from '../support/upstash.ts'

const [btc, eth] = [feedSymbol('BTC'), feedSymbol('ETH')]
const keyHash = 'ab'.repeat(32)
const nowMs = 1_000_000
const key: CachedKey = {
  record: {
    id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
    name: 'demo',
    limit_per_minute: 30,
    scopes: ['read'],
  },
  cachedAtMs: nowMs - 5,
}

let upstash: Upstash
let cache: PriceCache
beforeAll(async () => {
  upstash = await startUpstash({ port: 0, token: 'local-token' })
  cache = upstashCache(upstash)
})
afterAll(() => upstash.stop())
beforeEach(() => ask(upstash, '/flushall'))

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

/** A cache behind a server that answers as told; it counts the requests that reach it. */
async function cacheBehind(answer: RequestListener, clock: () => number = Date.now) {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  const url = `http://127.0.0.1:${address.port}`
  const settings = { url, token: 'local-token', timeoutMs: 200, nowMs: clock }
  return { cache: upstashCache(settings), requests }
}

/** Answers every request with JSON, whatever it asked. */
function always(json: unknown, status = 200): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof json === 'string' ? json : JSON.stringify(json))
  }
}

describe('admit', () => {
  test('counts exactly: request 30 is the 30th, request 31 the 31st, all in one window', async () => {
    const admissions = []
    for (let i = 0; i < 31; i++) admissions.push(await cache.admit(keyHash, [btc], nowMs))

    expect(admissions.map(({ count }) => count)).toEqual(
      Array.from({ length: 31 }, (_, i) => i + 1),
    )
    for (const { resetAtMs } of admissions) {
      expect(resetAtMs).toBeGreaterThan(nowMs + 50_000)
      expect(resetAtMs).toBeLessThanOrEqual(nowMs + 60_000)
    }
  })

  test('counts exactly when requests come all at once', async () => {
    const requests = Array.from({ length: 40 }, () => cache.admit(keyHash, [], nowMs))
    const counts = (await Promise.all(requests)).map(({ count }) => count)
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
  })

  test('counts each key for itself', async () => {
    await cache.admit(keyHash, [], nowMs)
    expect(await cache.admit('cd'.repeat(32), [], nowMs)).toMatchObject({ count: 1 })
  })

  test('the window begins with the first request and ends when it said it would', async () => {
    await cache.admit(keyHash, [], nowMs)
    // As if 59.9 of the 60 seconds had passed.
    await ask(upstash, '/', ['PEXPIRE', `rate:${keyHash}`, 100])

    const last = await cache.admit(keyHash, [], nowMs)
    expect(last.count).toBe(2)
    expect(last.resetAtMs).toBeLessThanOrEqual(nowMs + 100)

    await expect
      .poll(() => ask(upstash, `/exists/rate:${keyHash}`))
      .toMatchObject({ json: { result: 0 } })
    const first = await cache.admit(keyHash, [], nowMs)
    expect(first.count).toBe(1)
    expect(first.resetAtMs).toBeGreaterThan(nowMs + 50_000)
  })

  test('gives a window that lost its end another one', async () => {
    await ask(upstash, '/', ['SET', `rate:${keyHash}`, 7])
    const admission = await cache.admit(keyHash, [], nowMs)
    expect(admission.count).toBe(8)
    expect(admission.resetAtMs).toBeLessThanOrEqual(nowMs + 60_000)
    expect(admission.resetAtMs).toBeGreaterThan(nowMs + 50_000)
  })

  test.each([
    { name: 'ended while it was counted', pttl: -2, resetAtMs: nowMs },
    { name: 'has no end', pttl: -1, resetAtMs: nowMs + 60_000 },
    { name: 'ends this instant', pttl: 0, resetAtMs: nowMs },
  ])('a window that $name resets at $resetAtMs', async ({ pttl, resetAtMs }) => {
    const replies = [{ result: 3 }, { result: 0 }, { result: pttl }, { result: null }]
    const { cache } = await cacheBehind(always(replies))
    expect(await cache.admit(keyHash, [], nowMs)).toMatchObject({ count: 3, resetAtMs })
  })

  test('takes one round trip', async () => {
    const results = [1, 1, 60_000, null, [null, null]]
    const { cache, requests } = await cacheBehind(always(results.map((result) => ({ result }))))
    await cache.admit(keyHash, [btc, eth], nowMs)
    expect(requests).toEqual(['/pipeline'])
  })

  test('knows a key that was remembered, for a day or until it is forgotten', async () => {
    expect((await cache.admit(keyHash, [], nowMs)).key).toBeUndefined()
    await cache.rememberKey(keyHash, key)
    expect((await cache.admit(keyHash, [], nowMs)).key).toEqual(key)
    expect(await ask(upstash, `/ttl/key:${keyHash}`)).toMatchObject({ json: { result: 86_400 } })
    await cache.forgetKey(keyHash)
    expect((await cache.admit(keyHash, [], nowMs)).key).toBeUndefined()
  })

  test('takes a key that does not say when it was confirmed for none', async () => {
    await ask(upstash, '/', ['SET', `key:${keyHash}`, JSON.stringify(key.record)])
    expect((await cache.admit(keyHash, [], nowMs)).key).toBeUndefined()
  })

  test('brings those of the prices that are there', async () => {
    await cache.publish([aPriceRecord()], nowMs)
    const { prices } = await cache.admit(keyHash, [btc, eth], nowMs)
    expect(prices).toEqual(new Map([[btc, { ...aPriceRecord(), cached_at: nowMs }]]))
  })

  test.each([
    { name: 'no JSON', set: (key: string) => ['SET', key, '<html>'] },
    { name: 'of another shape', set: (key: string) => ['SET', key, '{"price":0}'] },
    { name: 'a bare number', set: (key: string) => ['SET', key, '97500'] },
    { name: 'a hash', set: (key: string) => ['HSET', key, 'a', '1'] },
  ])('takes a value that is $name for none', async ({ set }) => {
    await pipeline(upstash, [set('price:BTC:latest'), set(`key:${keyHash}`)])
    const { key, prices, count } = await cache.admit(keyHash, [btc], nowMs)
    expect({ key, prices, count }).toEqual({ key: undefined, prices: new Map(), count: 1 })
  })

  test('takes the price of another quote currency for none', async () => {
    await cache.publish([aPriceRecord({ symbol: feedSymbol('BTC/EUR') })], nowMs)
    expect((await cache.admit(keyHash, [btc], nowMs)).prices).toEqual(new Map())
  })

  test('refuses to guess a count that cannot be counted on', async () => {
    await ask(upstash, '/', ['SET', `rate:${keyHash}`, 'many'])
    await expect(cache.admit(keyHash, [], nowMs)).rejects.toMatchObject({
      name: 'CacheError',
      code: 'cache-refused',
    })
  })
})

describe('publish', () => {
  test('keeps each price for 300 seconds, whatever was there', async () => {
    await ask(upstash, '/', ['SET', 'price:ETH:latest', 'old'])
    await cache.publish([aPriceRecord(), aPriceRecord({ symbol: eth, price: 3_000 })], nowMs)

    const cached: CachedPrice = { ...aPriceRecord({ symbol: eth, price: 3_000 }), cached_at: nowMs }
    expect((await cache.read([eth, btc])).get(eth)).toEqual(cached)
    expect(
      await pipeline(upstash, [
        ['TTL', 'price:BTC:latest'],
        ['TTL', 'price:ETH:latest'],
      ]),
    ).toEqual([{ result: priceTtlSec }, { result: priceTtlSec }])
  })

  test('is heard as one message by whoever subscribed', async () => {
    const leaving = new AbortController()
    const heard = heardOn(upstash, 'prices', leaving.signal)
    await heard.next()

    const records = [aPriceRecord(), aPriceRecord({ symbol: eth, seq: 2 })]
    await cache.publish(records, nowMs)
    await cache.publish([], nowMs)
    await cache.publish([aPriceRecord({ seq: 2 })], nowMs)

    const updates = await updatesOf(heard)
    expect(updates).toEqual(records.map((data) => ({ type: 'price_update', data })))
    expect(await updatesOf(heard)).toMatchObject([{ data: { seq: 2 } }])
    leaving.abort()
  })

  test('of no prices asks nothing', async () => {
    const { cache, requests } = await cacheBehind(always([]))
    await cache.publish([], nowMs)
    expect(await cache.read([])).toEqual(new Map())
    expect(requests).toEqual([])
  })

  test('of two hundred feeds is one request', async () => {
    const { cache, requests } = await cacheBehind(always(Array(201).fill({ result: 'OK' })))
    const records = Array.from({ length: 200 }, (_, i) =>
      aPriceRecord({ symbol: feedSymbol(`S${i}`) }),
    )
    await cache.publish(records, nowMs)
    expect(requests).toEqual(['/pipeline'])
  })
})

test('counts of listeners replace those of before, and are forgotten unless renewed', async () => {
  await cache.countListeners(
    new Map([
      ['0', 12],
      ['1', 3],
    ]),
  )
  await cache.countListeners(new Map([['0', 13]]))
  expect(
    await pipeline(upstash, [
      ['HGETALL', 'ws:sessions'],
      ['TTL', 'ws:sessions'],
    ]),
  ).toEqual([{ result: ['0', '13'] }, { result: sessionsTtlSec }])
  await cache.countListeners(new Map())
  expect(await ask(upstash, '/exists/ws:sessions')).toMatchObject({ json: { result: 0 } })
})

describe('a cache that fails', () => {
  test('by a wrong token has refused, and does not repeat the token', async () => {
    const { url } = upstash
    const failure: unknown = await upstashCache({ url, token: 'wrong-token' })
      .admit(keyHash, [btc], nowMs)
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'CacheError', code: 'cache-refused' })
    expect(String(failure)).toContain('WRONGPASS invalid or missing auth token')
    expect(JSON.stringify([failure, String(failure)])).not.toMatch(/wrong-token|127\.0\.0\.1/)
  })

  test('by silence has timed out, once', async () => {
    const { cache, requests } = await cacheBehind(() => {
      // Never answers.
    })
    await expect(cache.ping()).rejects.toMatchObject({ code: 'cache-timed-out' })
    expect(requests).toHaveLength(1)
  })

  test('by stopping in the middle of its answer has timed out', async () => {
    const { cache } = await cacheBehind((_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('[{"result":')
    })
    await expect(cache.ping()).rejects.toMatchObject({ code: 'cache-timed-out' })
  })

  test('by not being there is unreachable', async () => {
    const gone = await startUpstash({ port: 0, token: 'local-token' })
    await gone.stop()
    await expect(upstashCache(gone).ping()).rejects.toMatchObject({ code: 'cache-unreachable' })
  })

  test('by hanging up is not asked again, since it may have counted', async () => {
    const { cache, requests } = await cacheBehind((request) => {
      request.socket.destroy()
    })
    await expect(cache.admit(keyHash, [btc], nowMs)).rejects.toMatchObject({
      code: 'cache-unreachable',
    })
    expect(requests).toHaveLength(1)
  })

  test.each([
    { name: 'HTML', answer: always('<html>'), code: 'cache-malformed' },
    { name: 'HTML and a 502', answer: always('<html>', 502), code: 'cache-malformed' },
    { name: 'too few replies', answer: always([{ result: 1 }]), code: 'cache-malformed' },
    {
      name: 'a count that is none',
      answer: always([{ result: 'x' }, { result: 1 }, { result: 1 }, { result: null }]),
      code: 'cache-malformed',
    },
    { name: 'an error', answer: always({ error: 'ERR limit' }, 429), code: 'cache-refused' },
  ])('by answering $name says $code', async ({ answer, code }) => {
    const { cache } = await cacheBehind(answer)
    await expect(cache.admit(keyHash, [], nowMs)).rejects.toMatchObject({ code })
  })

  test('to keep a price has failed to publish', async () => {
    const replies = [{ result: 'OK' }, { error: 'OOM command not allowed' }]
    const { cache } = await cacheBehind(always(replies))
    await expect(cache.publish([aPriceRecord()], nowMs)).rejects.toMatchObject({
      code: 'cache-refused',
      message: 'The cache refused a command: OOM command not allowed.',
    })
  })
})

describe('a cache that was silent', () => {
  const admission = [1, 1, 60_000, null].map((result) => ({ result }))
  const pong = [{ result: 'PONG' }]

  /** A cache whose server hangs or answers as the test says, by the test's own clock. */
  async function aFickleCache() {
    const world: { nowMs: number; mood: 'silent' | 'cut' | 'well' | 'refusing' } = {
      nowMs: 0,
      mood: 'silent',
    }
    const { cache, requests } = await cacheBehind(
      (request, response) => {
        if (world.mood === 'cut') request.socket.destroy()
        if (world.mood === 'refusing') always({ error: 'ERR limit' }, 429)(request, response)
        if (world.mood !== 'well') return
        let body = ''
        request.on('data', (chunk: Buffer) => (body += chunk.toString()))
        request.on('end', () => {
          always(body.toLowerCase().includes('incr') ? admission : pong)(request, response)
        })
      },
      () => world.nowMs,
    )
    const admit = async () => cache.admit(keyHash, [], nowMs)
    const failed = async (code: string) =>
      expect(admit()).rejects.toMatchObject({ name: 'CacheError', code })
    return { world, cache, requests, admit, failed }
  }

  test.each([
    { mood: 'silent', code: 'cache-timed-out' },
    { mood: 'cut', code: 'cache-unreachable' },
  ] as const)('twice ($mood) is not asked for two seconds', async ({ mood, code }) => {
    const { world, requests, admit, failed } = await aFickleCache()
    world.mood = mood
    await failed(code)
    await failed(code)
    world.mood = 'well'
    world.nowMs = 1_999
    for (const _ of [1, 2, 3]) await failed('cache-unreachable')
    expect(requests).toHaveLength(2)

    world.nowMs = 2_000
    expect(await admit()).toMatchObject({ count: 1 })
    expect(await admit()).toMatchObject({ count: 1 })
    expect(requests).toHaveLength(4)
  })

  test('is asked by one of many when the time has come', async () => {
    const { world, requests, admit, failed } = await aFickleCache()
    world.mood = 'cut'
    await failed('cache-unreachable')
    await failed('cache-unreachable')
    world.mood = 'well'
    world.nowMs = 2_000
    const outcomes = await Promise.allSettled([admit(), admit(), admit()])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(requests).toHaveLength(3)
  })

  test('is pinged all the same, and an answer to that is the end of it', async () => {
    const { world, cache, requests, admit, failed } = await aFickleCache()
    await failed('cache-timed-out')
    await failed('cache-timed-out')
    await expect(cache.ping()).rejects.toMatchObject({ code: 'cache-timed-out' })
    await failed('cache-unreachable')

    world.mood = 'well'
    await cache.ping()
    expect(await admit()).toMatchObject({ count: 1 })
    expect(requests).toHaveLength(5)
  })

  test('is told of a revocation, of prices and of listeners all the same', async () => {
    const { world, cache, requests, failed } = await aFickleCache()
    world.mood = 'cut'
    await failed('cache-unreachable')
    await failed('cache-unreachable')
    const unreachable = { code: 'cache-unreachable' }
    await expect(cache.forgetKey(keyHash)).rejects.toMatchObject(unreachable)
    await expect(cache.publish([aPriceRecord()], nowMs)).rejects.toMatchObject(unreachable)
    await expect(cache.countListeners(new Map())).rejects.toMatchObject(unreachable)
    expect(requests).toHaveLength(5)

    await expect(cache.read([btc])).rejects.toMatchObject(unreachable)
    await expect(cache.rememberKey(keyHash, key)).rejects.toMatchObject(unreachable)
    expect(requests).toHaveLength(5)
  })

  test('is no cache that refuses: that answers, and is asked each time', async () => {
    const { world, requests, failed } = await aFickleCache()
    world.mood = 'refusing'
    for (const _ of [1, 2, 3, 4]) await failed('cache-refused')
    expect(requests).toHaveLength(4)
  })

  test('once is asked again, and a refusal between two silences is an answer', async () => {
    const { world, requests, failed } = await aFickleCache()
    for (const mood of ['cut', 'refusing', 'cut', 'refusing'] as const) {
      world.mood = mood
      await failed(mood === 'cut' ? 'cache-unreachable' : 'cache-refused')
    }
    expect(requests).toHaveLength(4)
  })
})

test('a cache that answers is alive', async () => {
  await expect(cache.ping()).resolves.toBeUndefined()
})

/** The next message of a subscription, as its readers parse it. */
async function updatesOf(heard: AsyncGenerator<string>) {
  const line = String((await heard.next()).value)
  expect(line).toMatch(/^data: message,prices,/)
  const json: unknown = JSON.parse(line.slice('data: message,prices,'.length))
  return priceUpdateSchema.array().parse(json)
}
