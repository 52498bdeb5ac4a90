import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FetchInit } from '../../../src/exchanges/answer.ts'
import { ask, type AskDeps } from '../../../src/exchanges/ask.ts'
import { binance } from '../../../src/exchanges/binance.ts'
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

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-11-22T12:00:00Z')

  test.each([
    { header: '120', retryAfterMs: 120_000 },
    { header: 'Sun, 22 Nov 2026 12:00:30 GMT', retryAfterMs: 30_000 },
    { header: 'Sun, 22 Nov 2026 11:00:00 GMT', retryAfterMs: 0 },
    { header: '99999999', retryAfterMs: 3 * 86_400_000 },
  ])('of $header is a wait of $retryAfterMs ms', async ({ header, retryAfterMs }) => {
    const { fetch } = diaryNetwork(() => htmlResponse(418, { 'Retry-After': header }))
    const asked = await ask(kraken, ['XBTUSD'], depsOf(fetch, { nowMs: () => nowMs }))
    expect(asked.failure).toMatchObject({ code: 'rate-limited', retryAfterMs })
  })

  test.each(['soon', ''])('of "%s" says nothing', async (header) => {
    const { fetch } = diaryNetwork(() => htmlResponse(429, { 'Retry-After': header }))
    const asked = await ask(kraken, ['XBTUSD'], depsOf(fetch, { nowMs: () => nowMs }))
    expect(asked.failure).toMatchObject({ code: 'rate-limited', retryAfterMs: undefined })
  })
})
