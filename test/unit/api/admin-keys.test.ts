import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { HistoryError } from '../../../src/history/history-error.ts'
import { keysResponseSchema, newKeyResponseSchema } from '../../../src/protocol/wire-rest.ts'
import {
  adminKey,
  anApi,
  anApiWithoutAdmin,
  aKeyRecord,
  readerKey,
  sha256Hex,
  startMs,
} from '../../support/api.ts'

const path = '/admin/v1/keys'
const price = '/api/v1/price/BTC'
const asAdmin = { 'X-API-Key': adminKey }

type Under = ReturnType<typeof anApi>

function create({ ask }: Under, body: unknown, headers: Record<string, string> = asAdmin) {
  return ask(path, { method: 'POST', body: JSON.stringify(body), headers })
}

function revoke({ ask }: Under, id: string) {
  return ask(`${path}/${id}`, { method: 'DELETE', headers: asAdmin })
}

describe('POST /admin/v1/keys', () => {
  test('shows a new key once, keeps its hash alone, and the key opens the door', async () => {
    const under = anApi()
    const response = await create(under, { name: ' demo ' })
    expect(response.status).toBe(201)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const made = newKeyResponseSchema.parse(await response.json())
    expect(made).toMatchObject({
      name: 'demo',
      limit_per_minute: 30,
      scopes: ['read'],
      created_at: startMs,
    })
    expect(made.key).toMatch(/^chrono_[\w-]{32}$/)
    expect(under.world.storedKeys.get(sha256Hex(made.key))?.id).toBe(made.id)
    expect(JSON.stringify([under.world.log, [...under.world.storedKeys]])).not.toContain(made.key)

    const opened = await under.ask(price, { headers: { 'X-API-Key': made.key } })
    expect(opened.status).toBe(200)
  })

  test.each([
    { scopes: ['read'], limit: 30 },
    { scopes: ['value-provider'], limit: 600 },
    { scopes: ['read', 'value-provider'], limit: 600 },
  ])(
    'of $scopes may ask $limit times a minute unless told otherwise',
    async ({ scopes, limit }) => {
      const response = await create(anApi(), { name: 'demo', scopes })
      expect(await response.json()).toMatchObject({ scopes, limit_per_minute: limit })
    },
  )

  test('gives what is asked for: limit and scopes, each once', async () => {
    const response = await create(anApi(), {
      name: 'provider',
      limit_per_minute: 100_000,
      scopes: ['value-provider', 'value-provider'],
    })
    expect(await response.json()).toMatchObject({
      limit_per_minute: 100_000,
      scopes: ['value-provider'],
    })
  })

  test('no two keys are the same', async () => {
    const under = anApi()
    const keys = new Set<string>()
    for (const name of ['a', 'b']) {
      keys.add(newKeyResponseSchema.parse(await (await create(under, { name })).json()).key)
    }
    expect(keys.size).toBe(2)
  })

  test.each([
    { body: {}, field: 'name' },
    { body: { name: ' ' }, field: 'name' },
    { body: { name: 'a\u0000b' }, field: 'name' },
    { body: { name: 'a\nb' }, field: 'name' },
    { body: { name: 'half a pair \ud83d' }, field: 'name' },
    { body: { name: 'x', limit_per_minute: 0 }, field: 'limit_per_minute' },
    { body: { name: 'x', limit_per_minute: 100_001 }, field: 'limit_per_minute' },
    { body: { name: 'x', scopes: [] }, field: 'scopes' },
    { body: { name: 'x', scopes: ['admin'] }, field: 'scopes[0]' },
    { body: { name: 'x', key: 'mine' }, field: 'body' },
  ])('$body is refused for its $field', async ({ body, field }) => {
    const response = await create(anApi(), body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ field }] })
  })
})

test('what the database refuses is a fault of ours, and not a database that is down', async () => {
  const unused = async (): Promise<never> => Promise.reject(new Error('not asked for'))
  const refuse = async (): Promise<never> =>
    Promise.reject(new HistoryError('history-refused', 'Postgres said 22021: no.'))
  const keys = { find: unused, list: unused, revoke: unused, create: refuse }
  const under = anApi({ deps: { keys } })
  const response = await create(under, { name: '😀 naïve' })
  expect(response.status).toBe(500)
  expect(response.headers.get('Retry-After')).toBeNull()
  expect(under.world.log).toMatchObject([{ event: 'request-failed', code: 'history-refused' }])
})

