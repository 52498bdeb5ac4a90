import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, test } from 'vitest'
import type { Recorded } from '../../durable-objects/feed.ts'
import { defaultPolicy } from '../../src/core/consensus.ts'
import type { Quote } from '../../src/core/quote.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'
import { priceRecordSchema } from '../../src/protocol/wire.ts'
import { quotesAt } from '../support/quotes.ts'

afterEach(reset)

const symbol = feedSymbol('BTC')
const dayMs = 86_400_000
/** The start of a minute. */
const t0 = Date.UTC(2026, 10, 22, 10)

const feed = () => env.FEED.getByName('feed:v1:BTC-USD')

/** A tick at which each source says one price, and how long after `t0` it is. */
function aTick(afterMs: number, prices: readonly number[], differing: Partial<Quote> = {}) {
  const tickAtMs = t0 + afterMs
  const quotes = quotesAt(...prices).map((quote) => ({
    ...quote,
    observedAtMs: tickAtMs + 100,
    ...differing,
  }))
  return { symbol, tickAtMs, atMs: tickAtMs + 500, quotes, policy: defaultPolicy }
}

/** Ticks in a row, all in one go. */
async function recordAll(ticks: readonly ReturnType<typeof aTick>[]): Promise<Recorded[]> {
  return runInDurableObject(feed(), (object) => ticks.map((tick) => object.record(tick)))
}

/** How many rows each table holds. */
async function rowCounts() {
  return runInDurableObject(feed(), (_, { storage }) => {
    const [count] = storage.sql
      .exec('SELECT (SELECT count(*) FROM tick) AS ticks, (SELECT count(*) FROM minute) AS minutes')
      .toArray()
    return count
  })
}

async function evict(): Promise<void> {
  await evictDurableObject(feed())
}

describe('record', () => {
  test('makes a price of what sources say, as the wire promises', async () => {
    const outcome = await feed().record(aTick(0, [100, 100.01, 100.02]))
    if (outcome.kind !== 'priced') throw new Error('expected a price')
    expect(priceRecordSchema.parse(outcome.record)).toEqual(outcome.record)
    expect(outcome.record).toMatchObject({
      symbol,
      price: 100.01,
      timestamp: t0 + 500,
      observed_at: t0 + 100,
      sources: ['s0', 's1', 's2'],
      seq: 1,
    })
    expect(await feed().latest()).toEqual(outcome.record)
  })

  test('of a tick that it knows changes nothing, whatever is said now', async () => {
    await feed().record(aTick(30_000, [100, 100]))
    const before = await feed().latest()
    expect(await feed().record(aTick(30_000, [200, 200]))).toEqual({ kind: 'repeated' })
    expect(await feed().record(aTick(0, [200, 200]))).toEqual({ kind: 'repeated' })
    await evict()
    expect(await feed().record(aTick(30_000, [200, 200]))).toEqual({ kind: 'repeated' })
    expect(await feed().latest()).toEqual(before)
    expect(await rowCounts()).toEqual({ ticks: 1, minutes: 1 })
  })

  test('numbers prices one after another, also over evictions', async () => {
    const seqs: number[] = []
    for (let i = 0; i < 4; i += 1) {
      const outcome = await feed().record(aTick(i * 30_000, [100, 100]))
      if (outcome.kind === 'priced') seqs.push(outcome.record.seq)
      if (i % 2 === 0) await evict()
    }
    expect(seqs).toEqual([1, 2, 3, 4])
  })

  test('without a quorum says by how much, and uses up no number', async () => {
    await feed().record(aTick(0, [100, 100]))
    const none = { kind: 'no-quorum', agreeing: 1, required: 2 }
    expect(await feed().record(aTick(30_000, [100]))).toEqual(none)
    await evict()
    expect(await feed().record(aTick(60_000, [100, 100]))).toMatchObject({ record: { seq: 2 } })
  })
})

describe('consider', () => {
  const considered = async (prices: readonly number[]) => {
    const { quotes, policy, atMs } = aTick(30_000, prices)
    return feed().consider(quotes, policy, atMs)
  }

  test('makes of quotes what recording them would, and remembers nothing of them', async () => {
    await feed().record(aTick(0, [100, 100]))
    const before = await feed().latest()
    const outcome = await considered([200, 200.01, 200.02])
    expect(await feed().latest()).toEqual(before)
    expect(await rowCounts()).toEqual({ ticks: 1, minutes: 1 })
    await evict()
    expect(await feed().latest()).toEqual(before)

    const recorded = await feed().record(aTick(30_000, [200, 200.01, 200.02]))
    if (recorded.kind !== 'priced') throw new Error('expected a price')
    const { price, confidence, seq } = recorded.record
    expect(outcome).toEqual({ kind: 'priced', price, confidence })
    expect(seq).toBe(2)
  })

  test('without a quorum has the last price beside it, if there is one', async () => {
    expect(await considered([])).toEqual({ kind: 'no-quorum' })
    await feed().record(aTick(0, [100, 100]))
    await evict()
    expect(await considered([200])).toEqual({ kind: 'no-quorum', last: await feed().latest() })
  })
})

