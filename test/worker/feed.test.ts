import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, test } from 'vitest'
import type { Recorded } from '../../durable-objects/feed.ts'
import { defaultPolicy } from '../../src/core/consensus.ts'
import { memoryVersion } from '../../src/core/feed-memory.ts'
import { memoryOf } from '../../src/core/packed-memory.ts'
import type { Quote } from '../../src/core/quote.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'
import { priceRecordSchema } from '../../src/protocol/wire.ts'
import { provenanceSchema, roundProvenanceSchema } from '../../src/protocol/wire-provenance.ts'
import { quotesAt } from '../support/quotes.ts'

afterEach(reset)

const symbol = feedSymbol('BTC')
const dayMs = 86_400_000
/** The start of a minute. */
const t0 = Date.UTC(2026, 10, 22, 10)

const feed = () => env.FEED.getByName('feed:v2:BTC-USD')

/**
 * A tick at which each source says one price, and how long after `t0` it is. No two ticks say the
 * same volume: a market in which nothing moves at all is frozen.
 */
function aTick(afterMs: number, prices: readonly number[], differing: Partial<Quote> = {}) {
  const tickAtMs = t0 + afterMs
  const quotes = quotesAt(...prices).map((quote) => ({
    ...quote,
    volume: 1 + Number.EPSILON * (afterMs / 500),
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

describe('what a tick has shown', () => {
  /** Two camps, the last consensus nearer to the first. Everybody moves, and is fresh. */
  const camps = (at: number) => [at, at, at * 1.006, at * 1.006]

  test('is told beside its price: alerts that stand, and as news once an hour', async () => {
    const split = [{ kind: 'split', sources: [] }]
    await recordAll([aTick(0, [100, 100, 100, 100])])
    const [first] = await recordAll([aTick(30_000, camps(100.01))])
    expect(first).toMatchObject({ kind: 'priced', alerts: split, news: split })
    // Now it is known who has left the others.
    const drift = ['s2', 's3'].map((source) => ({ kind: 'drift', sources: [source] }))
    const [second] = await recordAll([aTick(60_000, camps(100.02))])
    expect(second).toMatchObject({ news: expect.arrayContaining(drift) })
    await evict()
    const [third] = await recordAll([aTick(90_000, camps(100.03))])
    expect(third).toMatchObject({ alerts: expect.arrayContaining(drift) })
    expect(third).not.toHaveProperty('news')
  })

  test('is at every fourth tick whether the interval has held, counted over evictions', async () => {
    const held = async (ticks: Parameters<typeof recordAll>[0]) =>
      (await recordAll(ticks)).map((outcome) =>
        outcome.kind === 'repeated' ? undefined : outcome.intervalHeld,
      )
    const ticks = Array.from({ length: 8 }, (_, i) => aTick(i * 30_000, [100, 100, 100, 100]))
    const not = undefined
    expect(await held(ticks.slice(0, 6))).toEqual([true, not, not, not, true, not])
    await evict()
    await recordAll(ticks.slice(6))
    expect((await feed().provenance())?.intervals).toEqual({ checked: 1.999, held: 1.999 })
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
    expect(outcome).toMatchObject({ kind: 'priced', price, confidence })
    expect(seq).toBe(2)
  })

  test('says whether hardly enough have agreed', async () => {
    await recordAll(Array.from({ length: 21 }, (_, i) => aTick(i * 30_000, [100, 100, 100])))
    const { quotes, atMs } = aTick(21 * 30_000, [100, 100, 100])
    const consider = async (names: readonly string[]) =>
      feed().consider(
        names.flatMap((source, i) => quotes.slice(i, i + 1).map((quote) => ({ ...quote, source }))),
        defaultPolicy,
        atMs,
      )
    expect(await consider(['s0', 's1', 's2'])).toMatchObject({ kind: 'priced', lowQuorum: false })
    // Of three members one is left, and a newcomer stands in.
    expect(await consider(['s0', 'new'])).toMatchObject({ kind: 'priced', lowQuorum: true })
  })

  test('without a quorum has the last consensus beside it, rolled, if there is one', async () => {
    expect(await considered([])).toEqual({ kind: 'no-quorum' })
    await feed().record(aTick(0, [100, 100]))
    await evict()
    const { price, observed_at } = (await feed().latest()) ?? {}
    // Of the two who agreed one is heard, and it has moved by 5 bps.
    expect(await considered([100.05])).toEqual({
      kind: 'no-quorum',
      rolled: {
        price: expect.closeTo((price ?? 0) * 1.0005, 9),
        observedAtMs: observed_at,
        confidence: expect.closeTo(0.69, 2),
      },
    })
  })
})

describe('what it has learnt', () => {
  const minute = 60_000
  /** A market that moves, in which the last of four sources is always 3 bps above the others. */
  const ticks = Array.from({ length: 40 }, (_, i) => {
    const price = 100 * (1 + 0.0005 * Math.sin(i))
    return aTick(i * 30_000, [price, price * 1.0001, price * 0.9999, price * 1.0003])
  })
  const next = ticks.at(-1)?.quotes ?? []
  const atMs = t0 + 40 * 30_000
  const consider = async () => {
    const quotes = next.map((quote) => ({ ...quote, observedAtMs: atMs }))
    return feed().consider(quotes, defaultPolicy, atMs)
  }
  /** The memory as it lies in the newest row. */
  const stored = async () =>
    runInDurableObject(feed(), (_, { storage }) => {
      const [row] = storage.sql
        .exec<{ memory: string }>('SELECT memory FROM tick ORDER BY at_ms DESC LIMIT 1')
        .toArray()
      return memoryOf(row?.memory ?? '{}')
    })
  const behaviours = async () =>
    runInDurableObject(feed(), (_, { storage }) =>
      storage.sql.exec<{ at_ms: number }>('SELECT at_ms, bytes FROM behaviour').toArray(),
    )

  test('survives an eviction to the last digit', async () => {
    await recordAll(ticks)
    const before = await consider()
    const memory = await stored()
    expect(memory).toMatchObject({ ticks: 40, sources: { s3: { agreed: 20 } } })
    expect(memory?.sources['s3']?.biasBps).toBeGreaterThan(1)
    await evict()
    expect(await consider()).toEqual(before)
  })

  test('is learnt by ticks, and by nothing that is only considered', async () => {
    await recordAll(ticks)
    const memory = await stored()
    await consider()
    expect(await stored()).toEqual(memory)
  })

  test('is small: a few hundred bytes a source', async () => {
    await recordAll(ticks)
    const memory = await stored()
    expect(JSON.stringify(memory).length).toBeLessThan(4_000)
  })

  test('starts afresh where another version wrote it, and the feed goes on', async () => {
    await recordAll(ticks)
    await runInDurableObject(feed(), (_, { storage }) => {
      storage.sql.exec(`UPDATE tick SET memory = '{"version":0,"sources":{}}'`)
    })
    await evict()
    expect(await feed().record(aTick(40 * 30_000, [100, 100.01, 100]))).toMatchObject({
      kind: 'priced',
      record: { seq: 41 },
    })
    expect(await stored()).toMatchObject({ version: memoryVersion, ticks: 1 })
  })

  test('of usual behaviour is written down once a minute at most', async () => {
    await recordAll(ticks.slice(0, 1))
    expect(await behaviours()).toMatchObject([{ at_ms: t0 }])
    await recordAll(ticks.slice(1, 2))
    expect(await behaviours()).toMatchObject([{ at_ms: t0 }])
    await recordAll(ticks.slice(2, 4))
    expect(await behaviours()).toMatchObject([{ at_ms: t0 + minute }])
    await evict()
    await recordAll(ticks.slice(4, 7))
    expect(await behaviours()).toMatchObject([{ at_ms: t0 + 3 * minute }])
  })

  test('of usual behaviour that cannot be read is learnt anew', async () => {
    await recordAll(ticks.slice(0, 4))
    await runInDurableObject(feed(), (_, { storage }) => {
      storage.sql.exec('UPDATE behaviour SET bytes = ?', new Uint8Array([1, 2, 3]).buffer)
    })
    await evict()
    const [outcome] = await recordAll(ticks.slice(4, 5))
    expect(outcome?.kind).toBe('priced')
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
      provenance: { version: 1, window: { from: window.fromMs, to: window.toMs, ticks: [] } },
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

describe('provenance', () => {
  test('is of the newest vote, as the wire promises, also after eviction', async () => {
    expect(await feed().provenance()).toBeUndefined()
    await recordAll([aTick(0, [100, 100, 100]), aTick(30_000, [101, 101, 101])])
    const told = provenanceSchema.parse((await feed().provenance())?.vote)
    expect(told).toMatchObject({ symbol, outcome: 'consensus', price: 101, seq: 2 })
    expect(told).toMatchObject({ tick_at: t0 + 30_000, timestamp: t0 + 30_500 })
    expect(told.sources.map(({ source }) => source)).toEqual(['s0', 's1', 's2'])
    const coverage = (await feed().provenance())?.coverage
    expect(coverage?.checked).toBeCloseTo(6, 1)
    expect(coverage?.held).toBe(coverage?.checked)
    await evict()
    const intervals = { checked: 0, held: 0 }
    expect(await feed().provenance()).toEqual({
      vote: told,
      suspectedMirrors: [],
      coverage,
      intervals,
    })
  })

  test('of a version that is not ours is as good as forgotten', async () => {
    await recordAll([aTick(0, [100, 100, 100])])
    await runInDurableObject(feed(), (_, { storage }) => {
      storage.sql.exec(`UPDATE tick SET provenance = '{"version": 2}'`)
    })
    expect(await feed().provenance()).toBeUndefined()
  })

  test('of a vote without a quorum says why', async () => {
    await recordAll([aTick(0, [100, 100]), aTick(30_000, [100])])
    expect((await feed().provenance())?.vote).toMatchObject({ outcome: 'no-quorum', agreeing: 1 })
  })

  test('names sources that may be mirrors of one book', async () => {
    const ticks = Array.from({ length: 60 }, (_, i) => {
      const price = 100 + (i % 7) / 100
      return aTick(i * 30_000, [price, price, price + 0.01 + (i % 3) / 500, price - 0.01])
    })
    await recordAll(ticks)
    expect((await feed().provenance())?.suspectedMirrors).toMatchObject([{ sources: ['s0', 's1'] }])
  })

  test('of what is only considered there is none: a freeze stays secret', async () => {
    await recordAll([aTick(0, [100, 100])])
    const before = await feed().provenance()
    const { quotes, atMs } = aTick(30_000, [150, 150])
    await feed().consider(quotes, defaultPolicy, atMs)
    expect(await feed().provenance()).toEqual(before)
  })

  test('of a round is that of its window, and of the vote that stood at its end', async () => {
    await recordAll([aTick(0, [100, 100]), aTick(30_000, [101, 101]), aTick(60_000, [102, 102])])
    const window = { fromMs: t0, toMs: t0 + 60_000 }
    const { provenance } = await feed().windowVote(window, defaultPolicy)
    const told = roundProvenanceSchema.parse(provenance)
    expect(told.spot).toMatchObject({ price: 102, tick_at: t0 + 60_000 })
    expect(told.window?.ticks.map(({ tick_at }) => tick_at)).toEqual([t0, t0 + 30_000])
    expect(told.window?.ticks[0]?.accepted).toHaveLength(2)
  })

  test('a window of more ticks than are kept is left out', async () => {
    await recordAll(Array.from({ length: 40 }, (_, i) => aTick(i * 2_000, [100, 100])))
    const { provenance } = await feed().windowVote({ fromMs: t0, toMs: t0 + 80_000 }, defaultPolicy)
    expect(provenance).not.toHaveProperty('window')
    expect(provenance.spot).toMatchObject({ tick_at: t0 + 78_000 })
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