describe('GET /admin/v1/keys', () => {
  test('lists keys without hash or key, revoked ones too', async () => {
    const under = anApi()
    under.world.storedKeys.set('gone', {
      ...aKeyRecord({ id: '00000000-0000-4000-8000-000000000002' }),
      createdAtMs: 5,
      revokedAtMs: 6,
    })
    const response = await under.ask(path, { headers: asAdmin })
    expect(keysResponseSchema.parse(await response.json()).keys).toEqual([
      { ...aKeyRecord(), created_at: 1 },
      {
        ...aKeyRecord({ id: '00000000-0000-4000-8000-000000000002' }),
        created_at: 5,
        revoked_at: 6,
      },
    ])
  })
})

describe('DELETE /admin/v1/keys/{id}', () => {
  test('a revoked key is refused from the next request on', async () => {
    const under = anApi()
    expect((await under.ask(price)).status).toBe(200)

    const response = await revoke(under, aKeyRecord().id)
    expect(response.status).toBe(204)
    expect(await response.text()).toBe('')
    expect(under.world.diary.slice(1)).toEqual([
      'revoke key',
      'forget key',
      `expel ${aKeyRecord().id}`,
    ])
    expect((await under.ask(price)).status).toBe(401)

    under.world.nowMs += 30_000
    expect((await under.ask(price)).status).toBe(401)
  })

  test('this isolate believes a revoked key no more, even when it can ask nobody', async () => {
    const under = anApi()
    await under.ask(price)
    await revoke(under, aKeyRecord().id)
    under.world.down.add('cache').add('database')
    expect((await under.ask(price)).status).toBe(401)
    under.world.nowMs += 299_999
    expect((await under.ask(price)).status).toBe(401)
  })

  test('revoking a key again changes nothing', async () => {
    const under = anApi()
    await revoke(under, aKeyRecord().id)
    expect((await revoke(under, aKeyRecord().id)).status).toBe(204)
  })

  test.each(['00000000-0000-4000-8000-00000000000f', 'no-uuid'])('%s is no key', async (id) => {
    const response = await revoke(anApi(), id)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'key-not-found' })
  })

  test('while the cache is down a revocation says that it is not complete', async () => {
    const under = anApi()
    under.world.down.add('cache')
    const response = await revoke(under, aKeyRecord().id)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'revocation-incomplete' })

    under.world.down.clear()
    expect((await revoke(under, aKeyRecord().id)).status).toBe(204)
    expect(under.world.cachedKeys.size).toBe(0)
  })

  test('while a shard of the stream is out of reach a revocation says so too', async () => {
    const under = anApi()
    under.world.down.add('stream')
    const response = await revoke(under, aKeyRecord().id)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'revocation-incomplete' })
    // What can be done is done.
    expect((await under.ask(price)).status).toBe(401)
    expect(under.world.cachedKeys.size).toBe(0)

    under.world.down.clear()
    expect((await revoke(under, aKeyRecord().id)).status).toBe(204)
  })
})

describe('the administrator', () => {
  const requests = [
    { method: 'POST', at: path },
    { method: 'GET', at: path },
    { method: 'DELETE', at: `${path}/${aKeyRecord().id}` },
  ]

  test.each(requests)('$method without the administrator key is 401', async ({ method, at }) => {
    const { api, ask, world } = anApi()
    for (const [response, code] of [
      [await api.request(at, { method }), 'key-missing'],
      [await ask(at, { method }), 'key-unknown'],
      [await ask(at, { method, headers: { 'X-API-Key': `${adminKey}x` } }), 'key-unknown'],
    ] as const) {
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code })
    }
    expect(world.diary).toEqual([])
  })

  test.each(requests)('$method is closed where no administrator is configured', async (row) => {
    const response = await anApiWithoutAdmin().request(row.at, {
      method: row.method,
      headers: asAdmin,
    })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'admin-not-configured' })
  })

  test('the administrator key reads no prices, and a reader administers nothing', async () => {
    const { ask } = anApi()
    expect((await ask(price, { headers: asAdmin })).status).toBe(401)
    expect((await ask(path, { headers: { 'X-API-Key': readerKey } })).status).toBe(401)
  })

  test.each(requests)('$method while the database is down is a 503', async ({ method, at }) => {
    const { ask, world } = anApi()
    world.down.add('database')
    const body = method === 'POST' ? { body: JSON.stringify({ name: 'x' }) } : {}
    const response = await ask(at, { method, headers: asAdmin, ...body })
    expect(response.status).toBe(503)
    expect(z.object({ code: z.string() }).parse(await response.json()).code).toBe(
      'keys-unavailable',
    )
    expect(world.log).toContainEqual({ event: 'key-store-failed', code: 'history-unreachable' })
  })
})
