import { describe, expect, test } from 'vitest'
import { statusSchema } from '../../../src/protocol/status.ts'
import { feedsResponseSchema, healthResponseSchema } from '../../../src/protocol/wire-rest.ts'
import { anApi } from '../../support/api.ts'

describe('GET /api/v1/feeds', () => {
  test('lists the catalogue with the ids that the chain knows, to anyone', async () => {
    const { api, world } = anApi()
    const response = await api.request('/api/v1/feeds')
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=60')
    const { feeds } = feedsResponseSchema.parse(await response.json())
    expect(feeds).toHaveLength(3)
    expect(feeds[0]).toEqual({
      symbol: 'BTC/USD',
      category: 1,
      decimals: 2,
      feed_id: `0x01${'4254432f555344'}${'00'.repeat(13)}`,
    })
    expect(world.diary).toEqual([])
  })
})

describe('GET /api/v1/status', () => {
  test('tells the state to anyone, and holds nothing of its own', async () => {
    const { api, world } = anApi()
    const response = await api.request('/api/v1/status')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    statusSchema.parse(await response.json())

    world.nowMs += 1
    expect(await (await api.request('/api/v1/status')).json()).toMatchObject({
      served_at: world.nowMs,
    })
    expect(world.diary).toEqual(['status', 'status'])
  })
})

describe('GET /health', () => {
  test('answers though everything is down', async () => {
    const { api, world } = anApi({ settings: { mode: 'replay' } })
    world.down.add('cache').add('database').add('feeds')
    const response = await api.request('/health')
    expect(healthResponseSchema.parse(await response.json())).toEqual({
      status: 'ok',
      mode: 'replay',
      version: '1.2.3',
    })
    expect(world.diary).toEqual([])
  })
})
