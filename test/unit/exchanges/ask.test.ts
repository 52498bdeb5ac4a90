import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FetchInit } from '../../../src/exchanges/answer.ts'
import { ask, type AskDeps } from '../../../src/exchanges/ask.ts'
import { binance } from '../../../src/exchanges/binance.ts'
import type { Exchange } from '../../../src/exchanges/exchange.ts'
import { kraken } from '../../../src/exchanges/kraken.ts'
import {
  binanceRow,
  diaryNetwork,
  htmlResponse,
  jsonResponse,
  krakenAnswer,
  krakenPair,
  krakenRefusal,
} from '../../support/exchanges.ts'

function depsOf(fetch: AskDeps['fetch'], differing: Partial<AskDeps> = {}): AskDeps {
  return { fetch, nowMs: () => Date.now(), timeoutMs: 1_000, ...differing }
}

function marketsOf(url: URL): string[] {
  return url.searchParams.get('pair')?.split(',') ?? []
}

/** A Kraken that knows every market but some, and refuses a batch that holds one of those. */
function krakenWithout(...unknown: string[]) {
  return diaryNetwork((url) => {
    const asked = marketsOf(url)
    if (asked.some((market) => unknown.includes(market))) {
      return jsonResponse(krakenRefusal('EQuery:Unknown asset pair'))
    }
    return jsonResponse(krakenAnswer(Object.fromEntries(asked.map((m) => [m, krakenPair()]))))
  })
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `M${i}USD`)
}

describe('a good day', () => {
  test('asks in as few requests as the exchange allows, at the address of the settings', async () => {
    const { fetch, diary } = diaryNetwork((url) => {
      const symbols: unknown[] = JSON.parse(url.searchParams.get('symbols') ?? '[]')
      return jsonResponse(symbols.map((symbol) => binanceRow({ symbol })))
    })
    const markets = Array.from({ length: 45 }, (_, i) => `M${i}USDT`)
    const asked = await ask(binance, markets, depsOf(fetch, { baseUrl: 'http://127.0.0.1:9' }))

    expect(asked).toMatchObject({ refusedMarkets: [], requests: 3 })
    expect(asked).not.toHaveProperty('failure')
    expect(asked.tickers.map(({ market }) => market)).toEqual(markets)
    expect(diary.every((url) => url.startsWith('http://127.0.0.1:9/api/v3/ticker/24hr?'))).toBe(
      true,
    )
  })

  test('says who asks, and follows no redirect', async () => {
    const seen: FetchInit[] = []
    const { fetch } = diaryNetwork((_, init) => {
      seen.push(init)
      return jsonResponse(krakenAnswer({ XBTUSD: krakenPair() }))
    })
    await ask(kraken, ['XBTUSD'], depsOf(fetch))
    expect(seen).toMatchObject([
      {
        redirect: 'manual',
        cache: 'no-store',
        headers: { Accept: 'application/json', 'User-Agent': expect.stringMatching(/^chrono/) },
      },
    ])
  })

  test('a request with JSON is a POST that says so, and one without is none', async () => {
    const seen: FetchInit[] = []
    const { fetch, diary } = diaryNetwork((_, init) => {
      seen.push(init)
      return jsonResponse(krakenAnswer({ XBTUSD: krakenPair() }))
    })
    const json = { type: 'tickers', of: ['XBTUSD'] }
    const headers = { 'X-Own': 'kept' }
    const posting: Exchange = { ...kraken, request: () => ({ path: '/info', headers, json }) }
    const asked = await ask(posting, ['XBTUSD'], depsOf(fetch, { baseUrl: 'http://127.0.0.1:9' }))
    await ask(kraken, ['XBTUSD'], depsOf(fetch))

    expect(asked.tickers).toHaveLength(1)
    expect(diary[0]).toBe('http://127.0.0.1:9/info')
    const [posted, got] = seen
    expect(posted).toMatchObject({
      method: 'POST',
      body: JSON.stringify(json),
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...headers },
    })
    expect(got).not.toHaveProperty('method')
    expect(got).not.toHaveProperty('body')
    expect(got?.headers).not.toHaveProperty('Content-Type')
  })

  test('asks once where every answer holds all markets', async () => {
    const { fetch, diary } = krakenWithout()
    const boundless: Exchange = { ...kraken, maxMarkets: Number.POSITIVE_INFINITY }
    const asked = await ask(boundless, names(150), depsOf(fetch))
    expect(asked.tickers).toHaveLength(150)
    expect(diary).toHaveLength(1)
  })

  test('the latency is that of the slowest request', async () => {
    let nowMs = 0
    const tookMs = [50, 200, 70]
    const { fetch } = diaryNetwork((url) => {
      nowMs += tookMs.shift() ?? 0
      const symbols: unknown[] = JSON.parse(url.searchParams.get('symbols') ?? '[]')
      return jsonResponse(symbols.map((symbol) => binanceRow({ symbol })))
    })
    const asked = await ask(binance, names(60), depsOf(fetch, { nowMs: () => nowMs }))
    expect(asked.latencyMs).toBe(200)
  })

  test('asks nobody for nothing', async () => {
    const { fetch, diary } = diaryNetwork(() => jsonResponse({}))
    expect(await ask(kraken, [], depsOf(fetch))).toEqual({
      tickers: [],
      refusedMarkets: [],
      requests: 0,
      latencyMs: 0,
      address: 0,
    })
    expect(diary).toEqual([])
  })
})

