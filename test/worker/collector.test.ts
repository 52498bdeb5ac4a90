import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import { CollectorObject } from '../../durable-objects/collector.ts'
import type { SourcePlan } from '../../src/exchanges/collected.ts'
import {
  binanceRow,
  coinbaseAnswer,
  coinbaseProduct,
  htmlResponse,
  jsonResponse,
  krakenAnswer,
  krakenPair,
  krakenRefusal,
} from '../support/exchanges.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

const plan: readonly SourcePlan[] = [
  { source: 'binance', markets: ['BTCUSDT'] },
  { source: 'coinbase', markets: ['BTC-USD'] },
  { source: 'kraken', markets: ['XBTUSD'] },
]

type Answer = () => Response | Promise<Response>

const well: Readonly<Record<string, Answer>> = {
  'data-api.binance.vision': () => jsonResponse([binanceRow()]),
  'api.coinbase.com': () => jsonResponse(coinbaseAnswer(coinbaseProduct())),
  'api.kraken.com': () => jsonResponse(krakenAnswer({ XXBTZUSD: krakenPair() })),
}

/** Replaces the network; what a test does not name answers well. Returns the hosts asked. */
function network(differing: Readonly<Record<string, Answer>> = {}): readonly string[] {
  const diary: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const { host } = new URL(input instanceof Request ? input.url : input)
    diary.push(host)
    const answer = differing[host] ?? well[host]
    if (!answer) throw new TypeError(`No route to ${host}`)
    return answer()
  })
  return diary
}

/** Lets a span of time go by: sources have a pace of their own. Milliseconds. */
function pass(spanMs: number): void {
  const nowMs = Date.now() + spanMs
  vi.spyOn(Date, 'now').mockImplementation(() => nowMs)
}

function collector() {
  return env.COLLECTOR.getByName('collector:v1:weur:1')
}

function forever(): Promise<Response> {
  return new Promise(() => {})
}

test('three exchanges make three tickers, and each is timed', async () => {
  network()
  const { tickers, failures, latencyMs } = await collector().collect(0, plan)
  expect(tickers.map(({ source, last }) => [source, last])).toEqual([
    ['binance', 69_624],
    ['coinbase', 68_923.67],
    ['kraken', 73_380.6],
  ])
  expect(failures).toEqual([])
  expect(Object.keys(latencyMs)).toEqual(['binance', 'coinbase', 'kraken'])
})

test.each<{ name: string; answer: Answer; code: string }>([
  {
    name: 'that cannot be reached',
    answer: () => Promise.reject(new TypeError()),
    code: 'unreachable',
  },
  { name: 'that serves a page', answer: () => htmlResponse(200), code: 'not-json' },
  { name: 'that refuses our place by law', answer: () => htmlResponse(451), code: 'blocked-here' },
  { name: 'that hangs', answer: forever, code: 'timed-out' },
  {
    name: 'that serves garbage for JSON',
    answer: () => new Response('[{"symbol":', { headers: { 'Content-Type': 'application/json' } }),
    code: 'not-json',
  },
])('an exchange $name costs only itself', async ({ answer, code }) => {
  network({ 'data-api.binance.vision': answer })
  const startedAtMs = Date.now()
  const { tickers, failures } = await collector().collect(0, plan, 200)
  expect(tickers.map(({ source }) => source)).toEqual(['coinbase', 'kraken'])
  expect(failures).toMatchObject([{ source: 'binance', code }])
  expect(Date.now() - startedAtMs).toBeLessThan(2_000)
})

test('a body that stops half-way is left at the deadline', async () => {
  const head = new TextEncoder().encode('[{"symbol":"BTC')
  network({
    'data-api.binance.vision': () => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      void writable.getWriter().write(head)
      return new Response(readable, { headers: { 'Content-Type': 'application/json' } })
    },
  })
  const { tickers, failures } = await collector().collect(0, plan, 100)
  expect(failures).toMatchObject([{ source: 'binance', code: 'timed-out' }])
  expect(tickers).toHaveLength(2)
})

test('when every exchange is down there is an answer all the same', async () => {
  network(Object.fromEntries(Object.keys(well).map((host) => [host, () => htmlResponse(502)])))
  const { tickers, failures } = await collector().collect(0, plan)
  expect(tickers).toEqual([])
  expect(failures.map(({ code }) => code)).toEqual(['http-status', 'http-status', 'http-status'])
})

test('a doubled tick asks once, whether it overlaps or comes later; the next tick asks again', async () => {
  const diary = network()
  const [first, second] = await Promise.all([
    collector().collect(30_000, plan),
    collector().collect(30_000, plan),
  ])
  expect(second).toEqual(first)
  expect(await collector().collect(30_000, plan)).toEqual(first)
  expect(diary).toHaveLength(3)

  pass(30_000)
  await collector().collect(60_000, plan)
  expect(diary).toHaveLength(6)
})

test('a tick that comes too soon for its sources repeats what they said, dated as it was', async () => {
  const diary = network()
  const first = await collector().collect(30_000, plan)
  pass(2_000)
  const second = await collector().collect(32_000, plan)
  expect(second).toEqual({ tickers: first.tickers, failures: [], latencyMs: {} })
  expect(diary).toHaveLength(3)
})

