import { describe, expect, test } from 'vitest'
import { consensusOf, defaultPolicy } from '../../../src/core/consensus.ts'
import { type FeedMemory, newFeedMemory } from '../../../src/core/feed-memory.ts'
import { learnt } from '../../../src/core/learning.ts'
import type { SourceMemory } from '../../../src/core/source-memory.ts'
import { tuning } from '../../../src/core/tuning.ts'
import { type Course, ordinaryTicks, sourceNames, tickMs, told } from '../../support/histories.ts'

const names = sourceNames(6)
const atMs = 200 * tickMs

function after(count: number, course: Course = {}): FeedMemory {
  return told(ordinaryTicks(names, count, atMs, course)).memory
}

function known(memory: FeedMemory, source: string): SourceMemory {
  const own = memory.sources[source]
  if (own === undefined) throw new Error(`nothing known of ${source}`)
  return own
}

/** One source's quotes, each made different; the others as ever. */
function onlyOf(source: string, factor: (tick: number) => number): Course {
  return {
    saying: (vote, tick) =>
      vote.source === source ? { ...vote, price: vote.price * factor(tick) } : vote,
  }
}

describe('of the feed', () => {
  test('counts ticks with a consensus and remembers the last', () => {
    const memory = after(40)
    expect(memory).toMatchObject({ ticks: 40, last: { atMs } })
    expect(memory.last?.price).toBeCloseTo(100, 0)
    expect(Math.abs(memory.last?.fromStartBps ?? 99)).toBeLessThan(5)
  })

  test('learns how the market moves: a move of up to 5 bps in half a minute', () => {
    // Evenly within 5 bps: their mean size is 2.5.
    const expected = (2.5e-4 * 1.2533) / Math.sqrt(tickMs / 1_000)
    expect(after(100).volatility).toBeGreaterThan(expected * 0.7)
    expect(after(100).volatility).toBeLessThan(expected * 1.5)
  })

  test('a single jump teaches no more than four deviations', () => {
    const calm = after(100).volatility
    const jump = after(100, { market: (price, tick) => (tick === 99 ? price * 1.05 : price) })
    expect(jump.volatility).toBeGreaterThan(calm)
    expect(jump.volatility).toBeLessThan(calm * 1.2)
  })

  test('without a consensus remembers only what sources said', () => {
    const memory = after(40)
    const [tick] = ordinaryTicks(names.slice(0, 1), 1, atMs + tickMs)
    const outcome = consensusOf(tick?.quotes ?? [], defaultPolicy, atMs + tickMs, memory)
    expect(outcome.kind).toBe('no-quorum')
    const next = learnt(memory, tick?.quotes ?? [], outcome, defaultPolicy)
    expect(next).toMatchObject({ ticks: 40, last: memory.last, volatility: memory.volatility })
    expect(known(next, 's00')).toMatchObject({
      seenAtMs: atMs + tickMs,
      reputation: known(memory, 's00').reputation,
    })
  })

  test('changes nothing that it was given', () => {
    const memory = after(40)
    const before = JSON.stringify(memory)
    const [tick] = ordinaryTicks(names, 1, atMs + tickMs)
    const quotes = tick?.quotes ?? []
    const outcome = consensusOf(quotes, defaultPolicy, atMs + tickMs, memory)
    const next = learnt(memory, quotes, outcome, defaultPolicy)
    expect(next).not.toBe(memory)
    expect(JSON.stringify(memory)).toBe(before)
  })

  test('is bounded: of many names that come once the newest are remembered', () => {
    const ticks = Array.from({ length: 60 }, (_, i) =>
      ordinaryTicks([...names, `once${i}a`, `once${i}b`], 1, i * tickMs),
    ).flat()
    const { sources } = told(ticks).memory
    expect(Object.keys(sources)).toHaveLength(tuning.mostSources)
    expect(Object.keys(sources)).toEqual(expect.arrayContaining([...names, 'once59a']))
  })

  test('an interval is checked against the sources that make it, and mostly holds', () => {
    const { checked, held } = after(200).coverage
    expect(checked).toBeGreaterThan(600)
    expect(held / checked).toBeGreaterThan(0.9)
    expect(held / checked).toBeLessThan(0.995)
  })

  test('remembers of a consensus whether hardly enough agreed in it', () => {
    const memory = after(40)
    const next = ordinaryTicks([...names.slice(0, 1), 'new'], 1, atMs + tickMs)
    const doubtful = told(next, memory)
    expect(doubtful.outcomes).toMatchObject([{ kind: 'consensus', lowQuorum: true }])
    expect(doubtful.memory.last).toMatchObject({ atMs: atMs + tickMs, lowQuorum: true })
    expect(memory.last).not.toHaveProperty('lowQuorum')
  })

  test('begins anew to be founded after half an hour without a consensus', () => {
    const memory = after(40)
    const later = ordinaryTicks(names, 1, atMs + 1_800_001)
    expect(told(later, memory).memory.ticks).toBe(1)
  })
})