describe('a refused market', () => {
  test.each(['M0USD', 'M41USD', 'M59USD'])(
    '%s costs only itself, and few requests',
    async (gone) => {
      const { fetch } = krakenWithout(gone)
      const asked = await ask(kraken, names(60), depsOf(fetch))
      expect(asked.refusedMarkets).toEqual([gone])
      expect(asked.tickers).toHaveLength(59)
      expect(asked.requests).toBeLessThanOrEqual(8)
      expect(asked).not.toHaveProperty('failure')
    },
  )

  test('property: wherever one or two stand, they are found and nothing else is lost', async () => {
    const markets = names(16)
    const place = fc.nat(markets.length - 1)
    await fc.assert(
      fc.asyncProperty(place, place, async (a, b) => {
        const unknown = [...new Set([`M${a}USD`, `M${b}USD`])]
        const { fetch } = krakenWithout(...unknown)
        const asked = await ask(kraken, markets, depsOf(fetch))
        expect(asked.refusedMarkets.toSorted()).toEqual(unknown.toSorted())
        expect(asked.tickers.map(({ market }) => market).toSorted()).toEqual(
          markets.filter((market) => !unknown.includes(market)).toSorted(),
        )
      }),
      { numRuns: 50 },
    )
  })

  test('costs only itself, and no further request, where each is asked for alone', async () => {
    const { fetch } = krakenWithout('M0USD', 'M3USD', 'M9USD')
    const asked = await ask({ ...kraken, maxMarkets: 1 }, names(10), depsOf(fetch))
    expect(asked.refusedMarkets).toEqual(['M0USD', 'M3USD', 'M9USD'])
    expect(asked).toMatchObject({ requests: 10, tickers: { length: 7 } })
    expect(asked).not.toHaveProperty('failure')
  })

  test('all that are refused alone are the failure of the whole, however many', async () => {
    const { fetch } = krakenWithout(...names(20))
    const asked = await ask({ ...kraken, maxMarkets: 1 }, names(20), depsOf(fetch))
    expect(asked).toMatchObject({ requests: 20, failure: { code: 'market-refused' } })
    expect(asked.refusedMarkets).toEqual(names(20))
  })

  test('one alone that is refused is the failure of the whole', async () => {
    const { fetch } = krakenWithout('M0USD')
    expect(await ask(kraken, ['M0USD'], depsOf(fetch))).toMatchObject({
      refusedMarkets: ['M0USD'],
      requests: 1,
      failure: { code: 'market-refused' },
    })
  })

  test('when all are refused the search ends at its budget', async () => {
    const { fetch } = krakenWithout(...names(60))
    const asked = await ask(kraken, names(60), depsOf(fetch))
    expect(asked).toMatchObject({ requests: 13, failure: { code: 'exchange-refused' } })
    expect(asked.refusedMarkets.length).toBeGreaterThan(0)
  })

  test('is no market’s where the request names none: nothing is searched for', async () => {
    const { fetch, diary } = krakenWithout('M0USD')
    const all = { ...kraken, maxMarkets: Infinity }
    const asked = await ask(all, names(60), depsOf(fetch))
    expect(asked).toMatchObject({ refusedMarkets: [], failure: { code: 'exchange-refused' } })
    expect(diary).toHaveLength(1)
  })

  test('is heard also where the refusal comes with a status of 400, as from Binance', async () => {
    const { fetch } = diaryNetwork(() =>
      jsonResponse({ code: -1121, msg: 'Invalid symbol.' }, { status: 400 }),
    )
    const asked = await ask(binance, ['NOUSDT'], depsOf(fetch))
    expect(asked.refusedMarkets).toEqual(['NOUSDT'])
  })
})