test('a source that refuses the place is asked by the collector of its fallback region', async () => {
  let isRefused = true
  const diary = network({
    'api.kraken.com': () => {
      const answer = isRefused ? htmlResponse(451) : well['api.kraken.com']?.()
      isRefused = false
      return answer ?? htmlResponse(502)
    },
  })
  const fallback = { name: 'collector:v2:apac:for-weur-0', locationHint: 'apac' } as const
  const movable = [{ source: 'kraken', markets: ['XBTUSD'], fallback }]
  const { tickers, failures, latencyMs } = await collector().collect(0, movable)
  expect(tickers.map(({ source }) => source)).toEqual(['kraken'])
  expect(failures).toEqual([])
  expect(Object.keys(latencyMs)).toEqual(['kraken'])
  expect(diary).toHaveLength(2)
  expect(await collector().status()).toMatchObject([{ source: 'kraken', blocked_here: true }])
  const abroad = env.COLLECTOR.getByName(fallback.name)
  expect(await abroad.status()).toMatchObject([{ source: 'kraken', ok: true, circuit: 'closed' }])

  // What was learnt outlives the object: home is not tried again so soon.
  pass(10_000)
  await evictDurableObject(collector())
  await collector().collect(10_000, movable)
  expect(diary).toHaveLength(3)
  expect(await collector().status()).toMatchObject([{ last_error: { code: 'blocked-here' } }])
})

test('a refused market is found, and not asked for in the next tick', async () => {
  const asked: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const pairs = url.searchParams.get('pair') ?? ''
    asked.push(pairs)
    return jsonResponse(
      pairs.includes('GONEUSD')
        ? krakenRefusal('EQuery:Unknown asset pair')
        : krakenAnswer(Object.fromEntries(pairs.split(',').map((pair) => [pair, krakenPair()]))),
    )
  })
  const kraken = [{ source: 'kraken', markets: ['XBTUSD', 'GONEUSD', 'ADAUSD'] }]
  const { tickers, failures } = await collector().collect(0, kraken)
  expect(tickers.map(({ market }) => market).toSorted()).toEqual(['ADAUSD', 'XBTUSD'])
  expect(failures).toEqual([])
  expect(await collector().status()).toMatchObject([{ ok: true, refused_markets: ['GONEUSD'] }])

  asked.length = 0
  pass(30_000)
  await collector().collect(30_000, kraken)
  expect(asked).toEqual(['XBTUSD,ADAUSD'])
})

test('an exchange that sent us away is left alone, also after eviction', async () => {
  const diary = network({
    'api.kraken.com': () => htmlResponse(429, { 'Retry-After': '120' }),
  })
  await collector().collect(0, plan)
  const before = await collector().status()
  expect(before).toMatchObject([
    { source: 'binance', ok: true, consecutive_failures: 0 },
    { source: 'coinbase', ok: true },
    { source: 'kraken', ok: false, consecutive_failures: 1, last_error: { code: 'rate-limited' } },
  ])

  await evictDurableObject(collector())
  expect(await collector().status()).toEqual(before)

  pass(30_000)
  const { failures, latencyMs } = await collector().collect(30_000, plan)
  expect(failures).toMatchObject([{ source: 'kraken', code: 'rate-limited' }])
  expect(latencyMs).not.toHaveProperty('kraken')
  expect(diary.filter((host) => host === 'api.kraken.com')).toHaveLength(1)
})

test('remembers only the last few ticks', async () => {
  const diary = network()
  const one = plan.slice(0, 1)
  for (const tickAtMs of [0, 1, 2, 3, 4]) {
    await collector().collect(tickAtMs, one)
    pass(30_000)
  }
  await collector().collect(1, one)
  expect(diary).toHaveLength(5)
  await collector().collect(0, one)
  expect(diary).toHaveLength(6)
})

test('health that another version wrote does not keep a collector from starting', async () => {
  await runInDurableObject(collector(), (_, state) => {
    state.storage.sql.exec('INSERT OR REPLACE INTO health VALUES (1, ?)', '{"kraken":{"v":2}}')
  })
  await evictDurableObject(collector())
  expect(await collector().status()).toEqual([])
})

test('asks at the addresses of the settings', async () => {
  const diary = network({ '127.0.0.1:8790': () => jsonResponse([binanceRow()]) })
  const urls = JSON.stringify({ binance: 'http://127.0.0.1:8790/binance/' })
  // The setting is none of wrangler.toml's, so the environment's own type does not know it.
  const { tickers } = await runInDurableObject(collector(), (_, state) =>
    new CollectorObject(state, { ...env, EXCHANGE_BASE_URLS: urls } as Env).collect(0, plan),
  )
  expect(tickers).toHaveLength(3)
  expect(diary.toSorted()).toEqual(['127.0.0.1:8790', 'api.coinbase.com', 'api.kraken.com'])
})

test('a plan that no collector can follow is a slip of the program', async () => {
  network()
  await runInDurableObject(collector(), async (instance) => {
    const six = Array.from({ length: 6 }, () => ({ source: 'kraken', markets: ['XBTUSD'] }))
    await expect(instance.collect(0, six)).rejects.toThrow(/at most 5/)
    const nobody = [{ source: 'mtgox', markets: ['BTCUSD'] }]
    await expect(instance.collect(0, nobody)).rejects.toThrow(/mtgox/)
  })
})