describe('latest', () => {
  test('is nothing in the beginning', async () => {
    expect(await feed().latest()).toBeUndefined()
    await feed().record(aTick(0, [100]))
    expect(await feed().latest()).toBeUndefined()
    await evict()
    expect(await feed().latest()).toBeUndefined()
  })

  test('is the newest price, however long there has been no quorum since', async () => {
    await feed().record(aTick(0, [100, 100]))
    const priced = await feed().latest()
    await recordAll(Array.from({ length: 60 }, (_, i) => aTick((i + 1) * 30_000, [100])))
    expect(priced?.seq).toBe(1)
    expect(await feed().latest()).toEqual(priced)
    await evict()
    expect(await feed().latest()).toEqual(priced)
  })
})

describe('windowVote', () => {
  const window = { fromMs: t0, toMs: t0 + 180_000 }
  const vote = () => feed().windowVote(window, defaultPolicy)

  test('is over the ticks from the start of the window until before its end', async () => {
    const inside = [0, 30, 60, 90, 120, 150].map((sec) => aTick(sec * 1_000, [100, 100]))
    await recordAll([aTick(-30_000, [50, 50]), ...inside, aTick(180_000, [200, 200])])
    const { outcome, spot } = await vote()
    expect(outcome).toMatchObject({ kind: 'consensus', vwap: 100, twap: 100, price: 100 })
    expect(spot).toMatchObject({ price: 200, seq: 8 })
  })

  test('is not moved by ticks that came after the round', async () => {
    await recordAll([aTick(150_000, [100, 100]), aTick(180_000, [101, 101])])
    const before = await vote()
    await recordAll([aTick(210_000, [300, 300])])
    expect(await vote()).toEqual(before)
  })

  test('is the same after eviction', async () => {
    await recordAll([0, 30, 60, 90, 120, 150, 180].map((s) => aTick(s * 1_000, [100 + s, 100 + s])))
    const before = await vote()
    await evict()
    expect(await vote()).toEqual(before)
    expect(before.outcome.kind).toBe('consensus')
  })

  test('is over all of the longest window at the fastest cadence, also after eviction', async () => {
    const ticks = Array.from({ length: 400 }, (_, i) => aTick(i * 2_000, [100 + i, 100 + i]))
    await recordAll(ticks)
    const longest = { fromMs: t0 + 198_000, toMs: t0 + 798_000 }
    const before = await feed().windowVote(longest, defaultPolicy)
    // The mean of the prices of ticks 99 to 398.
    expect(before).toMatchObject({ outcome: { vwap: expect.closeTo(348.5, 9) } })
    await evict()
    expect(await feed().windowVote(longest, defaultPolicy)).toEqual(before)
  })

  test('of a window without ticks finds no quorum and no spot', async () => {
    await recordAll([aTick(180_001, [100, 100])])
    expect(await vote()).toEqual({
      outcome: { kind: 'no-quorum', agreeing: 0, required: 2 },
      spot: undefined,
    })
  })

  test.each([
    {
      name: 'as old as allowed',
      observedAtMs: window.toMs - defaultPolicy.staleAfterMs,
      spot: 100,
    },
    { name: 'older', observedAtMs: window.toMs - defaultPolicy.staleAfterMs - 1, spot: undefined },
  ])('has the spot $spot of a price that is $name', async ({ observedAtMs, spot }) => {
    await recordAll([aTick(90_000, [100, 100], { observedAtMs })])
    expect((await vote()).spot?.price).toBe(spot)
  })

  test('has no spot where the newest tick found none', async () => {
    await recordAll([aTick(120_000, [100, 100]), aTick(150_000, [100])])
    expect((await vote()).spot).toBeUndefined()
  })
})

describe('the change of a day', () => {
  async function changeAt(afterMs: number, prices: readonly number[], said?: number) {
    const differing = said === undefined ? {} : { change24h: said }
    const outcome = await feed().record(aTick(afterMs, prices, differing))
    if (outcome.kind !== 'priced') throw new Error('expected a price')
    return outcome.record.change_24h
  }

  test('is against the price of that very minute a day ago, also after eviction', async () => {
    await recordAll([
      aTick(-60_000, [50, 50]),
      aTick(0, [100, 100]),
      aTick(30_000, [70, 70]),
      aTick(60_000, [80, 80]),
    ])
    await evict()
    expect(await changeAt(dayMs + 30_000, [110, 110], 0.5)).toBeCloseTo(10, 9)
  })

  test('is what sources say while memory is shorter, and unknown where they say nothing', async () => {
    await recordAll([aTick(60_000, [100, 100])])
    expect(await changeAt(dayMs, [110, 110], 0.02)).toBeCloseTo(2, 9)
    expect(await changeAt(dayMs + 30_000, [110, 110])).toBeUndefined()
  })

  test('is never against a price that its minute has not yet written over', async () => {
    await recordAll([aTick(0, [100, 100])])
    // The minute a day before is the next to take the row of the first.
    expect(await changeAt((1_450 + 1_440) * 60_000, [110, 110])).toBeUndefined()
  })
})

test('memory is bounded: ticks and minutes are written over in turn', async () => {
  // A tick a minute for more than a day, which fills either ring.
  await recordAll(Array.from({ length: 1_500 }, (_, i) => aTick(i * 60_000, [100, 100])))
  const full = await rowCounts()
  expect(full).toEqual({ ticks: 360, minutes: 1_450 })
  await evict()
  await recordAll(Array.from({ length: 400 }, (_, i) => aTick((1_500 + i) * 60_000, [100, 100])))
  expect(await rowCounts()).toEqual(full)
  expect(await feed().latest()).toMatchObject({ seq: 1_900, timestamp: t0 + 1_899 * 60_000 + 500 })
})
