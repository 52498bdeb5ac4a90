import { describe, expect, test } from 'vitest'
import type { Collected, SourcePlan } from '../../../../src/exchanges/collected.ts'
import { failing, nothing } from '../../../../src/exchanges/collected.ts'
import { LiveManager } from '../../../../src/exchanges/live/manager.ts'
import { freshForMs, liveRules } from '../../../../src/exchanges/live/rules.ts'
import { newest, type PuppetWorld, puppetWorld, worldBeganMs } from '../../../support/live.ts'

const url = 'wss://kraken.test/v2'
const plan: SourcePlan = { source: 'kraken', markets: ['XBTUSD', 'SOLUSD'], isLive: true }

function aManager(world: PuppetWorld): LiveManager {
  return new LiveManager(new Map([['kraken', url]]), world.deps)
}

/** REST that answers whatever it is asked, and writes down what. */
function restOf(world: PuppetWorld) {
  const asked: string[] = []
  const ask = async ({ source, markets }: SourcePlan): Promise<Collected> => {
    asked.push(markets.join())
    const observedAtMs = world.nowMs()
    const tickers = markets.map(
      (market) => ({ source, market, last: 1, observedAtMs, observedKind: 'received' }) as const,
    )
    return { tickers, failures: [], latencyMs: { [source]: 20 } }
  }
  return { asked, ask }
}

/** The exchange tells of markets, at the instant. */
function tell(world: PuppetWorld, ...symbols: string[]): void {
  const timestamp = new Date(world.nowMs()).toISOString()
  const data = symbols.map((symbol) => ({
    symbol,
    last: 2,
    bid: 1.9,
    ask: 2.1,
    volume: 5,
    timestamp,
  }))
  newest(world).listener.heard(JSON.stringify({ channel: 'ticker', type: 'update', data }))
}

/** A manager whose socket is open and subscribed. */
async function listening() {
  const world = puppetWorld()
  const manager = aManager(world)
  const rest = restOf(world)
  await manager.collect(plan, rest.ask)
  newest(world).listener.opened()
  rest.asked.length = 0
  return { world, manager, rest }
}

/** Lets time pass while the exchange tells of both markets each second. */
function passTelling(world: PuppetWorld, seconds: number): void {
  for (let i = 0; i < seconds; i += 1) {
    world.pass(1_000)
    tell(world, 'BTC/USD', 'SOL/USD')
  }
}

