import { describe, expect, test } from 'vitest'
import { priceResponseSchema, problemSchema } from '../../../src/protocol/wire.ts'
import { aCachedPrice, anApi, btc, eth, sha256Hex, readerKey, startMs } from '../../support/api.ts'
import { anAggregateRow } from '../../support/history.ts'
import { aPriceRecord } from '../../support/price-records.ts'

describe('GET /api/v1/price/{base}', () => {
  test('a cached price is answered after one round trip and nothing else', async () => {
    const { ask, world } = anApi()
    const response = await ask('/api/v1/price/BTC')

    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(priceResponseSchema.parse(await response.json())).toEqual({
      ...aPriceRecord(),
      served_at: startMs,
      stale: false,
      cache: { hit: true, ttl_seconds: 299 },
      rate_limit: { limit: 30, remaining: 29, reset_at: startMs + 60_000 },
    })
    expect(world.diary).toEqual(['admit BTC/USD'])
  })

  test.each(['BTC', 'btc', 'BTC-USD', 'btc_usd', 'BTC%2FUSD', 'btc%2fusd'])(
    '%s names BTC/USD, the first time and the second',
    async (spelling) => {
      const { ask } = anApi()
      for (const _ of [1, 2]) {
        const response = await ask(`/api/v1/price/${spelling}`)
        expect(await response.json()).toMatchObject({ symbol: 'BTC/USD' })
      }
    },
  )

  test('what the cache lacks comes from the feed, with what remains of its life', async () => {
    const { ask, world } = anApi()
    world.cachedPrices.clear()
    world.nowMs = 1_100_500

    const body = priceResponseSchema.parse(await (await ask('/api/v1/price/BTC')).json())
    expect(body).toMatchObject({ price: 97_500.1, seq: 1, cache: { hit: false, ttl_seconds: 200 } })
    expect(world.diary).toEqual(['admit BTC/USD', 'feed BTC/USD'])
  })

  test('a feed that fails is stood in for by the last vote in history, which says so', async () => {
    const { ask, world } = anApi()
    world.cachedPrices.clear()
    world.down.add('feeds')
    world.aggregates.set(btc, anAggregateRow({ timestamp: startMs - 90_000 }))

    const response = await ask('/api/v1/price/BTC')
    expect(response.headers.get('X-Chrono-Degraded')).toBe('feed')
    expect(response.headers.get('ETag')).toBeNull()
    const body = priceResponseSchema.parse(await response.json())
    expect(body).toEqual({
      symbol: 'BTC/USD',
      price: 97_500.1,
      timestamp: startMs - 90_000,
      observed_at: startMs - 90_000,
      sources: ['binance', 'coinbase', 'kraken'],
      confidence: 0.98,
      algorithm: 'weighted-median',
      served_at: startMs,
      stale: true,
      cache: { hit: false, ttl_seconds: 210 },
      rate_limit: { limit: 30, remaining: 29, reset_at: startMs + 60_000 },
    })
    expect(world.diary).toEqual(['admit BTC/USD', 'feed BTC/USD', 'history BTC/USD'])
  })

  test('a feed that says it has no price is believed: history is not asked', async () => {
    const { ask, world } = anApi()
    world.aggregates.set(eth, anAggregateRow({ symbol: eth, timestamp: startMs }))

    const response = await ask('/api/v1/price/ETH')
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('30')
    expect(await response.json()).toMatchObject({ code: 'price-unavailable' })
    expect(world.diary).toEqual(['admit ETH/USD', 'feed ETH/USD'])
  })

  test.each([
    { from: 'feed', ageMs: 300_000, status: 200 },
    { from: 'feed', ageMs: 300_001, status: 503 },
    { from: 'history', ageMs: 300_000, status: 200 },
    { from: 'history', ageMs: 300_001, status: 503 },
  ])('a price from $from that is $ageMs ms old is answered $status', async (row) => {
    const { ask, world } = anApi()
    world.cachedPrices.clear()
    if (row.from === 'history') world.down.add('feeds')
    world.feedPrices.set(btc, aPriceRecord({ timestamp: startMs - row.ageMs }))
    world.aggregates.set(btc, anAggregateRow({ timestamp: startMs - row.ageMs }))
    expect((await ask('/api/v1/price/BTC')).status).toBe(row.status)
  })

  test('a cached price that is too old is not served, whatever its life in the cache', async () => {
    const { ask, world } = anApi()
    world.cachedPrices.set(btc, aCachedPrice({ timestamp: startMs - 300_001, cached_at: startMs }))
    world.feedPrices.clear()
    expect((await ask('/api/v1/price/BTC')).status).toBe(503)
  })

  test('with feeds and database down there is a clear 503, and the log has both reasons', async () => {
    const { ask, world } = anApi()
    world.cachedPrices.clear()
    world.down.add('feeds').add('database')

    const response = await ask('/api/v1/price/BTC')
    expect(response.status).toBe(503)
    expect(problemSchema.parse(await response.json()).code).toBe('price-unavailable')
    expect(world.log.map(({ event }) => event)).toEqual(['feed-failed', 'history-failed'])
  })

  test('a price seen exactly as long ago as allowed is fresh, a millisecond more is stale', async () => {
    const { ask, world } = anApi()
    for (const [ageMs, stale] of [
      [75_000, false],
      [75_001, true],
    ] as const) {
      world.cachedPrices.set(btc, aCachedPrice({ observed_at: startMs - ageMs }))
      expect(await (await ask('/api/v1/price/BTC')).json()).toMatchObject({ stale })
    }
  })

  test.each(['DOGE', 'BTC-EUR', '%F0%9F%A6%86', 'NOT%20A%20SYMBOL', 'A'.repeat(500)])(
    '%s is no feed of ours: 404, and the request counts',
    async (spelling) => {
      const { ask, world } = anApi()
      const response = await ask(`/api/v1/price/${spelling}`)
      expect(response.status).toBe(404)
      expect(response.headers.get('RateLimit-Remaining')).toBe('29')
      expect(await response.json()).toMatchObject({ code: 'feed-unknown' })
      expect(world.diary).toEqual(['admit '])
    },
  )

  test('an unknown feed says nothing to one without a key', async () => {
    const { api } = anApi()
    expect((await api.request('/api/v1/price/DOGE')).status).toBe(401)
  })

  test('an answer that the client already has is a 304 without a body, and it counts', async () => {
    const { ask } = anApi()
    const etag = (await ask('/api/v1/price/BTC')).headers.get('ETag')
    expect(etag).toBe('W/"BTC-USD-1-fresh"')

    for (const named of [etag ?? '', '"other", "BTC-USD-1-fresh"', '*']) {
      const response = await ask('/api/v1/price/BTC', { headers: { 'If-None-Match': named } })
      expect(response.status).toBe(304)
      expect(await response.text()).toBe('')
      expect(response.headers.get('ETag')).toBe(etag)
    }
    const last = await ask('/api/v1/price/BTC', { headers: { 'If-None-Match': '"other"' } })
    expect(last.status).toBe(200)
    expect(last.headers.get('RateLimit-Remaining')).toBe('25')
  })

  test('a new price and a price grown stale are each another entity', async () => {
    const { ask, world } = anApi()
    const tags = new Set<string | null>()
    for (const differing of [{}, { seq: 2 }, { observed_at: startMs - 75_001 }]) {
      world.cachedPrices.set(btc, aCachedPrice(differing))
      tags.add((await ask('/api/v1/price/BTC')).headers.get('ETag'))
    }
    expect(tags.size).toBe(3)
  })

  test('HEAD has the headers of GET and no body, and counts', async () => {
    const { ask } = anApi()
    const response = await ask('/api/v1/price/BTC', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
    expect(response.headers.get('ETag')).toBe('W/"BTC-USD-1-fresh"')
    expect(response.headers.get('RateLimit-Remaining')).toBe('29')
  })

  test('without the cache a price comes from the feed, says so, and nobody is turned away', async () => {
    const { ask, world } = anApi()
    world.down.add('cache')
    const response = await ask('/api/v1/price/BTC')
    expect(response.status).toBe(200)
    expect(response.headers.get('X-Chrono-Degraded')).toBe('cache')
    expect(priceResponseSchema.parse(await response.json()).cache.hit).toBe(false)
    expect(world.diary).toEqual(['admit BTC/USD', 'find key', 'remember key', 'feed BTC/USD'])
    await world.settled()
    expect(world.log).toEqual([
      { event: 'cache-failed', code: 'cache-unreachable' },
      { event: 'key-not-cached', code: 'cache-unreachable' },
    ])
  })

  test('without cache and feed the answer says what it had to do without', async () => {
    const { ask, world } = anApi()
    world.down.add('cache').add('feeds')
    world.aggregates.set(btc, anAggregateRow({ timestamp: startMs }))
    const response = await ask('/api/v1/price/BTC')
    expect(response.status).toBe(200)
    expect(response.headers.get('X-Chrono-Degraded')).toBe('cache, feed')
  })

  test('simulated prices say so', async () => {
    const { ask } = anApi({ settings: { mode: 'replay' } })
    const response = await ask('/api/v1/price/BTC')
    expect(response.headers.get('X-Chrono-Mode')).toBe('replay')
    expect((await ask('/nowhere')).headers.get('X-Chrono-Mode')).toBe('replay')
  })

  test('the cache is asked by the hash of the key, never by the key', async () => {
    const asked: string[] = []
    const { ask } = anApi({
      deps: {
        cache: {
          ...anApiCache(),
          admit: async (hash) => {
            asked.push(hash)
            return {
              key: undefined,
              count: 1,
              resetAtMs: startMs,
              prices: new Map(),
            }
          },
        },
      },
    })
    await ask('/api/v1/price/BTC')
    expect(asked).toEqual([sha256Hex(readerKey)])
  })
})

function anApiCache() {
  const unused = async (): Promise<never> => {
    throw new Error('not asked for')
  }
  return {
    publish: unused,
    read: unused,
    countListeners: unused,
    rememberKey: async () => undefined,
    forgetKey: unused,
    ping: unused,
  }
}
