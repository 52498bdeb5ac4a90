import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Fetch } from '../../../src/exchanges/answer.ts'
import { type Collected, nothing, type SourcePlan } from '../../../src/exchanges/collected.ts'
import { Desk, type DeskDeps } from '../../../src/exchanges/desk.ts'
import {
  binanceRow,
  coinbaseAnswer,
  coinbaseProduct,
  htmlResponse,
  jsonResponse,
  krakenAnswer,
  krakenPair,
} from '../../support/exchanges.ts'
import { sixAtATime } from '../../support/six-at-a-time.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const kraken: SourcePlan = { source: 'kraken', markets: ['XBTUSD'] }
const fallback = { name: 'collector:v2:apac:for-weur-0', locationHint: 'apac' } as const

type Answer = (url: URL) => Response | Promise<Response>

const well: Readonly<Record<string, Answer>> = {
  'data-api.binance.vision': (url) => {
    const symbols: unknown[] = JSON.parse(url.searchParams.get('symbols') ?? '[]')
    return jsonResponse(symbols.map((symbol) => binanceRow({ symbol })))
  },
  'api.coinbase.com': () => jsonResponse(coinbaseAnswer(coinbaseProduct())),
  'api.kraken.com': () => jsonResponse(krakenAnswer({ XBTUSD: krakenPair() })),
}
const forever: Answer = async () => new Promise(() => {})

/** A network in which hosts that a test names answer otherwise, after some time. */
function network(differing: Readonly<Record<string, Answer>> = {}, tookMs = 50) {
  const diary: string[] = []
  const answer: Fetch = async (address) => {
    const url = new URL(address)
    diary.push(url.host)
    await new Promise((resolve) => setTimeout(resolve, tookMs))
    return (differing[url.host] ?? well[url.host] ?? forever)(url)
  }
  return { answer, diary }
}

function aDesk(fetch: Fetch, differing: Partial<DeskDeps> = {}): Desk {
  return new Desk([], {
    fetch,
    nowMs: () => Date.now(),
    chance: () => 0,
    baseUrls: {},
    askElsewhere: async () => nothing,
    ...differing,
  })
}

/** What a source said, and after how many milliseconds. */
async function timed(desk: Desk, plan: SourcePlan, timeoutMs: number) {
  const startedAtMs = Date.now()
  const collected = await desk.collect(plan, 0, timeoutMs)
  return { ...collected, afterMs: Date.now() - startedAtMs }
}

async function after<T>(ms: number, work: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(ms)
  return work
}

describe('five venues at one desk, of which two never answer', () => {
  const plans: readonly SourcePlan[] = [
    { source: 'binance', markets: Array.from({ length: 60 }, (_, i) => `M${i}USDT`) },
    { source: 'coinbase', markets: ['BTC-USD'] },
    kraken,
    { source: 'gate', markets: ['BTC_USDT'] },
    { source: 'bybit', markets: ['BTCUSDT'] },
  ]

  test('cost the others nothing, and end at their own deadlines', async () => {
    const { fetch, seen } = sixAtATime(network().answer)
    const desk = aDesk(fetch)
    const asking = Promise.all(plans.map(async (plan) => timed(desk, plan, 2_000)))
    const [binance, coinbase, ...rest] = await after(2_000, asking)
    // Three requests one after the other.
    expect(binance).toMatchObject({ afterMs: 150, failures: [] })
    expect(binance?.tickers).toHaveLength(60)
    expect(coinbase).toMatchObject({ afterMs: 50, failures: [] })
    expect(rest.map(({ afterMs }) => afterMs)).toEqual([50, 2_000, 2_000])
    expect(rest.slice(1).map(({ failures }) => failures[0]?.code)).toEqual([
      'timed-out',
      'timed-out',
    ])
    expect(seen()).toEqual({ most: 5, queued: 0 })
  })

  test('have one connection each, also while ticks and a freeze overlap', async () => {
    const { fetch, seen } = sixAtATime(network().answer)
    const desk = aDesk(fetch)
    const tick = Promise.all(plans.map(async (plan) => desk.collect(plan, 0, 4_000)))
    await vi.advanceTimersByTimeAsync(20)
    const freeze = Promise.all(plans.map(async (plan) => timed(desk, plan, 1_500)))
    await vi.advanceTimersByTimeAsync(1_500)
    expect((await freeze).map(({ afterMs }) => afterMs)).toEqual([130, 30, 30, 1_500, 1_500])
    await after(4_000, tick)
    expect(seen()).toEqual({ most: 5, queued: 0 })
  })

  test('a body that never ends is given up like a silence, and its connection with it', async () => {
    const endless: Answer = () =>
      new Response(new ReadableStream({ pull: async () => new Promise(() => {}) }), {
        headers: { 'Content-Type': 'application/json' },
      })
    const { fetch, seen } = sixAtATime(network({ 'api.kraken.com': endless }).answer)
    const desk = aDesk(fetch)
    for (let tick = 0; tick < 8; tick += 1) {
      const { afterMs, failures } = await after(6_000, timed(desk, kraken, 1_000))
      expect(afterMs).toBeLessThanOrEqual(1_000)
      expect(failures).toHaveLength(1)
    }
    expect(seen()).toEqual({ most: 1, queued: 0 })
  })
})

