import { describe, expect, test, vi } from 'vitest'
import { problemSchema } from '../../../src/protocol/wire.ts'
import {
  aCachedKey,
  aCachedPrice,
  adminKey,
  aKey,
  aKeyRecord,
  anApi,
  btc,
  readerKey,
  sha256Hex,
  startMs,
  type World,
} from '../../support/api.ts'
import { aPriceRecord } from '../../support/price-records.ts'

const path = '/api/v1/price/BTC'
const hash = sha256Hex(readerKey)

/** Sets the clock; prices are always of now. */
function go(world: World, nowMs: number): void {
  world.nowMs = nowMs
  world.cachedPrices.set(btc, aCachedPrice({ timestamp: nowMs, cached_at: nowMs }))
  world.feedPrices.set(btc, aPriceRecord({ timestamp: nowMs }))
}

function lookUpsIn({ diary }: World): number {
  return diary.filter((line) => line === 'find key').length
}

const unused = async (): Promise<never> => Promise.reject(new Error('not asked for'))
const unusedKeys = { find: unused, create: unused, list: unused, revoke: unused }

/** A key store that is asked and never answers. */
function silentKeys(world: () => World) {
  const find = async (): Promise<never> => {
    world().diary.push('find key')
    return new Promise(() => undefined)
  }
  return { ...unusedKeys, find }
}

describe('keys', () => {
  test.each([{ headers: {} }, { headers: { 'X-API-Key': '' } }])(
    'a request without a key is told where to put it',
    async ({ headers }) => {
      const { api, world } = anApi()
      const response = await api.request(path, { headers })
      expect(response.status).toBe(401)
      expect(response.headers.get('WWW-Authenticate')).toBe('ApiKey header="X-API-Key"')
      expect(response.headers.get('Content-Type')).toBe('application/problem+json')
      expect(problemSchema.parse(await response.json()).code).toBe('key-missing')
      expect(world.diary).toEqual([])
    },
  )

  test('a key that nobody made asks the stores once, and then not for half a minute', async () => {
    const { ask, world } = anApi()
    const headers = { 'X-API-Key': aKey('made-up') }
    for (const _ of [1, 2, 3]) {
      const response = await ask(path, { headers })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code: 'key-unknown' })
    }
    expect(world.diary).toEqual(['admit BTC/USD', 'find key'])

    world.nowMs += 30_000
    await ask(path, { headers })
    expect(world.diary).toHaveLength(4)
  })

  test.each(['garbage', 'x'.repeat(10_000), `${readerKey}-`, readerKey.slice(0, -1)])(
    'what no key looks like is refused without a hash or a question',
    async (text) => {
      const { ask, world } = anApi({
        deps: {
          sha256Hex: async () => {
            throw new Error('not asked for')
          },
        },
      })
      const response = await ask(path, { headers: { 'X-API-Key': text } })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code: 'key-unknown' })
      expect(world.diary).toEqual([])
    },
  )

  test('a key that the cache has forgotten is looked up, and remembered for the next', async () => {
    const { ask, world } = anApi()
    world.cachedKeys.clear()
    expect((await ask(path)).status).toBe(200)
    await world.settled()
    expect(world.diary).toEqual(['admit BTC/USD', 'find key', 'remember key'])
    expect(world.cachedKeys.get(hash)).toEqual(aCachedKey())

    await ask(path)
    expect(world.diary.slice(3)).toEqual(['admit BTC/USD'])
  })

  test('that the cache does not take a key is logged and costs the client nothing', async () => {
    const { ask, world } = anApi({
      deps: {
        cache: {
          publish: async () => undefined,
          read: async () => new Map(),
          countListeners: async () => undefined,
          forgetKey: async () => undefined,
          ping: async () => undefined,
          admit: async () => ({
            key: undefined,
            count: 1,
            resetAtMs: startMs + 60_000,
            prices: new Map(),
          }),
          rememberKey: async () => {
            throw new Error('with a secret in it')
          },
        },
      },
    })
    expect((await ask(path)).status).toBe(200)
    await world.settled()
    expect(world.log).toEqual([{ event: 'key-not-cached', code: 'unexpected' }])
  })

  test('a revoked key is unknown', async () => {
    const { ask, world } = anApi()
    world.cachedKeys.clear()
    world.storedKeys.set(hash, { ...aKeyRecord(), createdAtMs: 1, revokedAtMs: 2 })
    expect(await (await ask(path)).json()).toMatchObject({ code: 'key-unknown' })
  })

  test('a key of another scope may not read, and is told so', async () => {
    const { ask, world } = anApi()
    world.cachedKeys.set(hash, aCachedKey({ scopes: ['value-provider'] }))
    const response = await ask(path)
    expect(response.status).toBe(403)
    expect(response.headers.get('RateLimit-Remaining')).toBe('29')
    expect(await response.json()).toMatchObject({ code: 'scope-missing' })
  })

  test('with the database down, a key that the cache does not know is not judged: 503', async () => {
    const { ask, world } = anApi()
    await ask(path)
    world.cachedKeys.clear()
    world.down.add('database')
    const response = await ask(path)
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('5')
    expect(await response.json()).toMatchObject({ code: 'keys-unavailable' })
  })

  test('a database that is down makes no key unknown', async () => {
    const { ask, world } = anApi()
    world.cachedKeys.clear()
    world.down.add('database')
    await ask(path)
    world.down.clear()
    expect((await ask(path)).status).toBe(200)
  })
})

