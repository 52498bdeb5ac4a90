import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { settingsOf } from '../../src/config.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'
import {
  type SourceStatus,
  type Status,
  statusSchema,
  type TickStatus,
} from '../../src/protocol/status.ts'
import { type StatusDeps, statusTeller } from '../../src/status.ts'
import { aTickAtMs } from '../support/history.ts'

const kraken: SourceStatus = { source: 'kraken', ok: true, consecutive_failures: 0 }

/** A house where all is well, and how often it has been asked. */
function aHouse(differing: Partial<StatusDeps> = {}, recent: readonly TickStatus[] = [aTick()]) {
  const clock = { ms: aTickAtMs + 1_000 }
  const asked = { times: 0 }
  const deps: StatusDeps = {
    settings: settingsOf({
      NETWORK: 'flare',
      MODE: 'replay',
      TICK_SECONDS: '30',
      WINDOW_SECONDS: '180',
      STREAM_SHARDS: '1',
      DATABASE_URL: 'postgres://user:password@host/database',
      UPSTASH_REDIS_REST_URL: 'https://cache.test',
      UPSTASH_REDIS_REST_TOKEN: 'token',
    }),
    feeds: 55,
    thinFeeds: [{ symbol: feedSymbol('SGB'), independent: 2 }],
    nowMs: () => clock.ms,
    pingCache: async () => {
      asked.times += 1
    },
    pingHistory: async () => {},
    sources: async () => [kraken],
    bridge: async () => undefined,
    ticks: async () => ({
      completed: 7,
      died: 1,
      skipped: 2,
      doubled: 3,
      quotesAccepted: 700,
      quotesLost: 4,
      quotesRefused: 5,
      intervalsChecked: 40,
      intervalsHeld: 39,
      recent,
    }),
    ...differing,
  }
  return { tell: statusTeller(deps), clock, asked }
}

function aTick(differing: Partial<TickStatus> = {}): TickStatus {
  return { at: aTickAtMs, state: 'completed', ...differing }
}

test('where all is well nothing is degraded, and the answer is what the wire promises', async () => {
  const status = await aHouse().tell()
  expect(statusSchema.parse(status)).toEqual(status)
  expect(status).toMatchObject({
    mode: 'replay',
    network: 'flare',
    served_at: aTickAtMs + 1_000,
    degraded: false,
    tick_seconds: 30,
    feeds: 55,
    thin_feeds: [{ symbol: 'SGB/USD', independent: 2 }],
    stores: { cache: { ok: true }, history: { ok: true } },
    ticks: {
      completed: 7,
      died: 1,
      skipped: 2,
      doubled: 3,
      quotes_accepted: 700,
      quotes_lost: 4,
      quotes_refused: 5,
      intervals_checked: 40,
      intervals_held: 39,
    },
    sources: [kraken],
  })
})

test('the round is the one that holds the instant of the answer', async () => {
  const { round, served_at } = await aHouse().tell()
  expect(round.started_at).toBeLessThanOrEqual(served_at)
  expect(round.ends_at).toBeGreaterThan(served_at)
  expect(round.ends_at - round.started_at).toBe(90_000)
  expect(round.seconds).toBe(90)
})

const down = () => Promise.reject(new Error('No answer within 1000 ms.'))

test.each([
  { name: 'the cache', differing: { pingCache: down }, at: 'cache' as const },
  { name: 'history', differing: { pingHistory: down }, at: 'history' as const },
])('is degraded and says why while $name is down', async ({ differing, at }) => {
  const { degraded, stores } = await aHouse(differing).tell()
  expect(degraded).toBe(true)
  expect(stores[at]).toEqual({ ok: false, error: 'No answer within 1000 ms.' })
})

test('tells of the bridge, and is degraded while nobody acts', async () => {
  const presence = { heardAtMs: aTickAtMs - 60_001, isSilent: true, standbys: 1 }
  const told = { heard_at: aTickAtMs - 60_001, silent: true, standbys: 1 }
  const silent = await aHouse({ bridge: async () => presence }).tell()
  expect(silent).toMatchObject({ degraded: true, bridge: told })
  expect(statusSchema.parse(silent)).toEqual(silent)
  const well = await aHouse({ bridge: async () => ({ ...presence, isSilent: false }) }).tell()
  expect(well).toMatchObject({ degraded: false, bridge: { ...told, silent: false } })
})