test('the seventh of a crowd would wait at its own cost: therefore five at a desk and not seven', async () => {
  const { fetch, seen } = sixAtATime(network({}, 1_000).answer)
  const others = Array.from({ length: 6 }, async () =>
    fetch('https://api.kraken.com/', {
      headers: {},
      redirect: 'manual',
      cache: 'no-store',
      signal: new AbortController().signal,
    }),
  )
  const asking = timed(aDesk(fetch), kraken, 1_500)
  expect(await after(1_500, asking)).toMatchObject({ afterMs: 1_500, tickers: [] })
  await Promise.all(others)
  expect(seen()).toEqual({ most: 6, queued: 1 })
})

describe('a source that was asked a moment ago', () => {
  test('repeats what it said, dated as it was', async () => {
    const { answer, diary } = network()
    const desk = aDesk(answer)
    const first = await after(50, desk.collect(kraken, 0, 1_000))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await desk.collect(kraken, 2_000, 1_000)).toEqual({
      tickers: first.tickers,
      failures: [],
      latencyMs: {},
    })
    await vi.advanceTimersByTimeAsync(3_000)
    await after(50, desk.collect(kraken, 5_000, 1_000))
    expect(diary).toHaveLength(2)
  })

  test('repeats only the markets that are asked for, and nothing it did not say', async () => {
    const desk = aDesk(network().answer)
    await after(50, desk.collect(kraken, 0, 1_000))
    const other = { source: 'kraken', markets: ['ETHUSD'] }
    expect(await desk.collect(other, 2_000, 1_000)).toEqual(nothing)
  })
})

describe('a source that takes its time', () => {
  test('has its last tickers stand for it, dated as they were, and is heard the next time', async () => {
    const hosts: Record<string, Answer> = {}
    const { fetch, seen } = sixAtATime(network(hosts).answer)
    const desk = aDesk(fetch)
    const first = await after(50, desk.collect(kraken, 0, 1_000))
    await vi.advanceTimersByTimeAsync(9_950)
    hosts['api.kraken.com'] = async (url) => {
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      return (well['api.kraken.com'] ?? forever)(url)
    }
    const hurried = await after(1_200, timed(desk, kraken, 1_200))
    expect(hurried).toMatchObject({ afterMs: 1_200, failures: [{ code: 'timed-out' }] })
    expect(hurried.tickers).toEqual(first.tickers)
    expect(hurried.latencyMs).toEqual({})

    await vi.advanceTimersByTimeAsync(900)
    const next = await desk.collect(kraken, 12_000, 1_200)
    expect(next).toMatchObject({ failures: [], tickers: [{ market: 'XBTUSD' }] })
    expect(next.tickers[0]?.observedAtMs).toBeGreaterThan(first.tickers[0]?.observedAtMs ?? 0)
    expect(desk.status()).toMatchObject([{ ok: true, last_latency_ms: 2_050 }])
    expect(seen()).toEqual({ most: 1, queued: 0 })
  })

  test('is given up after four seconds, however short of time all were who asked', async () => {
    const { answer, diary } = network({ 'api.kraken.com': forever })
    const desk = aDesk(answer)
    for (let at = 0; at < 4; at += 1) {
      await after(1_000, desk.collect(kraken, at, 500))
    }
    expect(diary).toHaveLength(1)
    expect(desk.status()).toMatchObject([{ ok: false, last_error: { code: 'timed-out' } }])
  })

  test('has been dead for three ticks: from then on it delays none by more than a second', async () => {
    const desk = aDesk(network({ 'api.kraken.com': forever }).answer)
    const waits: number[] = []
    for (let tick = 0; tick < 6; tick += 1) {
      const { afterMs } = await after(30_000, timed(desk, kraken, 4_000))
      waits.push(afterMs)
    }
    expect(waits).toEqual([4_000, 4_000, 4_000, 1_000, 1_000, 1_000])
  })

  test('whose asking was lost with its invocation is asked anew, and waited for no longer', async () => {
    const hosts: Record<string, Answer> = { 'api.kraken.com': forever }
    const desk = aDesk(network(hosts).answer)
    void desk.collect(kraken, 0, 1_000)
    await vi.advanceTimersByTimeAsync(100)
    // An invocation that is ended takes its timers with it: nothing of it will ever come to an end.
    vi.clearAllTimers()
    delete hosts['api.kraken.com']
    vi.setSystemTime(Date.now() + 10_000)
    expect(await after(50, desk.collect(kraken, 10_000, 1_000))).toMatchObject({
      tickers: [{ market: 'XBTUSD' }],
    })
  })

  test('and has recovered, but slowly, is heard again all the same', async () => {
    const hosts: Record<string, Answer> = { 'api.kraken.com': forever }
    const desk = aDesk(network(hosts).answer)
    for (let tick = 0; tick < 3; tick += 1) await after(30_000, desk.collect(kraken, tick, 4_000))
    hosts['api.kraken.com'] = async (url) => {
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      return (well['api.kraken.com'] ?? forever)(url)
    }
    expect(await after(30_000, desk.collect(kraken, 3, 4_000))).toMatchObject({
      tickers: [],
      failures: [{ code: 'timed-out' }],
    })
    const heard = await after(30_000, desk.collect(kraken, 4, 4_000))
    expect(heard).toMatchObject({ tickers: [{ market: 'XBTUSD' }], failures: [] })
  })
})

