import { describe, expect, test } from 'vitest'
import type { FreezeOutcome } from '../../src/core/freezable.ts'
import { type FreezeDeps, freezeBudget, freezeRound } from '../../src/freeze.ts'
import { quoteRowSchema } from '../../src/history/history.ts'
import { type FreezeRequest, frozenRoundSchema } from '../../src/protocol/bridge-wire.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'
import { networks, withRoundSec } from '../../src/protocol/networks.ts'
import { anOrderedFeed, aRound, roundStartMs, someFeeds } from '../support/rounds.ts'
import {
  binanceBtc,
  coinbaseBtc,
  collected,
  krakenBtc,
  krakenUsdt,
  someListings,
} from '../support/world.ts'

const btc = feedSymbol('BTC')
const frozenAtMs = roundStartMs + 70_001
const [btcFeed, ethFeed, strangeFeed] = someFeeds

const request: FreezeRequest = { fencing_token: 1, attended: false, feeds: [...someFeeds] }

/** A vote in which enough sources agreed. */
const enough = { lowQuorum: false } as const

/** A freeze's world at second 70: three sources of BTC, none of ETH, and the diary it writes. */
function aFreezeWorld(differing: Partial<FreezeDeps> = {}) {
  const diary: string[] = []
  const stored: Parameters<FreezeDeps['store']>[0][] = []
  const clock = { ms: frozenAtMs }
  const observed = <T extends object>(ticker: T) => ({ ...ticker, observedAtMs: frozenAtMs - 100 })
  const deps: FreezeDeps = {
    schedule: networks.flare.schedule,
    tickMs: 30_000,
    listings: someListings,
    collectors: [
      async (at) => {
        diary.push(`collect +${at - roundStartMs}`)
        return collected(observed(binanceBtc))
      },
      async () => collected(observed(coinbaseBtc), observed(krakenBtc), observed(krakenUsdt)),
    ],
    latest: async () => undefined,
    symbolOf: (id) => [btc, feedSymbol('ETH')].find((_, i) => someFeeds[i]?.id === id),
    frozen: async ({ votingRoundId }) => {
      diary.push(`frozen? ${votingRoundId - aRound}`)
      return stored[0] && { kind: 'frozen', body: stored[0].body }
    },
    consider: async (symbol, quotes) => {
      diary.push(`consider ${symbol}: ${quotes.map(({ source }) => source).join()}`)
      return quotes.length > 0
        ? { kind: 'priced', price: 100.5, confidence: 0.9, intervalBps: 5, nEff: 3, ...enough }
        : { kind: 'no-quorum' }
    },
    store: async (freeze): Promise<FreezeOutcome> => {
      diary.push(`store ${freeze.quotes.length}`)
      stored.push(freeze)
      return { kind: 'frozen', body: stored[0]?.body ?? '' }
    },
    sha1: async (bytes) => crypto.subtle.digest('SHA-1', bytes),
    nowMs: () => clock.ms,
    workerId: 'test',
    log: ({ event, ...rest }) => {
      diary.push(`${String(event)} ${JSON.stringify(rest)}`)
    },
    ...differing,
  }
  return { deps, diary, stored, clock }
}

async function entriesOf(deps: FreezeDeps, asked: FreezeRequest = request) {
  const outcome = await freezeRound(aRound, asked, deps)
  if (outcome.kind !== 'frozen') throw new Error(`refused: ${outcome.code}`)
  return frozenRoundSchema.parse(JSON.parse(outcome.body))
}