describe('of a source', () => {
  test('learns its noise: that of the ordinary is about 1.6 bps, that of the noisy three times it', () => {
    const noisy = after(150, {
      saying: (vote, tick) =>
        vote.source === 's03'
          ? { ...vote, price: vote.price * (1 + 5e-4 * Math.sin(tick * 2.3)) }
          : vote,
    })
    expect(known(noisy, 's01').madBps).toBeGreaterThan(0.8)
    expect(known(noisy, 's01').madBps).toBeLessThan(3)
    expect(known(noisy, 's03').madBps).toBeGreaterThan(known(noisy, 's01').madBps * 1.5)
  })

  test('learns its lean, up to 4 bps', () => {
    expect(known(after(150), 's03').biasBps).toBeLessThan(1.5)
    expect(
      known(
        after(
          150,
          onlyOf('s03', () => 1.0003),
        ),
        's03',
      ).biasBps,
    ).toBeGreaterThan(1.5)
    const far = known(
      after(
        150,
        onlyOf('s03', () => 1.0007),
      ),
      's03',
    )
    expect(Math.abs(far.biasBps)).toBeLessThanOrEqual(4)
  })

  test('a lie teaches neither a lean nor noise', () => {
    const honest = known(after(100), 's03')
    const lying = known(
      after(
        100,
        onlyOf('s03', (tick) => (tick < 80 ? 1 : 1.01)),
      ),
      's03',
    )
    expect(lying.madBps).toBeLessThan(honest.madBps * 1.3)
    expect(Math.abs(lying.biasBps - honest.biasBps)).toBeLessThan(0.5)
  })

  test('reputation falls by a third with each rejection, to a twentieth, and comes back', () => {
    const lie = onlyOf('s03', (tick) => (tick < 80 ? 1 : 1.01))
    expect(known(after(80, lie), 's03').reputation).toBeGreaterThan(0.9)
    expect(known(after(82, lie), 's03').reputation).toBeCloseTo(0.65 ** 2, 1)
    expect(known(after(120, lie), 's03').reputation).toBe(0.05)
    const back = onlyOf('s03', (tick) => (tick < 80 || tick > 90 ? 1 : 1.01))
    expect(known(after(120, back), 's03').reputation).toBeGreaterThan(0.8)
    expect(known(after(120, lie), 's01').reputation).toBeGreaterThan(0.9)
  })

  test('slow drift is seen before any one tick stands out', () => {
    // A third of a basis point a tick: after thirty ticks it is ten off.
    const drift = onlyOf('s03', (tick) => 1 + Math.max(0, tick - 80) * 0.4e-4)
    const { memory } = told(ordinaryTicks(names, 105, atMs, drift))
    const own = known(memory, 's03')
    expect(own.driftUp).toBeGreaterThan(tuning.drift.alarm / 2)
    expect(known(memory, 's01').driftUp).toBeLessThan(tuning.drift.alarm)
  })

  test('learns how often a source trades, however seldom it is looked at', () => {
    const paced = after(200, {
      saying: (vote, tick) => {
        if (vote.source !== 's02') return vote
        // It trades each third tick, and shows the last trade meanwhile.
        const since = tick % 3
        const tradedAtMs = atMs - (199 - tick) * tickMs - since * tickMs - 5_000
        return { ...vote, price: 100 + (tick - since) * 1e-6, observedAtMs: tradedAtMs }
      },
    })
    expect(known(paced, 's02').intervalMs).toBeGreaterThan(40_000)
    expect(known(paced, 's02').intervalMs).toBeLessThan(110_000)
    expect(known(paced, 's01').intervalMs).toBeLessThan(15_000)
  })

  test('learns the pace of one that dates nothing from whether it has changed', () => {
    const undated = (every: number): Course => ({
      saying: (vote, tick) => ({
        ...vote,
        observedKind: 'received',
        observedAtMs: atMs - (199 - tick) * tickMs,
        ...(vote.source === 's02' && { price: 100 + Math.floor(tick / every) * 1e-6 }),
      }),
    })
    expect(known(after(200, undated(2)), 's02').intervalMs).toBeGreaterThan(20_000)
    expect(known(after(200, undated(1)), 's02').intervalMs).toBeLessThan(10_000)
  })
})

test('a memory that has learnt nothing votes as no memory does', () => {
  const [tick] = ordinaryTicks(names, 1, atMs)
  const quotes = tick?.quotes ?? []
  expect(consensusOf(quotes, defaultPolicy, atMs, newFeedMemory)).toEqual(
    consensusOf(quotes, defaultPolicy, atMs),
  )
})