describe('a key that was confirmed a while ago', () => {
  const freshMs = 300_000

  test('is believed without a question until it is five minutes old, inclusive', async () => {
    const { ask, world } = anApi()
    go(world, world.nowMs + freshMs)
    expect((await ask(path)).status).toBe(200)
    await world.settled()
    expect(world.diary).toEqual(['admit BTC/USD'])
  })

  test('is believed when older, too, and confirmed meanwhile', async () => {
    const { ask, world } = anApi()
    go(world, world.nowMs + freshMs + 1)
    expect((await ask(path)).status).toBe(200)
    await world.settled()
    expect(world.diary).toEqual(['admit BTC/USD', 'find key', 'remember key'])
    expect(world.cachedKeys.get(hash)).toEqual(aCachedKey({}, world.nowMs))

    await ask(path)
    expect(world.diary.slice(3)).toEqual(['admit BTC/USD'])
  })

  test('takes on what the key store says of it now', async () => {
    const { ask, world } = anApi()
    world.storedKeys.set(hash, { ...aKeyRecord({ limit_per_minute: 99 }), createdAtMs: 1 })
    go(world, world.nowMs + freshMs + 1)
    expect((await ask(path)).headers.get('RateLimit-Limit')).toBe('30')
    await world.settled()
    expect((await ask(path)).headers.get('RateLimit-Limit')).toBe('99')
  })

  test('is let in through hours without the database, which is tried every half minute', async () => {
    const { ask, world } = anApi()
    world.down.add('database')
    for (let i = 0; i < 240; i += 1) {
      go(world, startMs + freshMs + 1 + i * 60_000)
      expect((await ask(path)).status).toBe(200)
      go(world, world.nowMs + 29_999)
      expect((await ask(path)).status).toBe(200)
      await world.settled()
    }
    expect(world.diary.filter((line) => line === 'find key')).toHaveLength(240)
    expect(world.cachedKeys.get(hash)).toEqual(aCachedKey())

    world.down.clear()
    go(world, world.nowMs + 1)
    await ask(path)
    await world.settled()
    expect(world.cachedKeys.get(hash)).toEqual(aCachedKey({}, world.nowMs))
  })

  test('that was put back by an answer that its revocation overtook lives one request more', async () => {
    const { ask, world } = anApi()
    const headers = { 'X-API-Key': adminKey }
    await ask(`/admin/v1/keys/${aKeyRecord().id}`, { method: 'DELETE', headers })
    expect(world.cachedKeys.size).toBe(0)
    world.cachedKeys.set(hash, aCachedKey())

    go(world, world.nowMs + freshMs + 1)
    expect((await ask(path)).status).toBe(200)
    await world.settled()
    expect(world.diary.slice(-2)).toEqual(['find key', 'forget key'])
    expect(world.cachedKeys.size).toBe(0)

    world.diary.length = 0
    expect(await (await ask(path)).json()).toMatchObject({ code: 'key-unknown' })
    expect(world.diary).toEqual([])
    go(world, world.nowMs + 30_000)
    expect((await ask(path)).status).toBe(401)
  })
})

test('a key that is revoked while it is looked up is not let in by the look-up', async () => {
  let answered: (key: ReturnType<typeof aKeyRecord>) => void = () => undefined
  const nothing = async (): Promise<never> => Promise.reject(new Error('not asked for'))
  const found = new Promise<ReturnType<typeof aKeyRecord>>((resolve) => (answered = resolve))
  const revoke = async () => hash
  const { ask, world } = anApi({
    deps: { keys: { find: async () => found, revoke, create: nothing, list: nothing } },
  })
  world.cachedKeys.clear()

  const asking = ask(path)
  await expect.poll(() => world.diary).toEqual(['admit BTC/USD'])
  const headers = { 'X-API-Key': adminKey }
  await ask(`/admin/v1/keys/${aKeyRecord().id}`, { method: 'DELETE', headers })
  answered(aKeyRecord())

  expect((await asking).status).toBe(401)
  await world.settled()
  expect(world.cachedKeys.size).toBe(0)
})