describe('a source that is listened to', () => {
  test('comes over REST at first, and opens its socket beside it', async () => {
    const world = puppetWorld()
    const manager = aManager(world)
    const rest = restOf(world)
    const { tickers } = await manager.collect(plan, rest.ask)
    expect(tickers.map(({ last }) => last)).toEqual([1, 1])
    expect(rest.asked).toEqual(['XBTUSD,SOLUSD'])
    expect(world.sockets.map((socket) => socket.url)).toEqual([url])
    expect(manager.status().get('kraken')?.live).toEqual({
      socket: 'connecting',
      fresh: 0,
      connections: 0,
      came_by: 'rest',
    })
  })

  test('comes out of the memory once every market has been told of, and REST is asked nothing', async () => {
    const { world, manager, rest } = await listening()
    tell(world, 'BTC/USD', 'SOL/USD')
    const { tickers, failures, latencyMs } = await manager.collect(plan, rest.ask)
    expect(tickers).toEqual([
      {
        source: 'kraken',
        market: 'XBTUSD',
        last: 2,
        bid: 1.9,
        ask: 2.1,
        volume: 5,
        observedAtMs: worldBeganMs,
        observedKind: 'ticker',
      },
      {
        source: 'kraken',
        market: 'SOLUSD',
        last: 2,
        bid: 1.9,
        ask: 2.1,
        volume: 5,
        observedAtMs: worldBeganMs,
        observedKind: 'ticker',
      },
    ])
    expect({ failures, latencyMs }).toEqual({ failures: [], latencyMs: {} })
    expect(rest.asked).toEqual([])
    expect(manager.status().get('kraken')).toEqual({
      live: { socket: 'open', fresh: 2, connections: 1, came_by: 'live' },
      last: { atMs: worldBeganMs, tickers: 2 },
    })
  })

  test('a market that the socket does not tell of is asked for over REST, and no other', async () => {
    const { world, manager, rest } = await listening()
    tell(world, 'BTC/USD')
    const { tickers } = await manager.collect(plan, rest.ask)
    expect(tickers.map(({ market, last }) => [market, last])).toEqual([
      ['XBTUSD', 2],
      ['SOLUSD', 1],
    ])
    expect(rest.asked).toEqual(['SOLUSD'])
    expect(manager.status().get('kraken')?.live.came_by).toBe('both')
  })

  test('a ticker is an answer for as long as it is fresh, and not a millisecond longer', async () => {
    const { world, manager, rest } = await listening()
    tell(world, 'BTC/USD', 'SOL/USD')
    const { pass } = world
    newest(world).listener.heard('{"channel":"heartbeat"}')
    pass(10_000)
    newest(world).listener.heard('{"channel":"heartbeat"}')
    pass(freshForMs - 10_000)
    await manager.collect(plan, rest.ask)
    expect(rest.asked).toEqual([])
    pass(1)
    await manager.collect(plan, rest.ask)
    expect(rest.asked).toEqual(['XBTUSD,SOLUSD'])
  })

  test('of two tickers the newer one stays, whichever came last', async () => {
    const { world, manager, rest } = await listening()
    world.pass(2_000)
    tell(world, 'BTC/USD', 'SOL/USD')
    const timestamp = new Date(worldBeganMs).toISOString()
    const data = [{ symbol: 'BTC/USD', last: 99, timestamp }]
    newest(world).listener.heard(JSON.stringify({ channel: 'ticker', data }))
    const { tickers } = await manager.collect(plan, rest.ask)
    expect(tickers[0]).toMatchObject({ market: 'XBTUSD', last: 2 })
  })

  test('markets that are wanted later are subscribed to on the same socket', async () => {
    const { world, manager, rest } = await listening()
    world.pass(1_000)
    await manager.collect({ ...plan, markets: [...plan.markets, 'XDGUSD'] }, rest.ask)
    expect(world.sockets).toHaveLength(1)
    expect(newest(world).sent.at(-1)).toMatchObject({ params: { symbol: ['DOGE/USD'] } })
  })
})

describe('a socket that fails', () => {
  test('silently is noticed within the bound, replaced, and subscribed to everything again', async () => {
    const { world, manager, rest } = await listening()
    passTelling(world, 3)
    const [first] = world.sockets
    // From here on nothing comes, and nothing closes.
    world.pass(liveRules.silentAfterMs)
    expect(first?.isClosed).toBe(true)
    expect(manager.status().get('kraken')?.live).toMatchObject({
      socket: 'waiting',
      last_end: { code: 'silent', at: worldBeganMs + 3_000 + liveRules.silentAfterMs },
    })
    world.pass(liveRules.firstWaitMs)
    expect(world.sockets).toHaveLength(2)

    // REST answers in between, and the socket again once it tells.
    world.pass(4_000)
    await manager.collect(plan, rest.ask)
    expect(rest.asked).toEqual(['XBTUSD,SOLUSD'])
    newest(world).listener.opened()
    expect(newest(world).sent).toMatchObject([{ params: { symbol: ['BTC/USD', 'SOL/USD'] } }])
    tell(world, 'BTC/USD', 'SOL/USD')
    await manager.collect(plan, rest.ask)
    expect(rest.asked).toHaveLength(1)
    expect(manager.status().get('kraken')?.live).toMatchObject({ socket: 'open', connections: 2 })
  })

  test('while it answers pings is noticed by the tickers that do not come', async () => {
    const { world, manager } = await listening()
    tell(world, 'BTC/USD', 'SOL/USD')
    for (let i = 0; i < 30 && world.sockets.length === 1; i += 1) {
      newest(world).listener.heard('{"method":"pong"}')
      world.pass(1_000)
    }
    expect(world.sockets).toHaveLength(2)
    expect(manager.status().get('kraken')?.live.last_end).toMatchObject({
      code: 'tickerless',
      at: worldBeganMs + liveRules.tickerlessAfterMs,
    })
  })

  test('by throwing when it is spoken to is one that ended', async () => {
    const { world, manager } = await listening()
    newest(world).isClosed = true
    world.pass(liveRules.pingEveryMs)
    expect(manager.status().get('kraken')?.live.last_end).toMatchObject({ code: 'closed' })
    world.pass(liveRules.firstWaitMs)
    expect(world.sockets).toHaveLength(2)
  })

  test('by ending while it is being opened is waited for, ever longer', async () => {
    const world = puppetWorld()
    const manager = aManager(world)
    const rest = restOf(world)
    const openedAtMs: number[] = []
    for (let i = 0; i < 6; i += 1) {
      await manager.collect(plan, rest.ask)
      openedAtMs.push(world.nowMs())
      newest(world).listener.ended('HTTP 403')
      const { length } = world.sockets
      while (world.sockets.length === length) world.pass(50)
    }
    const waitsMs = openedAtMs.slice(1).map((atMs, i) => atMs - (openedAtMs[i] ?? 0))
    expect(waitsMs).toEqual([250, 500, 1_000, 2_000, 4_000])
  })

  test('and one dropped for good leaves neither sockets nor timers behind', async () => {
    const { world, manager } = await listening()
    manager.stop()
    expect(world.sockets.every(({ isClosed }) => isClosed)).toBe(true)
    expect(world.waiting()).toBe(0)
    world.pass(60_000)
    expect(world.sockets).toHaveLength(1)
  })

  test('nobody asking, it is let go and no timer stays', async () => {
    const { world } = await listening()
    passTelling(world, liveRules.idleAfterMs / 1_000)
    expect(newest(world).isClosed).toBe(true)
    expect(world.sockets).toHaveLength(1)
    expect(world.waiting()).toBe(0)
  })
})

