import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import { CollectorObject } from '../../durable-objects/collector.ts'
import type { SourcePlan } from '../../src/exchanges/collected.ts'
import { jsonResponse, krakenAnswer, krakenPair } from '../support/exchanges.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

const plan: readonly SourcePlan[] = [{ source: 'kraken', markets: ['XBTUSD'], isLive: true }]

/** The exchange's end of each socket that the collector has opened. */
type Ends = WebSocket[]

/**
 * Replaces the network by one exchange: REST says 1 for a price, and each socket is answered by
 * `speak`. Returns the exchange's ends, and what REST was asked for.
 */
function network(speak: (end: WebSocket, message: unknown) => void) {
  const ends: Ends = []
  const overRest: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (new Headers(init?.headers).get('Upgrade') !== 'websocket') {
      overRest.push(url.pathname)
      return jsonResponse(krakenAnswer({ XXBTZUSD: { ...krakenPair(), c: ['1', '1'] } }))
    }
    if (url.href !== 'https://ws.kraken.com/v2') throw new TypeError(`No route to ${url.href}`)
    const { 0: ours, 1: theirs } = new WebSocketPair()
    theirs.accept()
    theirs.addEventListener('message', ({ data }) => speak(theirs, JSON.parse(String(data))))
    ends.push(theirs)
    return new Response(null, { status: 101, webSocket: ours })
  })
  return { ends, overRest }
}

/** Tells of Bitcoin whenever it is asked for anything. */
function tellOfBitcoin(end: WebSocket): void {
  const timestamp = new Date(Date.now()).toISOString()
  const data = [{ symbol: 'BTC/USD', last: 2, bid: 1.9, ask: 2.1, volume: 5, timestamp }]
  end.send(JSON.stringify({ channel: 'ticker', type: 'update', data }))
}

function collector() {
  return env.COLLECTOR.getByName('collector:v2:weur:live-0')
}

let tickAtMs = 0

async function lastAtNextTick(): Promise<number | undefined> {
  tickAtMs += 2_000
  const { tickers } = await collector().collect(tickAtMs, plan)
  return tickers[0]?.last
}

test('the first tick comes over REST, later ones by the socket that it opened', async () => {
  const { ends, overRest } = network(tellOfBitcoin)
  expect(await lastAtNextTick()).toBe(1)
  await expect.poll(lastAtNextTick).toBe(2)
  expect(ends).toHaveLength(1)
  const askedBefore = overRest.length
  expect(await lastAtNextTick()).toBe(2)
  expect(overRest).toHaveLength(askedBefore)
  expect(await collector().status()).toMatchObject([
    { source: 'kraken', ok: true, live: { came_by: 'live', socket: 'open', fresh: 1 } },
  ])
})

test('a socket that the exchange closes is opened again, and subscribed to again', async () => {
  const asked: unknown[] = []
  const { ends } = network((end, message) => {
    asked.push(message)
    tellOfBitcoin(end)
  })
  await lastAtNextTick()
  await expect.poll(lastAtNextTick).toBe(2)
  // The ends of a pair belong to the object in which they were made.
  await runInDurableObject(collector(), async () => ends[0]?.close(1_001, 'maintenance'))
  await expect.poll(() => ends.length, { timeout: 5_000 }).toBe(2)
  await expect.poll(() => asked.length).toBe(2)
  expect(asked[1]).toMatchObject({ method: 'subscribe', params: { symbol: ['BTC/USD'] } })
  const [status] = await collector().status()
  expect(status?.live?.last_end).toMatchObject({
    code: 'closed',
    message: 'It was closed with 1001: maintenance.',
  })
})

test(
  'a socket that stalls is let go by its silence, and replaced',
  { timeout: 60_000 },
  async () => {
    let isStalled = true
    const { ends } = network((end) => {
      if (!isStalled) tellOfBitcoin(end)
    })
    expect(await lastAtNextTick()).toBe(1)
    await expect.poll(() => ends.length).toBe(1)
    // Open, subscribed, and silent from here on: REST answers meanwhile.
    const lasts = new Set<number | undefined>()
    await expect
      .poll(
        async () => {
          lasts.add(await lastAtNextTick())
          return (await collector().status())[0]?.live?.last_end?.code
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe('silent')
    expect([...lasts]).toEqual([1])

    isStalled = false
    await expect.poll(lastAtNextTick, { timeout: 10_000, interval: 100 }).toBe(2)
    expect(ends.length).toBeGreaterThanOrEqual(2)
  },
)

test('an exchange that refuses the socket is asked over REST, and the reason is told', async () => {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) =>
    new Headers(init?.headers).get('Upgrade') === 'websocket'
      ? new Response('no', { status: 403 })
      : jsonResponse(krakenAnswer({ XXBTZUSD: krakenPair() })),
  )
  expect(await lastAtNextTick()).toBe(73_380.6)
  await expect
    .poll(async () => (await collector().status())[0]?.live?.last_end)
    .toMatchObject({
      code: 'unreachable',
      message: 'It answered with HTTP 403 instead of a socket.',
    })
})

test('a collector that starts anew opens its sockets at its next tick', async () => {
  const { ends } = network(tellOfBitcoin)
  await lastAtNextTick()
  await expect.poll(lastAtNextTick).toBe(2)
  // An open socket keeps its object in memory, so it cannot be evicted: another instance of it can
  // be made, which knows as little.
  await runInDurableObject(collector(), async (_, state) => {
    const anew = new CollectorObject(state, env)
    await expect.poll(async () => (await anew.collect(++tickAtMs, plan)).tickers[0]?.last).toBe(2)
  })
  expect(ends).toHaveLength(2)
})

test('a source that nobody asks to be listened to has no socket', async () => {
  const { ends } = network(tellOfBitcoin)
  await collector().collect(0, [{ source: 'kraken', markets: ['XBTUSD'] }])
  expect(ends).toEqual([])
  expect(await collector().status()).not.toMatchObject([{ live: {} }])
})
