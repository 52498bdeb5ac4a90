import { describe, expect, test } from 'vitest'
import { offeredSubprotocols } from '../../../src/api/credentials.ts'
import type { FetchInit, FetchLike } from '../../../src/client/ask.ts'
import { type Client, createClient } from '../../../src/client/client.ts'
import { subprotocolsOf } from '../../../src/client/subprotocols.ts'
import { aPriceRecord } from '../../support/price-records.ts'
import { FakeSocket } from '../../support/stream.ts'

const apiKey = 'chrono_abc-DEF_123'
const rateLimit = { limit: 30, remaining: 29, reset_at: 1_060_000 }
const listed = { ...aPriceRecord(), stale: false }
const onePrice = {
  ...listed,
  served_at: 1_000_100,
  cache: { hit: true, ttl_seconds: 300 },
  rate_limit: rateLimit,
}
const prices = { prices: [listed], missing: [], served_at: 1_000_100, rate_limit: rateLimit }

type Asked = { readonly url: string; readonly init: FetchInit }

/** A server that answers everything alike, and a client that has nothing else. */
function aServer(answer: {
  readonly body: unknown
  readonly status?: number
  readonly headers?: Record<string, string>
}) {
  const asked: Asked[] = []
  const fetch: FetchLike = async (url, init) => {
    asked.push({ url, init })
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
    const { status = 200, headers = {} } = answer
    return new Response(text, { status, headers })
  }
  return { asked, client: createClient({ baseUrl: 'https://chrono.test/', apiKey, fetch }) }
}

/** A server that does what a function does. */
function clientOf(fetch: FetchLike): Client {
  return createClient({ baseUrl: 'https://chrono.test', apiKey, fetch, deadlineMs: 20 })
}

describe('questions', () => {
  test.each(['BTC', 'btc-usd', 'BTC/USD'])('asks for one price, spelled %s', async (symbol) => {
    const { asked, client } = aServer({ body: onePrice })
    expect(await client.price(symbol)).toEqual(onePrice)
    expect(asked).toMatchObject([
      {
        url: 'https://chrono.test/api/v1/price/BTC-USD',
        init: { method: 'GET', headers: { 'X-API-Key': apiKey } },
      },
    ])
  })

  test.each([
    { ask: (client: Client) => client.prices(), url: '/api/v1/prices' },
    {
      ask: (client: Client) => client.prices(['BTC', 'eth']),
      url: '/api/v1/prices?symbols=BTC%2FUSD%2CETH%2FUSD',
    },
    {
      ask: (client: Client) => client.rounds({ limit: 5, before: 9 }),
      url: '/api/v1/rounds?limit=5&before=9',
    },
    { ask: (client: Client) => client.round(7), url: '/api/v1/rounds/7' },
    { ask: (client: Client) => client.sources('btc'), url: '/api/v1/price/BTC-USD/sources' },
    {
      ask: (client: Client) => client.roundSources('BTC/USD', 7),
      url: '/api/v1/price/BTC-USD/sources?round=7',
    },
    {
      ask: (client: Client) => client.submissions({ limit: 5, cursor: '1_a' }),
      url: '/api/v1/submissions?limit=5&cursor=1_a',
    },
  ])('asks $url', async ({ ask, url }) => {
    const { asked, client } = aServer({ body: {} })
    await expect(ask(client)).rejects.toThrow()
    expect(asked[0]?.url).toBe(`https://chrono.test${url}`)
  })

  test('routes that need no key are not told it, so that a browser needs no preflight', async () => {
    const { asked, client } = aServer({ body: { feeds: [] } })
    expect(await client.feeds()).toEqual({ feeds: [] })
    await expect(client.status()).rejects.toThrow()
    for (const { init } of asked) expect(init.headers).not.toHaveProperty('X-API-Key')
  })

  test('sends quotes to be aggregated as JSON', async () => {
    const body = {
      outcome: 'no-quorum',
      symbol: 'BTC/USD',
      agreeing: 1,
      required: 2,
      timestamp: 1,
      verdicts: [],
    }
    const { asked, client } = aServer({ body })
    const quotes = [{ source: 'kraken', price: 1, volume: 1, timestamp: 1 }]
    expect(await client.aggregate({ symbol: 'BTC', quotes })).toEqual(body)
    expect(asked).toMatchObject([
      { init: { method: 'POST', headers: { 'Content-Type': 'application/json' } } },
    ])
    expect(JSON.parse(asked[0]?.init.body ?? '')).toEqual({ symbol: 'BTC', quotes })
  })

  test.each([
    { round: undefined, path: '/feed-values/0' },
    { round: 7, path: '/feed-values/7' },
  ])('asks for values by POST $path', async ({ round, path }) => {
    const feeds = [{ category: 1, name: 'BTC/USD' }]
    const body = { votingRoundId: round ?? 0, data: feeds.map((feed) => ({ feed })) }
    const { asked, client } = aServer({ body, status: 201 })
    expect(await client.feedValues(feeds, round)).toEqual(body)
    expect(asked).toMatchObject([{ url: `https://chrono.test${path}`, init: { method: 'POST' } }])
    expect(JSON.parse(asked[0]?.init.body ?? '')).toEqual({ feeds })
  })

  test('keeps the path of a base address that has one', async () => {
    const asked: string[] = []
    const fetch: FetchLike = async (url) => {
      asked.push(url)
      return new Response(JSON.stringify(prices))
    }
    await createClient({ baseUrl: 'https://a.test/chrono/', apiKey, fetch }).prices()
    expect(asked).toEqual(['https://a.test/chrono/api/v1/prices'])
  })
})