describe('a bad day', () => {
  test.each([
    { name: '451 by law', response: () => htmlResponse(451), code: 'blocked-here' },
    { name: 'a page with 403', response: () => htmlResponse(403), code: 'blocked-here' },
    { name: 'a page with 200', response: () => htmlResponse(200), code: 'not-json' },
    { name: 'a page with 404', response: () => htmlResponse(404), code: 'http-status' },
    { name: 'a page with 520', response: () => htmlResponse(520), code: 'http-status' },
    {
      name: 'JSON with 503',
      response: () => jsonResponse({ error: [] }, { status: 503 }),
      code: 'http-status',
    },
    {
      name: 'unknown JSON with 404',
      response: () => jsonResponse({ what: 'is this' }, { status: 404 }),
      code: 'http-status',
    },
    {
      name: 'JSON with 403 that Kraken did not write',
      response: () => jsonResponse({ error_code: 1020 }, { status: 403 }),
      code: 'blocked-here',
    },
    {
      name: 'a redirect',
      response: () => new Response(null, { status: 302, headers: { Location: '/login' } }),
      code: 'http-status',
    },
    {
      name: 'JSON that is cut short',
      response: () =>
        new Response('{"error":[],"result":{"XXBT', {
          headers: { 'Content-Type': 'application/json' },
        }),
      code: 'not-json',
    },
    {
      name: 'a body that announces itself too large',
      response: () =>
        new Response('{}', {
          headers: { 'Content-Type': 'application/json', 'Content-Length': '4000001' },
        }),
      code: 'too-large',
    },
    {
      name: 'JSON of nothing that was asked',
      response: () => jsonResponse(krakenAnswer({})),
      code: 'unexpected-shape',
    },
  ])('$name is $code', async ({ response, code }) => {
    const { fetch, diary } = diaryNetwork(response)
    const asked = await ask(kraken, ['XBTUSD', 'ETHUSD'], depsOf(fetch))
    expect(asked).toMatchObject({ tickers: [], refusedMarkets: [], failure: { code } })
    expect(diary).toHaveLength(1)
  })

  test.each(['text/html; charset=utf-8', 'text/plain', ''])(
    'JSON that is sent as "%s" is read all the same',
    async (type) => {
      const text = JSON.stringify(krakenAnswer({ XBTUSD: krakenPair() }))
      const bytes = new TextEncoder().encode(text)
      const headers = type === '' ? undefined : { 'Content-Type': type }
      const { fetch } = diaryNetwork(() => new Response(bytes, headers && { headers }))
      expect(await ask(kraken, ['XBTUSD'], depsOf(fetch))).toMatchObject({ tickers: { length: 1 } })
    },
  )

  test('a network that fails is unreachable, and keeps its reason', async () => {
    const cause = new TypeError('fetch failed')
    const asked = await ask(
      kraken,
      ['XBTUSD'],
      depsOf(async () => {
        throw cause
      }),
    )
    expect(asked.failure).toMatchObject({ code: 'unreachable', cause })
  })

  test('a body without end is cut off', async () => {
    let sentBytes = 0
    const chunk = new Uint8Array(500_000).fill(0x20)
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sentBytes += chunk.byteLength
        controller.enqueue(chunk)
      },
    })
    const { fetch } = diaryNetwork(
      () => new Response(body, { headers: { 'Content-Type': 'application/json' } }),
    )
    const asked = await ask(kraken, ['XBTUSD'], depsOf(fetch))
    expect(asked.failure).toMatchObject({ code: 'too-large' })
    expect(sentBytes).toBeLessThan(6_000_000)
  })

  test.each([
    { name: 'an exchange that never answers', answer: () => new Promise<Response>(() => {}) },
    {
      name: 'a body that never ends',
      answer: () =>
        new Response(new ReadableStream({ pull: () => new Promise(() => {}) }), {
          headers: { 'Content-Type': 'application/json' },
        }),
    },
  ])('$name is left at the deadline', async ({ answer }) => {
    let signal: AbortSignal | undefined
    const { fetch } = diaryNetwork((_, init) => {
      signal = init.signal
      return answer()
    })
    const asked = await ask(kraken, ['XBTUSD'], depsOf(fetch, { timeoutMs: 20 }))
    expect(asked.failure).toMatchObject({ code: 'timed-out' })
    expect(signal?.aborted).toBe(true)
  })

  test('the deadline is for all requests together, and what came before it counts', async () => {
    let nowMs = 0
    const { fetch, diary } = diaryNetwork((url) => {
      nowMs += 600
      const symbols: unknown[] = JSON.parse(url.searchParams.get('symbols') ?? '[]')
      return jsonResponse(symbols.map((symbol) => binanceRow({ symbol })))
    })
    const asked = await ask(binance, names(60), depsOf(fetch, { nowMs: () => nowMs }))
    expect(asked.failure).toMatchObject({ code: 'timed-out' })
    expect(asked.tickers).toHaveLength(40)
    expect(diary).toHaveLength(2)
  })

  test('after a failure no further batch is asked for', async () => {
    const { fetch, diary } = diaryNetwork(() => htmlResponse(429))
    await ask(binance, names(60), depsOf(fetch))
    expect(diary).toHaveLength(1)
  })
})

