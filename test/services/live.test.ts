/** The sockets of six exchanges against a server that stalls, kills and refuses, over real TCP. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RunningExchanges, startExchanges } from '../../local/exchanges.ts'
import { listings } from '../../src/catalogue.ts'
import type { LiveRules } from '../../src/exchanges/live/rules.ts'
import { liveCollector } from '../support/live-sockets.ts'

const names = ['binance', 'bybit', 'coinbase', 'gate', 'kraken', 'okx']

/** The usual rules, some twenty times as fast. Milliseconds. */
const rules: Partial<LiveRules> = {
  openWithinMs: 1_000,
  pingEveryMs: 250,
  silentAfterMs: 700,
  tickerlessAfterMs: 1_400,
  firstWaitMs: 100,
  longestWaitMs: 400,
  paceMs: 20,
}

let exchanges: RunningExchanges
let collector: ReturnType<typeof liveCollector>

beforeEach(async () => {
  exchanges = await startExchanges({ port: 0, liveBeatMs: 100 })
  collector = liveCollector({ ...exchanges, rules })
})
afterEach(async () => {
  collector.manager.stop()
  await exchanges.stop()
})

function planOf(source: string) {
  const markets = listings.filter((listing) => listing.source === source)
  return { source, markets: markets.map(({ market }) => market), isLive: true }
}

async function afflict(name: string, live: string): Promise<void> {
  const url = `http://127.0.0.1:${exchanges.port}/control/${name}`
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ live }) })
  if (!response.ok) throw new Error(`The control answered ${response.status}.`)
}

function liveOf(name: string) {
  return collector.manager.status().get(name)?.live
}

/**
 * Ticks until every market of a source comes by its socket, seen at an instant or later: what an
 * earlier connection told does not count.
 */
async function livesAgain(name: string, sinceMs = 0): Promise<void> {
  const plan = planOf(name)
  await expect
    .poll(
      async () => {
        const { tickers } = await collector.collect(plan)
        const seen = tickers.filter(({ observedAtMs }) => observedAtMs >= sinceMs)
        return { ...liveOf(name), seen: seen.length }
      },
      { timeout: 15_000, interval: 50 },
    )
    .toMatchObject({ came_by: 'live', socket: 'open', seen: plan.markets.length })
}

describe.each(names)('%s', (name) => {
  const { markets } = planOf(name)

  test('is listened to: every market of the catalogue comes by the socket, as over REST', async () => {
    const overRest = await collector.collect(planOf(name))
    await livesAgain(name)
    collector.askedOverRest.length = 0
    const { tickers } = await collector.collect(planOf(name))
    expect(collector.askedOverRest).toEqual([])
    expect(tickers.map(({ market }) => market)).toEqual(markets)
    expect(tickers.map(({ market }) => market).toSorted()).toEqual(
      overRest.tickers.map(({ market }) => market).toSorted(),
    )
    for (const { market, last, observedAtMs } of tickers) {
      const before = overRest.tickers.find((ticker) => ticker.market === market)
      expect(Math.abs(last / (before?.last ?? 0) - 1)).toBeLessThan(0.02)
      expect(Date.now() - observedAtMs).toBeLessThan(15_000)
    }
  })

  test('stalls silently: it is noticed in time, and everything is subscribed to again', async () => {
    await collector.collect(planOf(name))
    await livesAgain(name)
    await afflict(name, 'stall')
    const stalledAtMs = Date.now()
    await expect
      .poll(() => liveOf(name)?.last_end, { timeout: 10_000, interval: 20 })
      .toMatchObject({ code: 'silent' })
    const noticedMs = (liveOf(name)?.last_end?.at ?? 0) - stalledAtMs
    // The bound, and what a busy machine adds to any timer.
    expect(noticedMs).toBeLessThan((rules.silentAfterMs ?? 0) + 2_000)

    await afflict(name, 'ok')
    await livesAgain(name, Date.now())
    expect(liveOf(name)?.connections).toBeGreaterThanOrEqual(2)
  })

  test('is killed: it is noticed at once, and heals', async () => {
    await collector.collect(planOf(name))
    await livesAgain(name)
    await afflict(name, 'kill')
    await expect
      .poll(() => liveOf(name)?.last_end, { timeout: 5_000, interval: 20 })
      .toMatchObject({ code: expect.stringMatching(/^(closed|unreachable)$/) })

    await afflict(name, 'ok')
    await livesAgain(name, Date.now())
  })
})

test.each(['okx', 'kraken', 'bybit', 'coinbase', 'gate'])(
  '%s refuses every market: it comes over REST as ever',
  async (name) => {
    await afflict(name, 'refuse')
    await collector.collect(planOf(name))
    // As many refusals as it takes to be sure that they are all the same.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const { tickers, failures } = await collector.collect(planOf(name))
    expect(liveOf(name)).toMatchObject({ came_by: 'rest', fresh: 0 })
    expect(failures).toEqual([])
    expect(tickers).toHaveLength(planOf(name).markets.length)
  },
)

test('a socket that answers pings and tells nothing is noticed, and heals', async () => {
  await collector.collect(planOf('okx'))
  await livesAgain('okx')
  await afflict('okx', 'deaf')
  await expect
    .poll(() => liveOf('okx')?.last_end, { timeout: 10_000, interval: 20 })
    .toMatchObject({ code: 'tickerless' })
  await afflict('okx', 'ok')
  await livesAgain('okx', Date.now())
})

test('while a socket is stalled a tick brings every market over REST, and none old as new', async () => {
  const fresh = { ...rules, silentAfterMs: 600_000, tickerlessAfterMs: 600_000 }
  const patient = liveCollector({ ...exchanges, rules: fresh })
  try {
    await afflict('gate', 'stall')
    await patient.collect(planOf('gate'))
    await expect
      .poll(() => patient.manager.status().get('gate')?.live.socket, { timeout: 5_000 })
      .toBe('open')
    const { tickers } = await patient.collect(planOf('gate'))
    expect(patient.manager.status().get('gate')?.live.came_by).toBe('rest')
    expect(tickers).toHaveLength(planOf('gate').markets.length)
  } finally {
    patient.manager.stop()
  }
})
