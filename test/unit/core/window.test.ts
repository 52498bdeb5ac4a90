import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consensusOf, defaultPolicy } from '../../../src/core/consensus.ts'
import { type WindowConsensus, windowConsensusOf } from '../../../src/core/window.ts'
import { type AcceptedQuote, type WindowTick, windowTickOf } from '../../../src/core/window-tick.ts'
import { aQuote } from '../../support/quotes.ts'

const window = { fromMs: 0, toMs: 180_000 }

/** A tick at which each price was accepted of a source of its own, and the first is the vote. */
function aTick(atMs: number, ...prices: number[]): WindowTick {
  const accepted = prices.map((price, i): AcceptedQuote => ({ source: `s${i}`, price, volume: 1 }))
  const [price] = prices
  return { atMs, ...(price !== undefined && { price }), accepted, outliers: 0 }
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
    const twap = (100 * 60 + 100.5 * 120) / 180
    expect(windowConsensusOf(ticks, defaultPolicy, window)).toEqual({
      kind: 'consensus',
      price: expect.closeTo(100.25, 12),
      vwap: expect.closeTo(100.25, 12),
      twap: expect.closeTo(twap, 12),
      weightedMedian: expect.closeTo(100.25, 12),
      sources: ['s0', 's1', 's2'],
      confidence: expect.closeTo(0.8924, 3),
      // Half of what the votes lie apart, and sources that may well be a basis point off.
      intervalBps: expect.closeTo(0.3 + 1.96 * Math.hypot(1, (twap / 100.25 - 1) * 5_000), 6),
      outliers: 0,
      algorithm: 'median-of-vwap-twap-weighted-median',
    })
  })

  test('holds its start and not its end', () => {
    const ticks = [aTick(-1, 50, 50), aTick(0, 100, 100), aTick(180_000, 200, 200)]
    expect(consensus(ticks)).toMatchObject({ vwap: 100, twap: 100, weightedMedian: 100 })
  })

  test('weighs the VWAP by volume as it is given, and only the VWAP', () => {
    const accepted = [
      { source: 'large', price: 100.04, volume: 98 },
      { source: 'middle', price: 100.02, volume: 1 },
      { source: 'small', price: 100, volume: 1 },
    ]
    const tick = { atMs: 0, price: 100.02, accepted, outliers: 0 }
    const { vwap, twap, weightedMedian, price } = consensus([tick])
    expect(vwap).toBeCloseTo(100.0394, 9)
    expect([twap, weightedMedian, price]).toEqual([100.02, 100.02, 100.02])
  })

  test('where no source says a volume all quotes weigh alike in the VWAP', () => {
    const ticks = steadyTicks(100, 100.02, 100.07).map((tick) => ({
      ...tick,
      accepted: tick.accepted.map((quote) => ({ ...quote, volume: 0 })),
    }))
    expect(consensus(ticks).vwap).toBeCloseTo(100.03, 9)
  })

  test('the TWAP is of the votes of the ticks, not of what was accepted', () => {
    const ticks = steadyTicks(100, 100.02, 100.02).map((tick) => ({ ...tick, price: 100.01 }))
    expect(consensus(ticks).twap).toBeCloseTo(100.01, 9)
  })

  test('leaves out a source that leans to one side all the time, though each tick accepted it', () => {
    const swing = [0, 0.03, -0.03, 0.015, -0.015]
    const ticks = swing.map((_, tick) => {
      const honest = swing.map((__, source) => 100 + (swing[(tick + source) % swing.length] ?? 0))
      return aTick(tick * 30_000, ...honest, 100.12)
    })
    expect(consensus(ticks)).toMatchObject({
      sources: ['s0', 's1', 's2', 's3', 's4'],
      outliers: 5,
    })
  })

  test('a tick that a leaning source alone made a quorum goes with it', () => {
    const steady = steadyTicks(100, 100, 100, 100.5)
    const lone: WindowTick = {
      ...aTick(175_000),
      price: 103,
      accepted: [
        { source: 's0', price: 103, volume: 1 },
        { source: 's3', price: 103.5, volume: 1 },
      ],
    }
    const { price, vwap, twap, sources } = consensus([...steady, lone])
    expect({ price, vwap, twap }).toEqual({ price: 100, vwap: 100, twap: 100 })
    expect(sources).toEqual(['s0', 's1', 's2'])
  })

  test('a tick without a quorum contributes nothing, and its disagreement is counted', () => {
    const disagreement: WindowTick = { atMs: 30_000, accepted: [], outliers: 2 }
    const ticks = [aTick(0, 100, 100), disagreement, aTick(60_000, 101)]
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

  test('of ticks of one instant the first counts', () => {
    const once = steadyTicks(100, 100.01, 100.02)
    expect(consensus([...once, ...steadyTicks(99, 99, 99)])).toEqual(consensus(once))
  })

  test('votes that lie apart widen the interval', () => {
    const moving = [aTick(0, 100, 100, 100), aTick(150_000, 101, 101, 101)]
    expect(consensus(moving).intervalBps).toBeGreaterThan(
      consensus(steadyTicks(100, 100, 100)).intervalBps + 10,
    )
  })

  test('without any tick that agrees there is no quorum, and it says how near the best one came', () => {
    const none = { kind: 'no-quorum', agreeing: 0, required: 2 }
    expect(windowConsensusOf([], defaultPolicy, window)).toEqual(none)
    const lone = [aTick(0, 100), { atMs: 30_000, accepted: [], outliers: 3 }]
    expect(windowConsensusOf(lone, defaultPolicy, window)).toEqual({ ...none, agreeing: 1 })
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
        const all = given.flatMap(({ accepted }) => accepted.map(({ price }) => price))
        for (const vote of [outcome.price, outcome.vwap, outcome.twap, outcome.weightedMedian]) {
          expect(vote).toBeGreaterThanOrEqual(Math.min(...all))
          expect(vote).toBeLessThanOrEqual(Math.max(...all))
        }
        expect(outcome.confidence).toBeGreaterThan(0)
        expect(outcome.confidence).toBeLessThan(1)
      }),
    )
  })

  test('property: does not depend on the order of ticks', () => {
    fc.assert(
      fc.property(ticks, (given) => {
        expect(windowConsensusOf(given.toReversed(), defaultPolicy, window)).toEqual(
          windowConsensusOf(given, defaultPolicy, window),
        )
      }),
    )
  })

  test('property: a minority of sources, whatever it says, moves the vote by no more than a gate', () => {
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
        const given = rows.map(([truths, lies], i) => {
          const observedAtMs = i * 30_000
          const quotes = [
            ...truths.map((price, j) => aQuote({ source: `honest${j}`, price, observedAtMs })),
            ...lies.map((lied, j) => aQuote({ source: `liar${j}`, observedAtMs, ...lied })),
          ]
          return windowTickOf(observedAtMs, consensusOf(quotes, defaultPolicy, observedAtMs))
        })
        const outcome = windowConsensusOf(given, defaultPolicy, window)
        if (outcome.kind === 'no-quorum') return
        // Of sources without a history that differ by up to 9 bps: 3.5 · 1.4826 · 9 + 3 bps.
        expect(outcome.price).toBeGreaterThanOrEqual(100 * (1 - 0.005))
        expect(outcome.price).toBeLessThanOrEqual(100.09 * (1 + 0.005))
      }),
      { numRuns: 300 },
    )
  })
})
