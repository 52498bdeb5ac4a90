import { describe, expect, test } from 'vitest'
import { anApi, aCachedKey, aKeyRecord, readerKey, sha256Hex } from '../../support/api.ts'

const upgrade = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': 'bm9uY2U=' }
const carrier = `chrono.key.${Buffer.from(readerKey).toString('base64url')}`

describe('GET /ws', () => {
  test('a plain GET is told to upgrade', async () => {
    const { ask, world } = anApi()
    const response = await ask('/ws')
    expect(response.status).toBe(426)
    expect(response.headers.get('Upgrade')).toBe('websocket')
    expect(await response.json()).toMatchObject({ code: 'upgrade-required' })
    expect(world.diary).toEqual([])
  })

  test('with a key in the header the upgrade is handed on, and the key is not', async () => {
    const { ask, world } = anApi()
    const response = await ask('/ws', { headers: upgrade })
    expect(await response.text()).toBe('joined')
    expect(world.diary).toEqual(['admit '])

    const [joined] = world.upgrades
    expect(joined?.request.headers.get('Upgrade')).toBe('websocket')
    expect(joined?.request.headers.get('X-API-Key')).toBeNull()
    expect(joined?.request.headers.get('Sec-WebSocket-Protocol')).toBeNull()
  })

  test('with a key among the subprotocols, ours alone is offered to the shard', async () => {
    const { api, world } = anApi()
    const headers = { ...upgrade, 'Sec-WebSocket-Protocol': `chrono.v1, ${carrier}` }
    expect((await api.request('/ws', { headers })).status).toBe(200)
    const [joined] = world.upgrades
    expect(joined?.request.headers.get('Sec-WebSocket-Protocol')).toBe('chrono.v1')
    expect(JSON.stringify([...(joined?.request.headers ?? [])])).not.toContain(carrier)
  })

  test('an empty header hides no key among the subprotocols', async () => {
    const { ask, world } = anApi()
    const headers = {
      ...upgrade,
      'X-API-Key': '',
      'Sec-WebSocket-Protocol': `chrono.v1, ${carrier}`,
    }
    expect((await ask('/ws', { headers })).status).toBe(200)
    expect(world.upgrades).toHaveLength(1)
  })

  test.each([
    { name: 'none', protocols: 'chrono.v1', status: 401 },
    { name: 'garbage', protocols: 'chrono.v1, chrono.key.!!!', status: 401 },
    { name: 'an empty one', protocols: 'chrono.v1, chrono.key.', status: 401 },
    { name: 'another protocol', protocols: `graphql-ws, ${carrier}`, status: 400 },
  ])('$name is answered $status before any upgrade', async ({ protocols, status }) => {
    const { api, world } = anApi()
    const headers = { ...upgrade, 'Sec-WebSocket-Protocol': protocols }
    expect((await api.request('/ws', { headers })).status).toBe(status)
    expect(world.upgrades).toEqual([])
  })

  test('joining counts, and beyond the limit nobody joins', async () => {
    const { ask, world } = anApi()
    world.cachedKeys.set(sha256Hex(readerKey), aCachedKey({ limit_per_minute: 1 }))
    await ask('/ws', { headers: upgrade })
    expect((await ask('/ws', { headers: upgrade })).status).toBe(429)
    expect(world.upgrades).toHaveLength(1)
  })

  test('the shard is told whose key it is and what it may, whatever the client says', async () => {
    const { ask, world } = anApi()
    await ask('/ws', {
      headers: { ...upgrade, 'X-Chrono-Key-Id': 'another', 'X-Chrono-Key-Limit': '1000000' },
    })
    const headers = world.upgrades[0]?.request.headers
    expect(headers?.get('X-Chrono-Key-Id')).toBe(aKeyRecord().id)
    expect(headers?.get('X-Chrono-Key-Limit')).toBe(String(aKeyRecord().limit_per_minute))
  })

  test('a key that has as many listeners as it may have is told so', async () => {
    const { ask } = anApi({
      deps: {
        joinStream: async () =>
          new Response('enough', { status: 429, headers: { 'Retry-After': '60' } }),
      },
    })
    const response = await ask('/ws', { headers: upgrade })
    expect(response.status).toBe(429)
    expect(response.headers.get('Retry-After')).toBe('60')
    expect(await response.json()).toMatchObject({ code: 'too-many-listeners' })
  })

  test('a listener that names itself is always led to the same shard, others are spread', async () => {
    const { ask, world } = anApi()
    for (const nonce of ['a', 'b']) {
      const headers = { ...upgrade, 'Sec-WebSocket-Key': nonce }
      await ask('/ws?client_id=me', { headers })
      await ask('/ws', { headers })
    }
    const [mine, first, mineAgain, second] = world.upgrades.map(({ hint }) => hint)
    expect(mine).toBe(mineAgain)
    expect(first).not.toBe(second)
  })

  test('a stream that cannot be reached, or is full, is a 503 with a time to come again', async () => {
    const { ask, world } = anApi()
    world.down.add('stream')
    const response = await ask('/ws', { headers: upgrade })
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('5')
    expect(await response.json()).toMatchObject({ code: 'stream-unavailable' })

    const full = anApi({
      deps: {
        joinStream: async () =>
          new Response('full', { status: 503, headers: { 'Retry-After': '9' } }),
      },
    })
    const refused = await full.ask('/ws', { headers: upgrade })
    expect(refused.headers.get('Retry-After')).toBe('9')
    expect(await refused.json()).toMatchObject({ code: 'stream-unavailable' })
  })
})