describe('a freeze', () => {
  test('asks all venues afresh, has every feed consider it, and stores before it answers', async () => {
    const { deps, diary, stored } = aFreezeWorld()
    const outcome = await freezeRound(aRound, request, deps)
    expect(diary.slice(0, -1)).toEqual([
      'frozen? 0',
      'collect +70001',
      'consider BTC/USD: binance,coinbase,kraken',
      'consider ETH/USD: ',
      'store 1',
    ])
    expect(outcome).toEqual({ kind: 'frozen', body: stored[0]?.body })
    expect(stored[0]).toMatchObject({
      votingRoundId: aRound,
      fencingToken: 1,
      feeds: someFeeds,
      endsAtMs: roundStartMs + 90_000,
    })
  })

  test('answers in the order of the request, and absent is what has no price', async () => {
    expect(await entriesOf(aFreezeWorld().deps)).toEqual({
      voting_round_id: aRound,
      frozen_at: frozenAtMs,
      entries: [{ ...btcFeed, price: 100.5, confidence: 0.9 }, ethFeed, strangeFeed],
    })
  })

  test('is named by an instant that no tick has', async () => {
    const { deps, diary, clock } = aFreezeWorld({ tickMs: 10_000 })
    clock.ms = roundStartMs + 70_000
    await freezeRound(aRound, request, deps)
    expect(diary).toContain('collect +70001')
  })

  test('logs how many feeds are priced, and no price', async () => {
    const { deps, diary } = aFreezeWorld()
    await freezeRound(aRound, request, deps)
    expect(diary.at(-1)).toBe(
      `round-frozen ${JSON.stringify({ votingRoundId: aRound, outcome: 'frozen', feeds: 3, priced: 1, rolled: 0, tookMs: 0 })}`,
    )
  })

  test('withholds its quotes as history will keep them, named by its own instant', async () => {
    const { deps, stored } = aFreezeWorld()
    await freezeRound(aRound, request, deps)
    const rows = (stored[0]?.quotes ?? []).flatMap((text) =>
      quoteRowSchema.array().parse(JSON.parse(text)),
    )
    expect(rows.map(({ source, symbol, tick_at }) => [source, symbol, tick_at])).toEqual([
      ['binance', 'BTC/USD', frozenAtMs],
      ['coinbase', 'BTC/USD', frozenAtMs],
      ['kraken', 'BTC/USD', frozenAtMs],
      ['kraken', 'USDT/USD', frozenAtMs],
    ])
  })
})

test('where a person signs, a freeze is made from second 35 on', async () => {
  const { deps, clock } = aFreezeWorld()
  clock.ms = roundStartMs + 35_000
  expect((await freezeRound(aRound, { ...request, attended: true }, deps)).kind).toBe('frozen')
})

describe('a round that is frozen', () => {
  test('is answered with the stored bytes, also when it is long over, and nobody is asked', async () => {
    const { deps, diary, clock } = aFreezeWorld()
    const first = await freezeRound(aRound, request, deps)
    diary.length = 0
    clock.ms += 9_000_000
    expect(await freezeRound(aRound, request, deps)).toEqual(first)
    expect(diary).toEqual(['frozen? 0'])
  })

  test('by another request meanwhile is answered with what that one stored', async () => {
    const { deps } = aFreezeWorld({ store: async () => ({ kind: 'frozen', body: 'the first' }) })
    expect(await freezeRound(aRound, request, deps)).toEqual({ kind: 'frozen', body: 'the first' })
  })
})

test('a memory that fails leaves no vector answered, and none that is told of', async () => {
  const failing = aFreezeWorld({ store: () => Promise.reject(new Error('The disk is full.')) })
  await expect(freezeRound(aRound, request, failing.deps)).rejects.toThrow('The disk is full.')
  expect(JSON.stringify(failing.diary)).not.toContain('round-frozen')
  const silent = aFreezeWorld({ frozen: () => Promise.reject(new Error('No answer.')) })
  await expect(freezeRound(aRound, request, silent.deps)).rejects.toThrow('No answer.')
  expect(silent.diary).toEqual([])
})

describe('is refused', () => {
  test.each([
    { name: 'too early', sec: 59.9, code: 'too-early' },
    { name: 'before the round', sec: -1, code: 'round-not-open' },
    { name: 'after it', sec: 90, code: 'round-over' },
  ])('$name, without a venue asked', async ({ sec, code }) => {
    const { deps, diary, clock } = aFreezeWorld()
    clock.ms = roundStartMs + sec * 1_000
    expect(await freezeRound(aRound, request, deps)).toEqual({ kind: 'refused', code })
    expect(diary).toEqual(['frozen? 0'])
  })

  test('a second without the lease', async () => {
    const { deps, diary } = aFreezeWorld({
      frozen: async () => ({ kind: 'refused', code: 'lease-lost' }),
    })
    const refused = { kind: 'refused', code: 'lease-lost' }
    expect(await freezeRound(aRound, request, deps)).toEqual(refused)
    expect(diary).toEqual([])
  })

  test('what was asked at the end and would be stored after it', async () => {
    const { deps, stored, clock } = aFreezeWorld()
    clock.ms = roundStartMs + 89_500
    const slow: FreezeDeps = {
      ...deps,
      consider: async (...asked) => {
        clock.ms = roundStartMs + 90_000
        return deps.consider(...asked)
      },
    }
    expect(await freezeRound(aRound, request, slow)).toEqual({
      kind: 'refused',
      code: 'round-over',
    })
    expect(stored).toEqual([])
  })
})

