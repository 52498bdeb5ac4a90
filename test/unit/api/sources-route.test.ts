import { describe, expect, test } from 'vitest'
import {
  roundSourcesResponseSchema,
  sourcesResponseSchema,
} from '../../../src/protocol/wire-provenance.ts'
import { anApi, btc, startMs } from '../../support/api.ts'
import { anAggregateRow } from '../../support/history.ts'
import { aProvenance, aRoundProvenance } from '../../support/provenances.ts'

const rateLimit = { limit: 30, remaining: 29, reset_at: startMs + 60_000 }

describe('GET /api/v1/price/{base}/sources', () => {
  test('tells what the newest vote was made of', async () => {
    const { ask, world } = anApi()
    world.provenances.set(btc, aProvenance())
    const response = await ask('/api/v1/price/btc/sources')
    expect(response.status).toBe(200)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(sourcesResponseSchema.parse(await response.json())).toEqual({
      ...aProvenance(),
      suspected_mirrors: [{ sources: ['a', 'b'], share: 0.9, ticks: 100 }],
      coverage: { checked: 200, held: 190 },
      interval_coverage: { checked: 50, held: 49 },
      served_at: startMs,
      rate_limit: rateLimit,
    })
    expect(world.diary).toEqual(['admit ', 'provenance BTC/USD'])
  })

  test.each(['BTC-USD', 'BTC%2FUSD'])('%s names the same feed', async (spelling) => {
    const { ask, world } = anApi()
    world.provenances.set(btc, aProvenance())
    expect((await ask(`/api/v1/price/${spelling}/sources`)).status).toBe(200)
  })

  test('a vote exactly as old as a price may be is told, and an older one is none', async () => {
    const { ask, world } = anApi()
    world.provenances.set(btc, aProvenance())
    world.nowMs = 1_300_000
    expect((await ask('/api/v1/price/BTC/sources')).status).toBe(200)
    world.nowMs = 1_300_001
    const response = await ask('/api/v1/price/BTC/sources')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'price-unavailable' })
  })

  test.each([
    {
      name: 'a feed that has had no vote',
      path: '/api/v1/price/ETH/sources',
      code: 'price-unavailable',
      status: 503,
    },
    {
      name: 'a feed that we do not price',
      path: '/api/v1/price/NOPE/sources',
      code: 'feed-unknown',
      status: 404,
    },
    {
      name: 'a round that is none',
      path: '/api/v1/price/BTC/sources?round=-1',
      code: 'request-malformed',
      status: 400,
    },
    {
      name: 'a round of which nothing is kept',
      path: '/api/v1/price/BTC/sources?round=8',
      code: 'provenance-unknown',
      status: 404,
    },
  ])('of $name there is nothing to tell', async ({ path, code, status }) => {
    const { ask, world } = anApi()
    world.aggregates.set(btc, anAggregateRow({ voting_round_id: 7 }))
    const response = await ask(path)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code })
  })

  test('tells what the price of a round was made of', async () => {
    const { ask, world } = anApi()
    const provenance = aRoundProvenance()
    world.aggregates.set(btc, anAggregateRow({ voting_round_id: 7, provenance }))
    const response = await ask('/api/v1/price/BTC/sources?round=7')
    expect(roundSourcesResponseSchema.parse(await response.json())).toEqual({
      symbol: btc,
      epoch_id: 7,
      consensus_price: 97_500.1,
      vwap: 97_499,
      twap: 97_498,
      weighted_median: 97_500.1,
      sources_used: ['binance', 'coinbase', 'kraken'],
      ...provenance,
      served_at: startMs,
      rate_limit: rateLimit,
    })
    expect(world.diary).toEqual(['admit ', 'history BTC/USD 7'])
  })

  test('a round whose provenance is not kept any more is told as such', async () => {
    const { ask, world } = anApi()
    world.aggregates.set(btc, anAggregateRow({ voting_round_id: 7 }))
    const response = await ask('/api/v1/price/BTC/sources?round=7')
    expect(await response.json()).toMatchObject({ code: 'provenance-unknown' })
  })

  test.each([
    { down: 'feeds', path: '/api/v1/price/BTC/sources', logged: 'feed-failed' },
    { down: 'database', path: '/api/v1/price/BTC/sources?round=7', logged: 'history-unreachable' },
  ] as const)('while $down do not answer, it says so', async ({ down, path, logged }) => {
    const { ask, world } = anApi()
    world.down.add(down)
    const response = await ask(path)
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('2')
    expect(await response.json()).toMatchObject({ code: 'provenance-unavailable' })
    expect(world.log).toContainEqual({ event: 'provenance-failed', symbol: btc, code: logged })
  })

  test('needs a key', async () => {
    const { api } = anApi()
    const response = await api.request('/api/v1/price/BTC/sources')
    expect(response.status).toBe(401)
  })
})