describe('a source that refuses the place', () => {
  const refusing = { 'api.kraken.com': () => htmlResponse(451) }
  const abroad: Collected = { ...nothing, latencyMs: { kraken: 7 } }

  /** A desk whose sources are asked elsewhere too, and where, for how long. */
  function aDeskWithFallback(hosts: Readonly<Record<string, Answer>>) {
    const { answer, diary } = network(hosts)
    const elsewhere: string[] = []
    const desk = aDesk(answer, {
      askElsewhere: async ({ name }, plan, tickAtMs, timeoutMs) => {
        elsewhere.push(`${plan.source} at ${name} for ${timeoutMs} ms in tick ${tickAtMs}`)
        expect(plan).not.toHaveProperty('fallback')
        return abroad
      },
    })
    return { desk, diary, elsewhere }
  }
  const movable: SourcePlan = { ...kraken, fallback }

  test('is asked in its fallback region in the same tick, with what is left of the time', async () => {
    const { desk, elsewhere } = aDeskWithFallback(refusing)
    expect(await after(50, desk.collect(movable, 30_000, 1_050))).toEqual(abroad)
    expect(elsewhere).toEqual([`kraken at ${fallback.name} for 800 ms in tick 30000`])
    expect(desk.status()).toMatchObject([{ ok: false, blocked_here: true, circuit: 'open' }])
  })

  test('is asked there alone from then on, and tried at home after a while', async () => {
    const hosts: Record<string, Answer> = { ...refusing }
    const { desk, diary, elsewhere } = aDeskWithFallback(hosts)
    await after(50, desk.collect(movable, 0, 1_000))
    await vi.advanceTimersByTimeAsync(14_000)
    await desk.collect(movable, 14_000, 1_000)
    expect([diary.length, elsewhere.length]).toEqual([1, 2])

    await vi.advanceTimersByTimeAsync(1_000)
    delete hosts['api.kraken.com']
    const home = await after(50, desk.collect(movable, 15_000, 1_000))
    expect(home.tickers).toHaveLength(1)
    expect(desk.status()).toMatchObject([{ ok: true, circuit: 'closed' }])
    expect([diary.length, elsewhere.length]).toEqual([2, 2])
  })

  test('whose fallback hangs is over in time, and says so', async () => {
    const { answer } = network(refusing)
    const desk = aDesk(answer, { askElsewhere: async () => new Promise(() => {}) })
    const { afterMs, failures } = await after(1_000, timed(desk, movable, 1_000))
    expect(afterMs).toBe(1_000)
    expect(failures).toMatchObject([{ source: 'kraken', code: 'timed-out' }])
  })

  test('and has no fallback is left alone', async () => {
    const { answer, diary } = network(refusing)
    const desk = aDesk(answer)
    await after(50, desk.collect(kraken, 0, 1_000))
    await vi.advanceTimersByTimeAsync(10_000)
    const { failures } = await desk.collect(kraken, 10_000, 1_000)
    expect(failures).toMatchObject([{ source: 'kraken', code: 'blocked-here' }])
    expect(diary).toHaveLength(1)
  })
})

test('an exchange that nobody knows is a slip of the program', async () => {
  const desk = aDesk(network().answer)
  await expect(desk.collect({ source: 'mtgox', markets: ['X'] }, 0, 1)).rejects.toThrow(/mtgox/)
})
