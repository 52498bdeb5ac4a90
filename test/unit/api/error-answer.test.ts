import { describe, expect, test } from 'vitest'
import { type Problem, problemSchema } from '../../../src/protocol/wire.ts'
import { anApi, aStatus } from '../../support/api.ts'

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json')
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  const problem = problemSchema.parse(await response.json())
  expect(problem.status).toBe(response.status)
  expect(problem.type).toBe(`urn:problem-type:chrono:${problem.code}`)
  return problem
}

describe('what no route takes', () => {
  test.each(['/', '/nowhere', '/api/v1/price', '/api/v1/price/', '/api/v1/price/BTC/USD'])(
    '%s is a 404',
    async (path) => {
      const response = await anApi().ask(path)
      expect(response.status).toBe(404)
      expect((await problemOf(response)).code).toBe('route-unknown')
    },
  )

  test.each([
    { path: '/api/v1/price/BTC', method: 'POST', allow: 'GET, HEAD, OPTIONS' },
    { path: '/api/v1/prices', method: 'DELETE', allow: 'GET, HEAD, OPTIONS' },
    { path: '/api/v1/aggregate', method: 'GET', allow: 'POST, OPTIONS' },
    { path: '/api/v1/aggregate', method: 'PROPFIND', allow: 'POST, OPTIONS' },
    { path: '/openapi.json', method: 'PUT', allow: 'GET, HEAD, OPTIONS' },
    { path: '/admin/v1/keys', method: 'PATCH', allow: 'GET, POST, HEAD, OPTIONS' },
    { path: '/admin/v1/keys/1', method: 'GET', allow: 'DELETE, OPTIONS' },
  ])('$method $path is a 405 that says what is allowed', async ({ path, method, allow }) => {
    const response = await anApi().ask(path, { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('Allow')).toBe(allow)
    expect((await problemOf(response)).code).toBe('method-not-allowed')
  })

  test('HEAD of what only takes POST is a 405 without a body', async () => {
    const response = await anApi().ask('/api/v1/aggregate', { method: 'HEAD' })
    expect(response.status).toBe(405)
    expect(await response.text()).toBe('')
  })
})

describe('other origins', () => {
  test('a preflight is answered without a key, for any origin', async () => {
    const { api, world } = anApi()
    const response = await api.request('/api/v1/price/BTC', {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://elsewhere.test',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'x-api-key',
      },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(response.headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD, OPTIONS')
    expect(response.headers.get('Access-Control-Allow-Headers')).toBe(
      'X-API-Key, Content-Type, If-None-Match',
    )
    expect(response.headers.get('Access-Control-Max-Age')).toBe('86400')
    expect(world.diary).toEqual([])
  })

  test.each([
    '/api/v1/price/BTC',
    '/api/v1/price/DOGE',
    '/api/v1/prices',
    '/api/v1/feeds',
    '/api/v1/status',
    '/health',
    '/metrics',
    '/openapi.json',
    '/ws',
    '/nowhere',
    '/admin/v1/keys',
  ])('%s may be read from anywhere, headers too, and is not sniffed', async (path) => {
    const { headers } = await anApi().ask(path)
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    const exposed = headers.get('Access-Control-Expose-Headers')?.split(', ')
    for (const name of ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset']) {
      expect(exposed).toContain(name)
    }
    expect(exposed).toContain('Retry-After')
    expect(exposed).toContain('ETag')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
  })
})

describe('what nobody foresaw', () => {
  function failing(error: unknown) {
    return anApi({
      deps: {
        status: async () => {
          throw error
        },
      },
    })
  }

  test('is a 500 with a number, under which the log has the rest', async () => {
    const { api, world } = failing(new TypeError('the inside of the house'))
    const response = await api.request('/api/v1/status')
    expect(response.status).toBe(500)
    const text = await response.clone().text()
    expect(text).not.toContain('inside')
    expect((await problemOf(response)).code).toBe('internal-error')

    const [event] = world.log
    expect(event).toMatchObject({
      event: 'request-failed',
      method: 'GET',
      path: '/api/v1/status',
      name: 'TypeError',
      reason: 'the inside of the house',
    })
    expect(JSON.parse(text)).toMatchObject({ incident: event?.['incident'] })
  })

  test('leaves no secret in the log', async () => {
    const secret = 'postgres://user:hunter2@db.test/x for chrono_AbC-1_2'
    const { api, world } = failing(new Error(secret))
    await api.request('/api/v1/status?key=chrono_query')
    const logged = JSON.stringify(world.log)
    expect(logged).toContain('db.test')
    expect(logged).not.toMatch(/hunter2|AbC|chrono_query/)
  })

  test('of a keyed request still says what is left of the limit', async () => {
    const { ask } = anApi({
      deps: {
        aggregate: () => {
          throw new RangeError('a bug')
        },
      },
    })
    const body = JSON.stringify({
      symbol: 'BTC',
      quotes: [{ source: 'a', price: 1, volume: 1, timestamp: 1 }],
    })
    const response = await ask('/api/v1/aggregate', { method: 'POST', body })
    expect(response.status).toBe(500)
    expect(response.headers.get('RateLimit-Remaining')).toBe('29')
  })

  test('does not outlast its cause', async () => {
    let broken = true
    const { api } = anApi({
      deps: {
        status: async () => {
          if (broken) throw new Error('once')
          return aStatus()
        },
      },
    })
    expect((await api.request('/api/v1/status')).status).toBe(500)
    broken = false
    expect((await api.request('/api/v1/status')).status).toBe(200)
  })

  test('a bug beside the cache is a bug, and does not pass for a cache that is down', async () => {
    const { ask, world } = anApi()
    world.cachedPrices.get = () => {
      throw new TypeError('a bug')
    }
    expect((await ask('/api/v1/price/BTC')).status).toBe(500)
    expect(world.diary).toEqual(['admit BTC/USD'])
  })
})