describe('whatever goes wrong costs only itself:', () => {
  const forever = async () => new Promise<never>(() => undefined)

  test('a collector that fails', async () => {
    const world = aFreezeWorld()
    const collectors = [
      async () => Promise.reject(new Error('gone')),
      ...world.deps.collectors.slice(1),
    ]
    const { entries } = await entriesOf({ ...world.deps, collectors })
    expect(entries[0]).toMatchObject({ price: 100.5 })
    expect(world.diary).toContain('consider BTC/USD: coinbase,kraken')
  })

  test('a collector and a feed that never answer: the vector comes within its budget', async () => {
    const { schedule } = withRoundSec(networks.flare, 10)
    const world = aFreezeWorld({ schedule, nowMs: Date.now })
    // A round of ten seconds, of which seven are gone.
    const nowMs = Date.now()
    const shifted = { ...schedule, genesisSec: (nowMs - 7_000) / 1_000 - aRound * 10 }
    const started = performance.now()
    const { entries } = await entriesOf({
      ...world.deps,
      schedule: shifted,
      collectors: [...world.deps.collectors.slice(1), forever],
      consider: async (symbol, quotes, at) =>
        symbol === btc
          ? { kind: 'priced', price: 7, confidence: 1, intervalBps: 5, nEff: 3, ...enough }
          : forever().then(() => world.deps.consider(symbol, quotes, at)),
    })
    expect(performance.now() - started).toBeLessThan(1_500)
    expect(entries).toEqual([{ ...btcFeed, price: 7, confidence: 1 }, ethFeed, strangeFeed])
  })

  test('a feed that throws', async () => {
    const world = aFreezeWorld()
    const { entries } = await entriesOf({
      ...world.deps,
      consider: async (symbol, ...rest) => {
        if (symbol === btc) throw new Error('evicted')
        return world.deps.consider(symbol, ...rest)
      },
    })
    expect(entries).toEqual([btcFeed, ethFeed, strangeFeed])
    expect(world.diary.some((line) => line.startsWith('feed-failed'))).toBe(true)
  })

  test('a feed without a quorum has its last price, rolled, while that is young', async () => {
    const rolled = { price: 99, confidence: 0.5, observedAtMs: frozenAtMs - 60_000 }
    const { deps } = aFreezeWorld({ consider: async () => ({ kind: 'no-quorum', rolled }) })
    const { entries } = await entriesOf(deps, { ...request, feeds: [anOrderedFeed('BTC', 2)] })
    expect(entries).toEqual([{ ...btcFeed, price: 99, confidence: 0.5, rolled: true }])
  })

  test('so has a feed in which hardly enough agree; without one its vote counts after all', async () => {
    const vote = { kind: 'priced', price: 100.5, confidence: 0.9, intervalBps: 5, nEff: 3 } as const
    const rolled = { price: 99, confidence: 0.5, observedAtMs: frozenAtMs - 60_000 }
    const asked = { ...request, feeds: [anOrderedFeed('BTC', 2)] }
    const doubtful = { ...vote, lowQuorum: true }
    const young = aFreezeWorld({ consider: async () => ({ ...doubtful, rolled }) })
    expect((await entriesOf(young.deps, asked)).entries).toEqual([
      { ...btcFeed, price: 99, confidence: 0.5, rolled: true },
    ])
    const alone = aFreezeWorld({ consider: async () => doubtful })
    expect((await entriesOf(alone.deps, asked)).entries).toEqual([
      { ...btcFeed, price: 100.5, confidence: 0.9 },
    ])
  })
})

test.each([
  { roundSec: 90, totalMs: 2_500 },
  { roundSec: 180, totalMs: 2_500 },
  { roundSec: 60, totalMs: 1_667 },
  { roundSec: 36, totalMs: 1_000 },
  { roundSec: 10, totalMs: 1_000 },
])('in a round of $roundSec s a freeze may take $totalMs ms', ({ roundSec, totalMs }) => {
  const budget = freezeBudget({ roundSec })
  expect(budget.totalMs).toBe(totalMs)
  expect(budget.venueMs).toBeLessThan(budget.collectorMs)
  expect(budget.collectorMs).toBeLessThan(budget.totalMs)
})
