import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  consensusOf,
  defaultPolicy,
  type WindowConsensus,
  type WindowTick,
} from '../../../src/core/consensus.ts'
import { windowConsensusOf } from '../../../src/core/window.ts'
import { aQuote, quotesAt } from '../../support/quotes.ts'

const window = { fromMs: 0, toMs: 180_000 }

/** A tick of one quote a price, each from a source of its own, seen at the tick's instant. */
function aTick(atMs: number, ...prices: number[]): WindowTick {
  return { atMs, quotes: quotesAt(...prices).map((quote) => ({ ...quote, observedAtMs: atMs })) }
}

/** Six ticks, every 30 s, of the same prices. */
function steadyTicks(...prices: number[]): WindowTick[] {
  return Array.from({ length: 6 }, (_, i) => aTick(i * 30_000, ...prices))
}

function consensus(ticks: readonly WindowTick[]): WindowConsensus {
  const outcome = windowConsensusOf(ticks, defaultPolicy, window)
  if (outcome.kind !== 'consensus') throw new Error('expected a consensus')
  return outcome
}

describe('windowConsensusOf', () => {
  test('is the median of VWAP, TWAP and weighted median', () => {
    const ticks = [aTick(0, 100, 100, 100), aTick(60_000, 100.5, 100.5, 100.5)]
    expect(windowConsensusOf(ticks, defaultPolicy, window)).toEqual({
      kind: 'consensus',
      price: expect.closeTo(100.25, 12),
      vwap: expect.closeTo(100.25, 12),
      twap: expect.closeTo((100 * 60 + 100.5 * 120) / 180, 12),
      weightedMedian: expect.closeTo(100.25, 12),
      sources: ['s0', 's1', 's2'],
      confidence: expect.closeTo(0.9549, 4),
      intervalBps: expect.closeTo(Math.hypot(0.5 + 5.2 / Math.sqrt(3), 4.16), 1),
      outliers: 0,
      algorithm: 'median-of-vwap-twap-weighted-median',
    })
  })

  test('holds its start and not its end', () => {
    const ticks = [aTick(-1, 50, 50), aTick(0, 100, 100), aTick(180_000, 200, 200)]
    expect(consensus(ticks)).toMatchObject({ vwap: 100, twap: 100, weightedMedian: 100 })
  })

  test('weighs the VWAP by volume as it is given, and only the VWAP', () => {
    const quotes = [
      aQuote({ source: 'small', price: 100, volume: 1 }),
      aQuote({ source: 'middle', price: 100.02, volume: 1 }),
      aQuote({ source: 'large', price: 100.04, volume: 98 }),
    ]
    const { vwap, twap, weightedMedian, price } = consensus([{ atMs: 0, quotes }])
    expect(vwap).toBeCloseTo(100.0394, 9)
    expect([twap, weightedMedian, price]).toEqual([100.02, 100.02, 100.02])
  })

  test('where no source says a volume all quotes weigh alike in the VWAP', () => {
    const ticks = steadyTicks(100, 100.02, 100.07).map((tick) => ({
      ...tick,
      quotes: tick.quotes.map((quote) => ({ ...quote, volume: 0 })),
    }))
    expect(consensus(ticks).vwap).toBeCloseTo(100.03, 9)
  })

  test('flags what strays at one tick, and keeps the source’s other quotes', () => {
    const ticks = steadyTicks(100, 100, 100).with(2, aTick(60_000, 100, 100, 130))
    expect(consensus(ticks)).toMatchObject({
      price: 100,
      outliers: 1,
      sources: ['s0', 's1', 's2'],
    })
  })

  /** Five ticks at which honest sources swing, and one more source that is always on one side. */
  function leaningTicks(): WindowTick[] {
    const swing = [0, 0.3, -0.3, 0.15, -0.15]
    return swing.map((_, tick) => {
      const honest = swing.map((__, source) => 100 + (swing[(tick + source) % swing.length] ?? 0))
      return aTick(tick * 30_000, ...honest, 100.5)
    })
  }

  test('leaves out a source that leans to one side all the time, though it passes each gate', () => {
    for (const { atMs, quotes } of leaningTicks()) {
      expect(consensusOf(quotes, defaultPolicy, atMs)).toMatchObject({ rejected: [] })
    }
    expect(consensus(leaningTicks())).toMatchObject({
      sources: ['s0', 's1', 's2', 's3', 's4'],
      outliers: 5,
    })
  })

  test('a tick that a leaning source alone made a quorum goes with it', () => {
    const leaning = aQuote({ source: 's5', price: 100.5, observedAtMs: 150_000 })
    const pair = { atMs: 150_000, quotes: [...aTick(150_000, 100.2).quotes, leaning] }
    const { price, vwap, twap, outliers } = consensus([...leaningTicks(), pair])
    expect({ price, vwap, twap }).toEqual({ price: 100, vwap: 100, twap: 100 })
    expect(outliers).toBe(6)
  })

  test('a tick without a quorum contributes nothing, and its disagreement is counted', () => {
    const ticks = [aTick(0, 100, 100), aTick(30_000, 100, 140), aTick(60_000, 100)]
    expect(consensus(ticks)).toMatchObject({ price: 100, outliers: 2 })
  })

  test('a missing tick is filled by the one before it in the TWAP, and nowhere else', () => {
    const ticks = [aTick(0, 100, 100), aTick(30_000, 100, 100), aTick(120_000, 100.3, 100.3)]
    const { vwap, twap, weightedMedian } = consensus(ticks)
    expect(twap).toBeCloseTo(100.1, 9)
    expect(vwap).toBeCloseTo(100.1, 9)
    expect(weightedMedian).toBe(100)
    const sooner = ticks.with(2, aTick(60_000, 100.3, 100.3))
    expect(consensus(sooner).twap).toBeCloseTo(100.2, 9)
    expect(consensus(sooner).vwap).toBeCloseTo(100.1, 9)
  })

  test('many quotes give a source no more say in the weighted median than few', () => {
    const often = steadyTicks(100, 100.04)
    const ticks = often.map((tick, i) => (i === 0 ? aTick(0, 100, 100.04, 100.05, 100.05) : tick))
    expect(consensus(ticks).weightedMedian).toBeCloseTo(100.045, 9)
  })

  test('ticks of one instant are one tick, in which a source still has one vote', () => {
    const once = steadyTicks(100, 100.01, 100.02)
    expect(consensus([...once, ...once])).toEqual(consensus(once))
  })

  test('a source that misses ticks lowers confidence', () => {
    const full = steadyTicks(100, 100, 100)
    const missing = full.map((tick, i) => (i < 3 ? aTick(tick.atMs, 100, 100) : tick))
    expect(consensus(missing).confidence).toBeCloseTo((consensus(full).confidence * 15) / 18, 9)
  })

  test('votes that lie apart widen the interval', () => {
    const moving = [aTick(0, 100, 100, 100), aTick(150_000, 101, 101, 101)]
    expect(consensus(moving).intervalBps).toBeGreaterThan(
      consensus(steadyTicks(100, 100, 100)).intervalBps + 10,
    )
  })

  test('without any tick that agrees there is no quorum, and it says how near the best one came', () => {
    expect(windowConsensusOf([], defaultPolicy, window)).toEqual({
      kind: 'no-quorum',
      agreeing: 0,
      required: 2,
    })
    const apart = aTick(30_000, 100, 110, 120, 120.1, 135, 150)
    expect(windowConsensusOf([aTick(0, 100), apart], defaultPolicy, window)).toEqual({
      kind: 'no-quorum',
      agreeing: 2,
      required: 4,
    })
  })
})