describe('an exchange with several addresses', () => {
  const bybitLike = {
    ...kraken,
    baseUrl: 'https://one.test',
    alternateUrls: ['https://two.test', 'https://three.test'],
  }
  const well = () => jsonResponse(krakenAnswer({ XBTUSD: krakenPair() }))

  /** Hosts that fail, each in its way; all others answer well. */
  function hosts(failing: Readonly<Record<string, () => Response | Promise<Response>>>) {
    return diaryNetwork(({ host }) => (failing[host] ?? well)())
  }
  const hostsOf = (diary: readonly string[]) => diary.map((url) => new URL(url).host)

  test.each([
    { name: 'blocks us', answer: () => htmlResponse(451) },
    { name: 'breaks down', answer: () => htmlResponse(502) },
    { name: 'cannot be reached', answer: () => Promise.reject(new TypeError('no route')) },
    { name: 'serves a page', answer: () => htmlResponse(200) },
  ])('is asked at the next where one $name, and remembers it', async ({ answer }) => {
    const { fetch, diary } = hosts({ 'one.test': answer })
    const asked = await ask(bybitLike, ['XBTUSD'], depsOf(fetch))
    expect(asked).toMatchObject({ tickers: [{ market: 'XBTUSD' }], address: 1, requests: 2 })
    expect(asked).not.toHaveProperty('failure')
    await ask(bybitLike, ['XBTUSD'], depsOf(fetch, { address: asked.address }))
    expect(hostsOf(diary)).toEqual(['one.test', 'two.test', 'two.test'])
  })

  test.each([
    { name: 'is over its limit: that is ours, wherever', answer: () => htmlResponse(429) },
    {
      name: 'refuses by its own word',
      answer: () => jsonResponse({ error: ['EService:Unavailable'] }),
    },
  ])('is asked no further where one $name', async ({ answer }) => {
    const { fetch, diary } = hosts({ 'one.test': answer })
    expect(await ask(bybitLike, ['XBTUSD'], depsOf(fetch))).toMatchObject({ address: 0 })
    expect(diary).toHaveLength(1)
  })

  test('that all fail fails as the one that was begun with, which is the next time’s too', async () => {
    const { fetch, diary } = diaryNetwork(({ host }) =>
      htmlResponse(host === 'three.test' ? 502 : 451),
    )
    const asked = await ask(bybitLike, ['XBTUSD'], depsOf(fetch, { address: 2 }))
    expect(hostsOf(diary)).toEqual(['three.test', 'one.test', 'two.test'])
    expect(asked).toMatchObject({ failure: { code: 'http-status' }, address: 2, requests: 3 })
  })

  test('has one deadline for all of them: one that hangs is not begun with next time', async () => {
    const { fetch, diary } = hosts({ 'one.test': () => new Promise<Response>(() => {}) })
    const asked = await ask(bybitLike, ['XBTUSD'], depsOf(fetch, { timeoutMs: 20 }))
    expect(asked).toMatchObject({ failure: { code: 'timed-out' }, address: 1 })
    expect(diary).toHaveLength(1)
  })

  test('is asked at the address of the settings alone, where they name one', async () => {
    const { fetch, diary } = hosts({ 'here.test': () => htmlResponse(502) })
    await ask(bybitLike, ['XBTUSD'], depsOf(fetch, { baseUrl: 'https://here.test', address: 2 }))
    expect(hostsOf(diary)).toEqual(['here.test'])
  })
})