describe('the limit', () => {
  test('thirty requests are allowed, the thirty-first is not, and headers count down', async () => {
    const { ask, world } = anApi()
    for (let i = 1; i <= 30; i += 1) {
      world.nowMs = startMs + i * 100
      const response = await ask(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('RateLimit-Limit')).toBe('30')
      expect(response.headers.get('RateLimit-Remaining')).toBe(String(30 - i))
    }

    world.nowMs = startMs + 40_000
    const refused = await ask(path)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('Retry-After')).toBe('21')
    expect(refused.headers.get('RateLimit-Remaining')).toBe('0')
    expect(refused.headers.get('RateLimit-Reset')).toBe('21')
    expect(await refused.json()).toEqual({
      type: 'urn:problem-type:chrono:rate-limited',
      title: 'Too many requests',
      status: 429,
      detail: 'This key may ask 30 times a minute; ask again in 21 s.',
      code: 'rate-limited',
      rate_limit: { limit: 30, remaining: 0, reset_at: startMs + 60_100 },
    })

    world.nowMs = startMs + 60_100
    expect((await ask(path)).headers.get('RateLimit-Remaining')).toBe('29')
  })

  test('a refused client is told to wait a second at least', async () => {
    const { ask, world } = anApi()
    world.cachedKeys.set(hash, aCachedKey({ limit_per_minute: 1 }))
    await ask(path)
    world.nowMs += 59_999
    expect((await ask(path)).headers.get('Retry-After')).toBe('1')
  })

  test('a key has its own limit', async () => {
    const { ask, world } = anApi()
    world.cachedKeys.set(hash, aCachedKey({ limit_per_minute: 2 }))
    const statuses: number[] = []
    for (const _ of [1, 2, 3]) statuses.push((await ask(path)).status)
    expect(statuses).toEqual([200, 200, 429])
  })

  test('every route with a key draws on one limit', async () => {
    const { ask } = anApi()
    await ask(path)
    await ask('/api/v1/prices')
    const response = await ask('/api/v1/aggregate', { method: 'POST', body: 'no json' })
    expect(response.status).toBe(400)
    expect(response.headers.get('RateLimit-Remaining')).toBe('27')
  })
})

describe('without the cache', () => {
  test('this isolate counts alone, as exactly', async () => {
    const { ask, world } = anApi()
    world.down.add('cache')
    for (let i = 1; i <= 30; i += 1) {
      const response = await ask(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('RateLimit-Remaining')).toBe(String(30 - i))
      expect(response.headers.get('RateLimit-Reset')).toBe('60')
    }
    const refused = await ask(path)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('X-Chrono-Degraded')).toBe('cache')
    expect(refused.headers.get('Retry-After')).toBe('60')

    world.nowMs += 60_000
    expect((await ask(path)).status).toBe(200)
  })

  test('a key is looked up once and then believed, within its limit and beyond', async () => {
    const { ask, world } = anApi()
    world.down.add('cache')
    for (let i = 1; i <= 35; i += 1) await ask(path)
    expect(lookUpsIn(world)).toBe(1)
  })

  test('a key heard of within a minute is believed without a question, inclusive', async () => {
    const { ask, world } = anApi()
    await ask(path)
    world.down.add('cache')
    go(world, world.nowMs + 59_999)
    expect((await ask(path)).status).toBe(200)
    expect(lookUpsIn(world)).toBe(0)
  })

  test('one heard of before that is believed, too, and confirmed meanwhile', async () => {
    const { ask, world } = anApi()
    await ask(path)
    world.down.add('cache')
    go(world, world.nowMs + 60_000)
    expect((await ask(path)).status).toBe(200)
    await world.settled()
    expect(lookUpsIn(world)).toBe(1)

    go(world, world.nowMs + 59_999)
    await ask(path)
    expect(lookUpsIn(world)).toBe(1)
  })

  test('an outage of hours turns nobody away whom the database knows', async () => {
    const { ask, world } = anApi()
    await ask(path)
    world.down.add('cache')
    for (let i = 0; i < 240; i += 1) {
      go(world, world.nowMs + 30_000)
      expect((await ask(path)).status).toBe(200)
      await world.settled()
    }
    expect(lookUpsIn(world)).toBe(120)
  })

  test('and with a silent database nobody who is known waits, and it is asked every half minute', async () => {
    const { ask, world } = anApi({ deps: { keys: silentKeys(() => world) } })
    await ask(path)
    world.down.add('cache')
    go(world, world.nowMs + 60_000)
    for (let i = 0; i < 20; i += 1) expect((await ask(path)).status).toBe(200)
    expect(lookUpsIn(world)).toBe(1)
    go(world, world.nowMs + 30_000)
    expect((await ask(path)).status).toBe(200)
    expect(lookUpsIn(world)).toBe(2)
  })

  test('and without the database, keys seen in the last five minutes are believed', async () => {
    const { ask, world } = anApi()
    await ask(path)
    world.down.add('cache').add('database')
    world.nowMs += 299_999
    world.feedPrices.set(btc, aPriceRecord({ timestamp: world.nowMs }))
    expect((await ask(path)).status).toBe(200)

    world.nowMs += 1
    expect(await (await ask(path)).json()).toMatchObject({ code: 'keys-unavailable' })
  })

  test('and without the database, keys never seen are not judged', async () => {
    const { ask, world } = anApi()
    world.down.add('cache').add('database')
    expect((await ask(path)).status).toBe(503)
  })

  test('a key revoked elsewhere is believed for a minute and one request more', async () => {
    const { ask, world } = anApi()
    await ask(path)
    world.down.add('cache')
    world.storedKeys.clear()
    go(world, world.nowMs + 60_000)
    expect((await ask(path)).status).toBe(200)
    await world.settled()
    expect(await (await ask(path)).json()).toMatchObject({ code: 'key-unknown' })
  })
})