describe('windowConsensusOf, whatever comes', () => {
  const prices = fc.array(fc.double({ min: 99, max: 101, noNaN: true }), {
    minLength: 1,
    maxLength: 8,
  })
  const ticks = fc
    .array(prices, { minLength: 1, maxLength: 6 })
    .map((each) => each.map((row, i) => aTick(i * 30_000, ...row)))

  test('property: lies between the lowest and the highest price, as do all three votes', () => {
    fc.assert(
      fc.property(ticks, (given) => {
        const outcome = windowConsensusOf(given, defaultPolicy, window)
        if (outcome.kind === 'no-quorum') return
        const all = given.flatMap(({ quotes }) => quotes.map(({ price }) => price))
        for (const vote of [outcome.price, outcome.vwap, outcome.twap, outcome.weightedMedian]) {
          expect(vote).toBeGreaterThanOrEqual(Math.min(...all))
          expect(vote).toBeLessThanOrEqual(Math.max(...all))
        }
        expect(outcome.confidence).toBeGreaterThan(0)
        expect(outcome.confidence).toBeLessThan(1)
      }),
    )
  })

  test('property: does not depend on the order of ticks or quotes', () => {
    fc.assert(
      fc.property(ticks, (given) => {
        const mixed = given
          .map((tick) => ({ ...tick, quotes: tick.quotes.toReversed() }))
          .toReversed()
        expect(windowConsensusOf(mixed, defaultPolicy, window)).toEqual(
          windowConsensusOf(given, defaultPolicy, window),
        )
      }),
    )
  })

  test('property: a minority of sources, whatever it says, leaves the vote among the others', () => {
    const honest = fc.double({ min: 100, max: 100.09, noNaN: true })
    const lie = fc.record({
      price: fc.double({ min: 1, max: 1e6, noNaN: true }),
      volume: fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }),
    })
    const row = fc.tuple(
      fc.array(honest, { minLength: 3, maxLength: 3 }),
      fc.array(lie, { minLength: 2, maxLength: 2 }),
    )
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (rows) => {
        const given = rows.map(([truths, lies], i) => ({
          atMs: i * 30_000,
          quotes: [
            ...aTick(i * 30_000, ...truths).quotes,
            ...lies.map((fields, j) =>
              aQuote({ source: `liar${j}`, observedAtMs: i * 30_000, ...fields }),
            ),
          ],
        }))
        const { price } = consensus(given)
        expect(price).toBeGreaterThanOrEqual(100)
        expect(price).toBeLessThanOrEqual(100.09)
      }),
      { numRuns: 300 },
    )
  })
})
