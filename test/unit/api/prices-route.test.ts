import { describe, expect, test } from 'vitest'
import { pricesResponseSchema } from '../../../src/protocol/wire-rest.ts'
import { aCachedPrice, anApi, btc, eth, flr, startMs } from '../../support/api.ts'
import { aPriceRecord } from '../../support/price-records.ts'

describe('GET /api/v1/prices', () => {
  test('without symbols it has all feeds, in the order of the catalogue, in one round trip', async () => {
    const { ask, world } = anApi()
    world.cachedPrices.set(flr, aCachedPrice({ symbol: flr }))
    world.cachedPrices.set(eth, aCachedPrice({ symbol: eth, observed_at: startMs - 75_001 }))

    const response = await ask('/api/v1/prices')
    expect(pricesResponseSchema.parse(await response.json())).toEqual({
      prices: [
        { ...aPriceRecord(), stale: false },
        { ...aPriceRecord({ symbol: eth, observed_at: startMs - 75_001 }), stale: true },
        { ...aPriceRecord({ symbol: flr }), stale: false },
      ],
      missing: [],
      served_at: startMs,
      rate_limit: { limit: 30, remaining: 29, reset_at: startMs + 60_000 },
    })
    expect(response.headers.get('RateLimit-Remaining')).toBe('29')
    expect(world.diary).toEqual(['admit BTC/USD,ETH/USD,FLR/USD'])
  })

  test('with symbols it has those, as asked for, each once', async () => {
    const { ask, world } = anApi()
    world.cachedPrices.set(eth, aCachedPrice({ symbol: eth }))
    const body = pricesResponseSchema.parse(
      await (await ask('/api/v1/prices?symbols=eth,BTC-USD,,ETH%2FUSD&symbols=btc')).json(),
    )
    expect(body.prices.map(({ symbol }) => symbol)).toEqual([eth, btc])
    expect(world.diary).toEqual(['admit ETH/USD,BTC/USD'])
  })

  test('what the cache lacks comes from the feeds; what nobody has, or knows, is missing', async () => {
    const { ask, world } = anApi()
    world.feedPrices.set(eth, aPriceRecord({ symbol: eth }))
    world.feedPrices.set(flr, aPriceRecord({ symbol: flr, timestamp: startMs - 300_001 }))

    const response = await ask('/api/v1/prices?symbols=BTC,ETH,FLR,DOGE')
    const body = pricesResponseSchema.parse(await response.json())
    expect(body.prices.map(({ symbol }) => symbol)).toEqual([btc, eth])
    expect(body.missing).toEqual([flr, 'DOGE/USD'])
    expect(world.diary).toEqual(['admit BTC/USD,ETH/USD,FLR/USD', 'feed ETH/USD', 'feed FLR/USD'])
    expect(response.headers.get('X-Chrono-Degraded')).toBeNull()
  })

  test('feeds that fail are missing, the answer says why, and history is left in peace', async () => {
    const { ask, world } = anApi()
    world.down.add('feeds')
    const response = await ask('/api/v1/prices')
    expect(response.status).toBe(200)
    expect(response.headers.get('X-Chrono-Degraded')).toBe('feed')
    expect(pricesResponseSchema.parse(await response.json()).missing).toEqual([eth, flr])
    expect(world.diary).not.toContain('history ETH/USD')
  })

  test('a cached price that is too old is not listed', async () => {
    const { ask, world } = anApi()
    world.cachedPrices.set(btc, aCachedPrice({ timestamp: startMs - 300_001 }))
    world.feedPrices.clear()
    expect(pricesResponseSchema.parse(await (await ask('/api/v1/prices')).json()).prices).toEqual(
      [],
    )
  })

  test('without the cache all come from the feeds', async () => {
    const { ask, world } = anApi()
    world.down.add('cache')
    const response = await ask('/api/v1/prices?symbols=BTC')
    expect(response.headers.get('X-Chrono-Degraded')).toBe('cache')
    expect(pricesResponseSchema.parse(await response.json()).prices).toHaveLength(1)
  })

  test.each([
    { query: 'symbols=', code: 'request-malformed' },
    { query: 'symbols=,,', code: 'request-malformed' },
    { query: 'symbols=BTC,$$$', code: 'symbol-malformed' },
    {
      query: `symbols=${Array.from({ length: 201 }, (_, i) => `S${i}`).join()}`,
      code: 'request-malformed',
    },
  ])('"$query" makes no sense, and counts', async ({ query, code }) => {
    const { ask } = anApi()
    const response = await ask(`/api/v1/prices?${query}`)
    expect(response.status).toBe(400)
    expect(response.headers.get('RateLimit-Remaining')).toBe('29')
    expect(await response.json()).toMatchObject({ code })
  })

  test('two hundred symbols are as many as one may name', async () => {
    const { ask } = anApi()
    const symbols = Array.from({ length: 200 }, (_, i) => `S${i}`).join()
    expect((await ask(`/api/v1/prices?symbols=${symbols}`)).status).toBe(200)
  })
})