describe('look-ups that requests wait for', () => {
  const strangers = (count: number) => Array.from({ length: count }, (_, i) => aKey(`s${i}`))

  test('are fifty at once and fifty a second; beyond, no key is called unknown', async () => {
    const { ask, world } = anApi()
    const statuses: number[] = []
    for (const key of strangers(300)) {
      statuses.push((await ask(path, { headers: { 'X-API-Key': key } })).status)
    }
    expect(statuses).toEqual([...Array(50).fill(401), ...Array(250).fill(503)])
    expect(lookUpsIn(world)).toBe(50)

    world.cachedKeys.clear()
    const refused = await ask(path)
    expect(refused.headers.get('Retry-After')).toBe('1')
    expect(await refused.json()).toMatchObject({ code: 'keys-unavailable' })
    world.nowMs += 1_000
    expect((await ask(path)).status).toBe(200)
  })

  test('however many, keep nobody out whom the cache knows', async () => {
    const { ask } = anApi()
    for (const key of strangers(100)) await ask(path, { headers: { 'X-API-Key': key } })
    expect((await ask(path)).status).toBe(200)
  })

  test('however many, do not make this isolate forget a revocation', async () => {
    const { ask, world } = anApi()
    const headers = { 'X-API-Key': adminKey }
    await ask(`/admin/v1/keys/${aKeyRecord().id}`, { method: 'DELETE', headers })
    // An answer under way puts the key back.
    world.cachedKeys.set(hash, aCachedKey())
    for (const key of strangers(10_100)) {
      world.nowMs += 20
      await ask(path, { headers: { 'X-API-Key': key } })
    }
    expect(lookUpsIn(world)).toBe(10_100)
    expect((await ask(path)).status).toBe(401)
  })

  test('are waited for a second and a half; the answer helps the next request', async () => {
    vi.useFakeTimers()
    try {
      let answer: (key: ReturnType<typeof aKeyRecord>) => void = () => undefined
      const found = new Promise<ReturnType<typeof aKeyRecord>>((resolve) => (answer = resolve))
      const { ask, world } = anApi({ deps: { keys: { ...unusedKeys, find: async () => found } } })
      world.cachedKeys.clear()

      let response: Response | undefined
      const asking = ask(path).then((answered) => (response = answered))
      await vi.advanceTimersByTimeAsync(1_499)
      expect(response).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1)
      await asking
      expect(response?.status).toBe(503)
      expect(response?.headers.get('Retry-After')).toBe('5')
      expect(world.log).toEqual([{ event: 'key-lookup-late', code: 'timed-out' }])

      // The invocation is kept alive until the answer has come.
      let isOver = false
      const over = world.settled().then(() => (isOver = true))
      await vi.advanceTimersByTimeAsync(1_000)
      expect(isOver).toBe(false)
      answer(aKeyRecord())
      await over
      await world.settled()
      expect(world.cachedKeys.get(hash)).toEqual(aCachedKey())
      expect((await ask(path)).status).toBe(200)
    } finally {
      vi.useRealTimers()
    }
  })
})