test.each([
  { name: 'there is none', bridge: async () => undefined },
  { name: 'the memory of rounds is away', bridge: down },
])('says nothing of a bridge where $name', async ({ bridge }) => {
  const status = await aHouse({ bridge }).tell()
  expect(status.degraded).toBe(false)
  expect(status).not.toHaveProperty('bridge')
})

test('is degraded while a source fails', async () => {
  const binance: SourceStatus = { source: 'binance', ok: false, consecutive_failures: 3 }
  expect(await aHouse({ sources: async () => [kraken, binance] }).tell()).toMatchObject({
    degraded: true,
  })
})

test.each([
  { name: 'there has been no tick', recent: [], degraded: true },
  {
    name: 'the newest is still running and the one before is whole',
    recent: [aTick({ at: aTickAtMs + 30_000, state: 'running' }), aTick()],
    degraded: false,
  },
  {
    name: 'none has been completed',
    recent: [aTick({ state: 'died' }), aTick({ state: 'running' })],
    degraded: true,
  },
  {
    name: 'the last completed one is exactly three intervals old',
    recent: [aTick({ at: aTickAtMs + 1_000 - 90_000 })],
    degraded: false,
  },
  {
    name: 'the last completed one is older than that',
    recent: [aTick({ at: aTickAtMs + 1_000 - 90_001 })],
    degraded: true,
  },
])('when $name, degraded is $degraded', async ({ recent, degraded }) => {
  expect(await aHouse({}, recent).tell()).toMatchObject({ degraded })
})

test('asks anew after two seconds, and not before', async () => {
  const { tell, clock, asked } = aHouse()
  const first = await tell()
  clock.ms += 1_999
  expect(await tell()).toBe(first)
  clock.ms += 1
  expect(await tell()).not.toBe(first)
  expect(asked.times).toBe(2)
})

/** A house whose database does not answer a ping, until it is told to. */
function aSilentHouse() {
  const asked = { times: 0 }
  let isSilent = false
  const pingHistory = async (): Promise<void> => {
    asked.times += 1
    if (isSilent) return new Promise(() => undefined)
  }
  return { ...aHouse({ pingHistory }), asked, fallSilent: () => (isSilent = true) }
}

describe('while the database is silent', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('an answer takes a second, and says why', async () => {
    const { tell, fallSilent } = aSilentHouse()
    fallSilent()
    let told: Status | undefined
    const telling = tell().then((status) => (told = status))
    await vi.advanceTimersByTimeAsync(999)
    expect(told).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    await telling
    expect(told?.stores.history).toEqual({
      ok: false,
      error: 'The database took longer than 1000 ms.',
    })
  })

  test('others are given the last answer meanwhile, until it is half a minute old', async () => {
    const { tell, clock, asked, fallSilent } = aSilentHouse()
    const last = await tell()
    fallSilent()
    clock.ms += 29_999
    const telling = tell()
    expect(await Promise.all(Array.from({ length: 7 }, tell))).toEqual(Array(7).fill(last))
    expect(asked.times).toBe(2)

    clock.ms += 1
    const another = tell()
    expect(asked.times).toBe(3)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await telling).not.toBe(last)
    expect(await another).toMatchObject({ degraded: true })
  })

  test('a telling that never ends keeps nobody waiting for a new one for good', async () => {
    const { tell, clock, asked, fallSilent } = aSilentHouse()
    const last = await tell()
    fallSilent()
    clock.ms += 2_000
    void tell()
    clock.ms += 9_999
    expect(await tell()).toBe(last)
    clock.ms += 1
    void tell()
    expect(asked.times).toBe(3)
  })
})

test('an answer that could not be given is not held: the next who asks may get one', async () => {
  const failures = [new Error('evicted')]
  const { tell } = aHouse({
    sources: async () => {
      const failure = failures.pop()
      if (failure) throw failure
      return [kraken]
    },
  })
  await expect(tell()).rejects.toThrow('evicted')
  expect(await tell()).toMatchObject({ degraded: false })
})

test('without the book of ticks it says nothing of ticks, and is degraded', async () => {
  const status = await aHouse({ ticks: down }).tell()
  expect(statusSchema.parse(status)).toEqual(status)
  expect(status.degraded).toBe(true)
  expect(status).not.toHaveProperty('ticks')
})