describe('answers', () => {
  test('a problem becomes an error with its code, status and patience', async () => {
    const problem = {
      type: 'urn:problem-type:chrono:rate-limited',
      title: 'Too many requests',
      status: 429,
      detail: 'This key may ask 30 times a minute; ask again in 12 s.',
      code: 'rate-limited',
    }
    const { client } = aServer({ body: problem, status: 429, headers: { 'Retry-After': '12' } })
    await expect(client.prices()).rejects.toMatchObject({
      name: 'ClientError',
      code: 'rate-limited',
      message: problem.detail,
      status: 429,
      retryAfterMs: 12_000,
    })
  })

  test('patience may be a date, as proxies have it', async () => {
    const at = new Date(Date.now() + 60_000).toUTCString()
    const { client } = aServer({ body: '', status: 503, headers: { 'Retry-After': at } })
    const error = await client.prices().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'status-unexpected', status: 503 })
    expect(error).toHaveProperty('retryAfterMs', expect.closeTo(60_000, -4))
  })

  test.each([
    { name: 'no JSON', body: '<html>' },
    { name: 'of another shape', body: { prices: 'many' } },
    { name: 'empty', body: '' },
  ])('an answer that is $name is malformed', async ({ body }) => {
    const { client } = aServer({ body })
    await expect(client.prices()).rejects.toMatchObject({ code: 'answer-malformed', status: 200 })
  })

  test('an error page of somebody else is an unexpected status', async () => {
    const { client } = aServer({ body: '<h1>Bad gateway</h1>', status: 502 })
    await expect(client.prices()).rejects.toMatchObject({
      code: 'status-unexpected',
      status: 502,
      retryAfterMs: undefined,
    })
  })

  test('a server that does not answer in time is late, and is not waited for', async () => {
    const client = clientOf(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    await expect(client.prices()).rejects.toMatchObject({ code: 'timed-out' })
  })

  test('a server that stops in the middle of its answer is late too', async () => {
    const client = clientOf(async (_, { signal }) => ({
      ok: true,
      status: 200,
      headers: new Headers(),
      text: () =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    }))
    await expect(client.prices()).rejects.toMatchObject({ code: 'timed-out' })
  })

  test('a server that is not there is unreachable, and the key is not in the message', async () => {
    const client = clientOf(async () => {
      throw new TypeError('fetch failed')
    })
    const error = await client.prices().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'unreachable' })
    expect(String(error)).not.toContain(apiKey)
  })
})

describe('settings', () => {
  test.each(['', 'chrono.test', 'ftp://chrono.test', 'ws://chrono.test'])(
    'refuses the address "%s"',
    (baseUrl) => {
      expect(() => createClient({ baseUrl, apiKey })).toThrow(
        expect.objectContaining({ code: 'address-malformed' }),
      )
    },
  )

  test.each([
    { name: 'empty', key: '' },
    { name: 'of two words', key: 'two words' },
    { name: 'not ASCII', key: 'schlüssel' },
    { name: 'too long', key: 'x'.repeat(201) },
  ])('refuses a key that is $name', ({ key }) => {
    expect(() => createClient({ baseUrl: 'https://chrono.test', apiKey: key })).toThrow(
      expect.objectContaining({ code: 'key-malformed' }),
    )
  })
})

describe('stream', () => {
  test('offers the key as the server reads it', () => {
    const key = 'chrono_??>>~~'
    expect(offeredSubprotocols(subprotocolsOf(key).join(', '))).toEqual({
      any: true,
      ours: true,
      key,
    })
    expect(subprotocolsOf(key)[1]).toMatch(/^[\w.-]+$/)
  })

  test('opens the socket at the right door, and fetches what it misses with the same key', async () => {
    const opened: { url: string; protocols: string[] }[] = []
    const sockets: FakeSocket[] = []
    class Socket extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super()
        opened.push({ url, protocols })
        sockets.push(this)
      }
    }
    const asked: Asked[] = []
    const client = createClient({
      baseUrl: 'https://chrono.test',
      apiKey,
      WebSocket: Socket,
      fetch: async (url, init) => {
        asked.push({ url, init })
        return new Response(JSON.stringify(prices))
      },
    })
    const price = await new Promise((resolve) => {
      const stream = client.stream({
        onPrice: (told) => {
          resolve(told)
          stream.close()
        },
      })
      stream.subscribe(['BTC'])
      sockets[0]?.open()
      sockets[0]?.tellText('{"type":"subscribed","data":{"symbols":["BTC/USD"],"snapshot":[]}}')
    })
    expect(price).toEqual(aPriceRecord())
    expect(opened).toEqual([
      {
        url: expect.stringMatching(/^wss:\/\/chrono\.test\/ws\?client_id=[0-9a-f]{24}$/),
        protocols: [...subprotocolsOf(apiKey)],
      },
    ])
    expect(asked).toMatchObject([{ init: { headers: { 'X-API-Key': apiKey } } }])
  })
})