describe('REST alone', () => {
  test.each<{ name: string; differing: Partial<SourcePlan> }>([
    { name: 'that is not to be listened to', differing: { isLive: false } },
    { name: 'that cannot be listened to', differing: { source: 'bitstamp' } },
    { name: 'that has no address', differing: { source: 'okx' } },
  ])('serves a source $name', async ({ differing }) => {
    const world = puppetWorld()
    const manager = aManager(world)
    const rest = restOf(world)
    await manager.collect({ ...plan, ...differing }, rest.ask)
    expect(rest.asked).toEqual(['XBTUSD,SOLUSD'])
    expect(world.sockets).toEqual([])
    expect(manager.status().size).toBe(0)
  })

  test('a market that it refuses is no failure of a source that has told of the others', async () => {
    const { world, manager } = await listening()
    const refusing = async () =>
      failing('kraken', { code: 'market-refused', message: 'Every market was refused of late.' })
    expect((await manager.collect(plan, refusing)).failures).toHaveLength(1)
    tell(world, 'BTC/USD')
    expect(await manager.collect(plan, refusing)).toMatchObject({
      tickers: [{ market: 'XBTUSD' }],
      failures: [],
    })
  })

  test('any other failure of it is told beside what the socket has', async () => {
    const { world, manager } = await listening()
    tell(world, 'BTC/USD')
    const failed = {
      ...failing('kraken', { code: 'timed-out', message: 'late' }),
      latencyMs: { kraken: 4_000 },
    }
    const collected = await manager.collect(plan, async () => ({ ...nothing, ...failed }))
    expect(collected).toMatchObject({
      tickers: [{ market: 'XBTUSD' }],
      failures: [{ source: 'kraken', code: 'timed-out' }],
      latencyMs: { kraken: 4_000 },
    })
  })
})

test('a thousand hours of ticks and reconnections leave one socket and one timer', async () => {
  const { world, manager, rest } = await listening()
  for (let hour = 0; hour < 1_000; hour += 1) {
    for (let minutes = 0; minutes < 60; minutes += 4) {
      world.pass(4 * 60_000)
      await manager.collect(plan, rest.ask)
      newest(world).listener.opened()
    }
  }
  expect(world.sockets.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(1)
  expect(world.waiting()).toBeLessThanOrEqual(1)
})