describe('markets that were refused a while ago', () => {
  test('are asked for after the others, at whose cost they are not found wanting again', async () => {
    const { fetch, diary } = krakenWithout('M60USD', 'M61USD')
    const doubted = ['M60USD', 'M61USD']
    const asked = await ask(kraken, names(60), depsOf(fetch, { doubted }))
    expect(marketsOf(new URL(diary[0] ?? ''))).toEqual(names(60))
    expect(asked).toMatchObject({ tickers: { length: 60 }, refusedMarkets: doubted })
    expect(asked).not.toHaveProperty('failure')
  })

  test('are as good as others when they are granted', async () => {
    const { fetch } = krakenWithout()
    const asked = await ask(kraken, ['XBTUSD'], depsOf(fetch, { doubted: ['GONEUSD'] }))
    expect(asked.tickers.map(({ market }) => market)).toEqual(['XBTUSD', 'GONEUSD'])
    expect(asked.requests).toBe(2)
  })

  test('may be all that there is to ask for', async () => {
    const { fetch } = krakenWithout('GONEUSD')
    const probe = depsOf(fetch, { doubted: ['GONEUSD'], isProbe: true })
    expect(await ask(kraken, [], probe)).toMatchObject({
      requests: 1,
      failure: { code: 'market-refused' },
    })
  })
})

describe('a probe', () => {
  test('asks for one market first, and for the others once that has been answered', async () => {
    const { fetch, diary } = krakenWithout()
    const asked = await ask(kraken, names(10), depsOf(fetch, { isProbe: true }))
    expect(diary.map((url) => url.split('pair=')[1]?.split(',').length)).toEqual([1, 9])
    expect(asked.tickers).toHaveLength(10)
  })

  test('that fails asks for nothing else', async () => {
    const { fetch, diary } = diaryNetwork(() => htmlResponse(502))
    await ask(kraken, names(10), depsOf(fetch, { isProbe: true }))
    expect(diary).toHaveLength(1)
  })

  test('of an exchange that always answers with everything is an ordinary request', async () => {
    const { fetch, diary } = krakenWithout()
    const all = { ...kraken, maxMarkets: Infinity }
    await ask(all, names(10), depsOf(fetch, { isProbe: true }))
    expect(diary).toHaveLength(1)
  })
})

test('what an exchange says of its limit is handed on, the newest word of it', async () => {
  const weights = ['1200', '3000', 'none']
  const { fetch } = diaryNetwork((url) => {
    const symbols: unknown[] = JSON.parse(url.searchParams.get('symbols') ?? '[]')
    return jsonResponse(
      symbols.map((symbol) => binanceRow({ symbol })),
      { headers: { 'X-MBX-USED-WEIGHT-1M': weights.shift() ?? '' } },
    )
  })
  const { usedShare } = await ask(binance, names(60), depsOf(fetch))
  expect(usedShare).toBe(0.5)
})

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-11-22T12:00:00Z')

  test.each([
    { header: '120', retryAfterMs: 120_000 },
    { header: 'Sun, 22 Nov 2026 12:00:30 GMT', retryAfterMs: 30_000 },
    { header: '99999999', retryAfterMs: 3 * 86_400_000 },
  ])('of $header is a wait of $retryAfterMs ms', async ({ header, retryAfterMs }) => {
    const { fetch } = diaryNetwork(() => htmlResponse(418, { 'Retry-After': header }))
    const asked = await ask(kraken, ['XBTUSD'], depsOf(fetch, { nowMs: () => nowMs }))
    expect(asked.failure).toMatchObject({ code: 'rate-limited', retryAfterMs })
  })

  test.each(['soon', '', '0', 'Sun, 22 Nov 2026 11:00:00 GMT'])(
    'of "%s" says nothing',
    async (header) => {
      const { fetch } = diaryNetwork(() => htmlResponse(429, { 'Retry-After': header }))
      const asked = await ask(kraken, ['XBTUSD'], depsOf(fetch, { nowMs: () => nowMs }))
      expect(asked.failure).toMatchObject({ code: 'rate-limited', retryAfterMs: undefined })
    },
  )
})

test('what lay in a cache by its own word is dated by when it came there', async () => {
  const nowMs = 1_800_000_000_000
  const { fetch } = diaryNetwork(() =>
    jsonResponse(krakenAnswer({ XBTUSD: krakenPair() }), { headers: { Age: '40' } }),
  )
  const asked = await ask(kraken, ['XBTUSD'], depsOf(fetch, { nowMs: () => nowMs }))
  expect(asked.tickers).toMatchObject([{ observedAtMs: nowMs - 40_000, observedKind: 'received' }])
})
