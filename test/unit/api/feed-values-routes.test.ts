import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  feedValuesResponseSchema,
  roundFeedValuesResponseSchema,
} from '../../../src/protocol/value-provider-wire.ts'
import { problemSchema } from '../../../src/protocol/wire.ts'
import { aKey, type ApiUnderTest, btc, eth, flr, readerKey } from '../../support/api.ts'
import { aPriceRecord } from '../../support/price-records.ts'
import {
  addProvider,
  aProviderApi,
  inRoundMs,
  openRound,
  post,
  priceIs,
  providerKey,
  threeFeeds,
} from '../../support/value-provider.ts'

const round = `/feed-values/${openRound}`
const all = 'admit BTC/USD,ETH/USD,FLR/USD'

async function valuesOf(response: Promise<Response>) {
  const answer = await response
  expect(answer.status).toBe(201)
  const { data } = feedValuesResponseSchema.loose().parse(await answer.json())
  return data.map(({ value }) => value)
}

async function codeOf(response: Promise<Response>): Promise<string> {
  const answer = await response
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  return problemSchema.parse(await answer.json()).code
}

const ask = (under: ApiUnderTest, path = round, body?: unknown) => valuesOf(post(under, path, body))

describe('the answer', () => {
  test('has each feed at its place, and no value where there is none', async () => {
    const response = await post(aProviderApi(), round)
    expect(response.status).toBe(201)
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(response.headers.get('RateLimit-Limit')).toBe('600')
    const text = await response.text()
    expect(JSON.parse(text)).toEqual({
      votingRoundId: openRound,
      data: [
        { feed: { category: 1, name: 'BTC/USD' }, value: 97_500.1 },
        { feed: { category: 1, name: 'ETH/USD' }, value: 3_000.5 },
        { feed: { category: 1, name: 'FLR/USD' } },
      ],
    })
    expect(text).not.toContain('null')
    roundFeedValuesResponseSchema.parse(JSON.parse(text))
  })

  test.each(['/feed-values/', '/feed-values'])('%s says the same without a round', async (path) => {
    const body: unknown = await (await post(aProviderApi(), path)).json()
    expect(body).not.toHaveProperty('votingRoundId')
    expect(feedValuesResponseSchema.parse(body).data).toHaveLength(3)
  })

  test.each([
    { name: 'another category', feed: { category: 2, name: 'BTC/USD' } },
    { name: 'a name that is none', feed: { category: 1, name: 'NO/SUCH' } },
    { name: 'another spelling', feed: { category: 1, name: 'btc/usd' } },
    { name: 'no name', feed: { category: 1, name: '' } },
    { name: 'a part of a category', feed: { category: 1.5, name: 'BTC/USD' } },
    { name: 'a very long name', feed: { category: 1, name: 'X'.repeat(10_000) } },
    { name: 'what every object has', feed: { category: 1, name: '__proto__' } },
  ])('to $name is no value, and no error for the others', async ({ feed }) => {
    const feeds = [feed, ...threeFeeds]
    const response = await post(aProviderApi(), '/feed-values/0', { feeds })
    const { data } = roundFeedValuesResponseSchema.parse(await response.json())
    expect(data.map((entry) => entry.feed)).toEqual(feeds)
    expect(data[0]).toEqual({ feed })
    expect(data[1]?.value).toBe(97_500.1)
  })

  test('to no feeds is empty', async () => {
    expect(await ask(aProviderApi(), round, { feeds: [] })).toEqual([])
  })

  test('says that simulated prices are', async () => {
    const response = await post(aProviderApi({ settings: { mode: 'replay' } }), round)
    expect(response.headers.get('X-Chrono-Mode')).toBe('replay')
  })

  const feed = fc.record({
    category: fc.constantFrom(0, 1, 2),
    name: fc.oneof(fc.constantFrom<string>(btc, eth, flr), fc.string()),
  })
  test('property: as long as the question, with every feed at its place, whatever there is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(feed, { maxLength: 80 }),
        fc.subarray([btc, eth, flr]),
        fc.constantFrom('/feed-values/', '/feed-values/0', round),
        async (feeds, priced, path) => {
          const under = aProviderApi()
          under.world.cachedPrices.clear()
          for (const symbol of priced) priceIs(under, symbol, 12.5)
          const response = await post(under, path, { feeds })
          if (path === round && priced.length === 0) {
            expect(response.status).toBe(503)
            return
          }
          const { data } = feedValuesResponseSchema.loose().parse(await response.json())
          expect(data.map((entry) => entry.feed)).toEqual(feeds)
          for (const { feed: told, value } of data) {
            const isPriced = told.category === 1 && priced.some((symbol) => symbol === told.name)
            expect(value).toBe(isPriced ? 12.5 : undefined)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a value is left out', () => {
  test.each([
    { name: 'observed longer ago than is fresh', differing: { observed_at: inRoundMs - 75_001 } },
    { name: 'voted on too long ago', differing: { timestamp: inRoundMs - 300_001 } },
    { name: 'of an interval that says nothing', differing: { interval_bps: 100.1 } },
    { name: 'too large for its decimals', differing: { price: 21_474_836.48 } },
    { name: 'so small that it would be a vote for 0', differing: { price: 0.0049 } },
  ])('if it is $name', async ({ differing }) => {
    const under = aProviderApi()
    const cached = under.world.cachedPrices.get(btc)
    if (cached !== undefined) under.world.cachedPrices.set(btc, { ...cached, ...differing })
    expect(await ask(under)).toEqual([undefined, 3_000.5, undefined])
  })

  test.each([
    {
      name: 'observed exactly as long ago as is fresh',
      differing: { observed_at: inRoundMs - 75_000 },
    },
    { name: 'of the widest interval', differing: { interval_bps: 100 } },
    { name: 'the largest that a slot holds', differing: { price: 21_474_836.47 } },
    { name: 'the smallest that is not 0', differing: { price: 0.005 } },
  ])('and not if it is $name', async ({ differing }) => {
    const under = aProviderApi()
    const cached = under.world.cachedPrices.get(btc)
    if (cached !== undefined) under.world.cachedPrices.set(btc, { ...cached, ...differing })
    expect((await ask(under))[0]).toBe(differing.price ?? 97_500.1)
  })
})

describe('a round', () => {
  test('is told as it was told first, to any list of feeds', async () => {
    const under = aProviderApi()
    expect(await ask(under)).toEqual([97_500.1, 3_000.5, undefined])
    under.world.nowMs += 40_000
    for (const symbol of [btc, eth, flr]) priceIs(under, symbol, 50)

    expect(await ask(under)).toEqual([97_500.1, 3_000.5, undefined])
    const other = [...threeFeeds].reverse()
    expect(await ask(under, round, { feeds: other })).toEqual([undefined, 3_000.5, 97_500.1])
    // The next round is another.
    expect(await ask(under, `/feed-values/${openRound + 1}`)).toEqual([50, 50, 50])
  })

  test('is the same for another isolate, and written down before it is told', async () => {
    const first = aProviderApi()
    await ask(first)
    expect(first.world.diary).toEqual([all, 'wanted', 'feed FLR/USD', `tell ${openRound}`])

    const second = aProviderApi()
    for (const [name, told] of first.world.toldValues) second.world.toldValues.set(name, told)
    priceIs(second, btc, 1)
    expect(await ask(second)).toEqual([97_500.1, 3_000.5, undefined])
  })

  test('asked for again takes neither prices nor the way to the memory', async () => {
    const under = aProviderApi()
    await ask(under)
    under.world.diary.length = 0
    await ask(under)
    expect(under.world.diary).toEqual(['admit ', 'wanted'])
  })

  test('is told of the prices of that moment, never of a copy', async () => {
    const under = aProviderApi()
    await ask(under, '/feed-values/0')
    priceIs(under, btc, 98_000)
    expect((await ask(under))[0]).toBe(98_000)
  })

  test('is one key’s: another has its own', async () => {
    const under = aProviderApi()
    const other = aKey('other')
    addProvider(under, other, '00000000-0000-4000-8000-00000000000b')
    await ask(under)
    priceIs(under, btc, 98_000)
    const answer = post(under, round, { feeds: threeFeeds }, { 'X-API-Key': other })
    expect((await valuesOf(answer))[0]).toBe(98_000)
    expect((await ask(under))[0]).toBe(97_500.1)
  })

  test('that cannot be written down is not told, and nothing of it is remembered', async () => {
    const under = aProviderApi()
    under.world.down.add('values')
    const failed = await post(under, round)
    expect(failed.status).toBe(503)
    expect(failed.headers.get('Retry-After')).toBe('1')
    expect(await failed.text()).not.toContain('97500')
    expect(await codeOf(post(under, round))).toBe('values-not-kept')

    under.world.down.clear()
    priceIs(under, btc, 98_000)
    expect((await ask(under))[0]).toBe(98_000)
  })

  test('without any value is an error rather than empty for ever', async () => {
    const under = aProviderApi()
    under.world.cachedPrices.clear()
    expect(await codeOf(post(under, round))).toBe('price-unavailable')
    priceIs(under, btc, 98_000)
    expect((await ask(under))[0]).toBe(98_000)
  })

  test('that was told stays so when there is no price any more', async () => {
    const under = aProviderApi()
    await ask(under)
    const later = aProviderApi()
    for (const [name, told] of under.world.toldValues) later.world.toldValues.set(name, told)
    later.world.cachedPrices.clear()
    expect(await ask(later)).toEqual([97_500.1, 3_000.5, undefined])
  })

  test('of a body that makes no sense is not begun', async () => {
    const under = aProviderApi()
    expect(await codeOf(post(under, round, '{"feeds":'))).toBe('json-malformed')
    expect(under.world.toldValues.size).toBe(0)
  })

  test.each([
    { name: 'the one before', differing: -1 },
    { name: 'the open one', differing: 0 },
    { name: 'the next', differing: 1 },
  ])('is remembered if it is $name', async ({ differing }) => {
    const under = aProviderApi()
    await ask(under, `/feed-values/${openRound + differing}`)
    expect(under.world.toldValues.size).toBe(1)
  })

  test.each([
    { name: 'two ahead', id: openRound + 2, diary: [] },
    { name: 'the last that there can be', id: 0xff_ff_ff_ff, diary: [] },
    { name: 'two ago', id: openRound - 2, diary: [`recall ${openRound - 2}`] },
    { name: 'the first', id: 1, diary: ['recall 1'] },
  ])('that is $name is told as of now, and not remembered', async ({ id, diary }) => {
    const under = aProviderApi()
    expect((await ask(under, `/feed-values/${id}`))[0]).toBe(97_500.1)
    expect(under.world.toldValues.size).toBe(0)
    expect(under.world.diary.filter((line) => /tell|recall/.test(line))).toEqual(diary)
    priceIs(under, btc, 98_000)
    expect((await ask(under, `/feed-values/${id}`))[0]).toBe(98_000)
  })

  test('that was told long ago is told again as long as it is remembered', async () => {
    const under = aProviderApi()
    await ask(under)
    under.world.nowMs += 40_000_000
    priceIs(under, btc, 98_000)
    expect(await ask(under)).toEqual([97_500.1, 3_000.5, undefined])
    expect(under.world.diary).toContain(`recall ${openRound}`)
  })

  test.each(['abc', '1.5', '-1', '1e3', '0x10', '%20', '4294967296', '99999999999'])(
    '"%s" is none, which is told and counted',
    async (id) => {
      const under = aProviderApi()
      const response = await post(under, `/feed-values/${id}`)
      expect(response.status).toBe(400)
      expect(response.headers.get('RateLimit-Remaining')).toBe('599')
      expect(problemSchema.parse(await response.json())).toMatchObject({
        code: 'request-malformed',
        status: 400,
      })
    },
  )
})

describe('round 0 and the plain path', () => {
  test.each(['/feed-values/0', '/feed-values/', '/feed-values'])(
    '%s freezes nothing',
    async (path) => {
      const under = aProviderApi()
      expect((await ask(under, path))[0]).toBe(97_500.1)
      under.world.nowMs += 2_000
      priceIs(under, btc, 98_000)
      expect((await ask(under, path))[0]).toBe(98_000)
      expect(under.world.toldValues.size).toBe(0)
      expect(under.world.diary.join()).not.toMatch(/tell|recall/)
    },
  )

  test('are told from a copy that is renewed after a second and never older than two', async () => {
    const under = aProviderApi()
    const asks = async (atMs: number) => {
      under.world.nowMs = inRoundMs + atMs
      under.world.diary.length = 0
      await ask(under, '/feed-values/0')
      return under.world.diary[0]
    }
    expect(await asks(0)).toBe(all)
    expect(await asks(999)).toBe('admit ')
    expect(await asks(1_000)).toBe(all)
    expect(await asks(1_999)).toBe('admit ')
    expect(await asks(3_001)).toBe(all)
  })

  test('without the cache come from the feeds', async () => {
    const under = aProviderApi()
    await post(under, '/feed-values/0')
    under.world.down.add('cache')
    under.world.nowMs += 3_000
    const atMs = under.world.nowMs
    const record = aPriceRecord({ price: 98_000, timestamp: atMs, observed_at: atMs })
    under.world.feedPrices.set(btc, record)
    const response = await post(under, '/feed-values/0')
    expect(response.headers.get('X-Chrono-Degraded')).toBe('cache')
    expect(await response.json()).toMatchObject({ data: [{ value: 98_000 }, {}, {}] })
  })

  test('say when a feed did not answer', async () => {
    const under = aProviderApi()
    under.world.down.add('feeds')
    const response = await post(under, '/feed-values/0')
    expect(response.status).toBe(201)
    expect(response.headers.get('X-Chrono-Degraded')).toBe('feed')
  })

  test('are empty where nothing has a price', async () => {
    const under = aProviderApi()
    under.world.cachedPrices.clear()
    expect(await ask(under, '/feed-values/0')).toEqual([undefined, undefined, undefined])
  })
})

describe('the key', () => {
  const inPath = `/vp/${providerKey}`

  test.each(['/feed-values/0', '/feed-values/', '/feed-values', round, '/volumes/', '/volumes'])(
    'may stand in the path before %s',
    async (path) => {
      const under = aProviderApi()
      const response = await post(under, `${inPath}${path}`, undefined, {})
      expect(response.status).toBe(201)
      expect(response.headers.get('RateLimit-Remaining')).toBe('599')
      expect(under.world.diary).toContain('wanted')
    },
  )

  test('is the same one in the header and in the path', async () => {
    const under = aProviderApi()
    await ask(under)
    priceIs(under, btc, 98_000)
    const answer = post(under, `${inPath}${round}`, { feeds: threeFeeds }, {})
    expect((await valuesOf(answer))[0]).toBe(97_500.1)
  })

  test('in the path counts, whatever the header says', async () => {
    const under = aProviderApi()
    const path = `/vp/${aKey('made-up')}${round}`
    expect(await codeOf(post(under, path))).toBe('key-unknown')
    expect(await codeOf(post(under, `/vp/garbage${round}`))).toBe('key-unknown')
  })

  test.each([
    { headers: {}, code: 'key-missing', status: 401 },
    { headers: { 'X-API-Key': aKey('made-up') }, code: 'key-unknown', status: 401 },
    { headers: { 'X-API-Key': readerKey }, code: 'scope-missing', status: 403 },
  ])('is needed, and of the scope: $code', async ({ headers, code, status }) => {
    const under = aProviderApi()
    const response = await post(under, round, { feeds: threeFeeds }, headers)
    expect(response.status).toBe(status)
    expect(problemSchema.parse(await response.json()).code).toBe(code)
    expect(under.world.diary).not.toContain('wanted')
    expect(under.world.toldValues.size).toBe(0)
  })

  test('does not read prices elsewhere', async () => {
    const { api } = aProviderApi()
    const response = await api.request('/api/v1/prices', { headers: { 'X-API-Key': providerKey } })
    expect(response.status).toBe(403)
  })

  test('has a limit of its own', async () => {
    const under = aProviderApi()
    for (let nth = 0; nth < 600; nth += 1) {
      expect((await post(under, '/feed-values/0', { feeds: [] })).status).toBe(201)
    }
    const response = await post(under, '/feed-values/0')
    expect(response.status).toBe(429)
    expect(response.headers.get('Retry-After')).toBe('60')
  })

  test.each([providerKey, `%63${providerKey.slice(1)}`])(
    'in the path reaches no log, whatever goes wrong: %s',
    async (spelled) => {
      const under = aProviderApi({
        deps: {
          wanted: () => {
            throw new Error(`of /vp/${providerKey}/feed-values/0`)
          },
        },
      })
      const response = await post(under, `/vp/${spelled}/feed-values/0`, undefined, {})
      expect(response.status).toBe(500)
      const nowhere = await post(under, `/vp/${spelled}/nowhere`, undefined, {})
      expect(nowhere.status).toBe(404)
      const told = [await response.text(), await nowhere.text(), JSON.stringify(under.world.log)]
      expect(under.world.log).toHaveLength(1)
      expect(under.world.log[0]).toMatchObject({ path: '/vp/…/feed-values/0' })
      expect(told.join()).not.toContain(providerKey.slice(1))
    },
  )
})

describe('a body', () => {
  const feeds = (count: number) => Array.from({ length: count }, () => threeFeeds[0])

  test('may name 256 feeds', async () => {
    expect(await ask(aProviderApi(), round, { feeds: feeds(256) })).toHaveLength(256)
  })

  test.each([
    { name: 'more', body: { feeds: feeds(257) }, status: 400 },
    { name: 'none at all', body: {}, status: 400 },
    { name: 'what is no list', body: { feeds: 'BTC/USD' }, status: 400 },
    { name: 'a feed without a name', body: { feeds: [{ category: 1 }] }, status: 400 },
    { name: 'null', body: 'null', status: 400 },
    { name: 'nothing', body: '', status: 400 },
    { name: 'more than 64 KiB', body: `{"feeds":[]${' '.repeat(65_536)}}`, status: 413 },
  ])('that names $name is refused', async ({ body, status }) => {
    const under = aProviderApi()
    expect((await post(under, round, body)).status).toBe(status)
    expect(under.world.toldValues.size).toBe(0)
  })

  test('may say more than we know of', async () => {
    const body = { feeds: [{ ...threeFeeds[0], extra: true }], also: 1 }
    expect(await ask(aProviderApi(), round, body)).toEqual([97_500.1])
  })
})
