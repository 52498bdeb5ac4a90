import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Consensus, consensusOf, defaultPolicy } from '../../../src/core/consensus.ts'
import type { Quote } from '../../../src/core/quote.ts'
import { aQuote, quotesAt } from '../../support/quotes.ts'

function consensus(quotes: readonly Quote[], atMs = 0): Consensus {
  const outcome = consensusOf(quotes, defaultPolicy, atMs)
  if (outcome.kind !== 'consensus') throw new Error('expected a consensus')
  return outcome
}

describe('consensusOf', () => {
  test('takes the median of sources that agree', () => {
    expect(consensusOf(quotesAt(100, 100.2, 100.1), defaultPolicy, 0)).toEqual({
      kind: 'consensus',
      price: 100.1,
      sources: ['s0', 's1', 's2'],
      rejected: [],
      confidence: expect.closeTo(0.547, 3),
      intervalBps: expect.closeTo(0.5 + (2.6 * 14.826) / Math.sqrt(3) / 1.001, 1),
      observedAtMs: 0,
      algorithm: 'hampel-weighted-median',
    })
  })

  test.each([
    { name: 'a source that strays', odd: { price: 250 }, reason: 'outlier' },
    { name: 'a source gone silent', odd: { observedAtMs: -60_001 }, reason: 'stale' },
    { name: 'a price of nothing', odd: { price: 0 }, reason: 'out-of-range' },
    { name: 'a negative price', odd: { price: -100 }, reason: 'out-of-range' },
    { name: 'a price that is no number', odd: { price: Number.NaN }, reason: 'out-of-range' },
    { name: 'an endless price', odd: { price: Number.POSITIVE_INFINITY }, reason: 'out-of-range' },
    { name: 'a date that is none', odd: { observedAtMs: Number.NaN }, reason: 'out-of-range' },
    { name: 'a date far ahead', odd: { observedAtMs: 30_001 }, reason: 'out-of-range' },
  ])('leaves out $name, as $reason', ({ odd, reason }) => {
    const quotes = [...quotesAt(100, 100, 100), aQuote({ source: 'odd', ...odd })]
    expect(consensus(quotes)).toMatchObject({
      price: 100,
      sources: ['s0', 's1', 's2'],
      rejected: [{ source: 'odd', reason }],
    })
  })

  test.each([
    { name: 'exactly as old as allowed', observedAtMs: -60_000 },
    { name: 'dated exactly as far ahead as tolerated', observedAtMs: 30_000 },
  ])('keeps a quote that is $name', ({ observedAtMs }) => {
    const quotes = [...quotesAt(100, 100), aQuote({ source: 'edge', observedAtMs })]
    expect(consensus(quotes).sources).toEqual(['edge', 's0', 's1'])
  })

  test('without enough sources there is no quorum, and it says by how much', () => {
    const none = { kind: 'no-quorum', agreeing: 0, required: 2, rejected: [] }
    expect(consensusOf([], defaultPolicy, 0)).toEqual(none)
    expect(consensusOf(quotesAt(100), defaultPolicy, 0)).toEqual({ ...none, agreeing: 1 })
  })

  test('two sources that disagree are no quorum, since nobody can say which one is right', () => {
    expect(consensusOf(quotesAt(100, 101), defaultPolicy, 0)).toEqual({
      kind: 'no-quorum',
      agreeing: 0,
      required: 2,
      rejected: [
        { source: 's0', reason: 'outlier' },
        { source: 's1', reason: 'outlier' },
      ],
    })
  })

  test('two sources that agree meet in the middle, whatever their volumes', () => {
    const quotes = [aQuote({ source: 'a', price: 100, volume: 1e9 }), ...quotesAt(100.2)]
    expect(consensus(quotes).price).toBeCloseTo(100.1, 12)
  })

  test('of three sources two that agree outvote the third', () => {
    expect(consensus(quotesAt(100, 100.1, 130))).toMatchObject({
      price: expect.closeTo(100.05, 12),
      sources: ['s0', 's1'],
      rejected: [{ source: 's2', reason: 'outlier' }],
    })
  })

  test('a minority that agrees is no quorum, be it as large as the policy asks', () => {
    const scattered = quotesAt(100, 110, 120, 120.1, 135, 150)
    expect(consensusOf(scattered, defaultPolicy, 0)).toMatchObject({
      kind: 'no-quorum',
      agreeing: 2,
      required: 4,
    })
  })

  test("a source has one vote: its newest quote's, in whatever order they came", () => {
    const quotes = [
      ...quotesAt(100, 100.1),
      aQuote({ source: 's2', price: 100.05, observedAtMs: 10 }),
      aQuote({ source: 's2', price: 100.1, observedAtMs: 5 }),
    ]
    expect(consensus(quotes).price).toBe(100.05)
    expect(consensus(quotes.toReversed()).price).toBe(100.05)
  })

  test.each([
    { name: 'the one of larger volume', one: { volume: 2 }, other: { price: 100.05 } },
    { name: 'the lower of equal volumes', one: { price: 100.1 }, other: { price: 100.15 } },
  ])('of two quotes of one source and instant $name counts', ({ one, other }) => {
    const twice = [aQuote({ source: 'twice', ...one }), aQuote({ source: 'twice', ...other })]
    const others = quotesAt(100.1, 100.15)
    const expected = consensusOf([...others, ...twice.slice(0, 1)], defaultPolicy, 0)
    expect(consensusOf([...others, ...twice], defaultPolicy, 0)).toEqual(expected)
    expect(consensusOf([...others, ...twice.toReversed()], defaultPolicy, 0)).toEqual(expected)
  })

  test('an unusable quote does not cost a source the usable one beside it', () => {
    const quotes = [...quotesAt(100, 100), aQuote({ source: 's0', price: 0, observedAtMs: 9 })]
    expect(consensus(quotes)).toMatchObject({ sources: ['s0', 's1'], rejected: [] })
  })

  test('a newer outlier replaces an older good quote of the same source', () => {
    const quotes = [
      ...quotesAt(100, 100, 100),
      aQuote({ source: 's0', price: 90, observedAtMs: 1 }),
    ]
    expect(consensus(quotes).rejected).toEqual([{ source: 's0', reason: 'outlier' }])
  })

  test('is dated by the lower median of those that agree', () => {
    const quotes = [-40, -30, -20, -10].map((observedAtMs, i) =>
      aQuote({ source: `s${i}`, observedAtMs }),
    )
    expect(
      consensus([...quotes, aQuote({ source: 'odd', price: 1, observedAtMs: 0 })]),
    ).toMatchObject({ observedAtMs: -30 })
  })

  test('a heavy source moves the vote among those that agree, but never alone', () => {
    const light = quotesAt(100, 100.01, 100.02, 100.03, 100.04)
    const heavy = light.map((quote, i) => (i === 4 ? { ...quote, volume: 1e6 } : quote))
    expect(consensus(light).price).toBe(100.02)
    expect(consensus(heavy).price).toBeGreaterThanOrEqual(100.02)
    expect(consensus(heavy).price).toBeLessThan(100.04)
  })
})

describe('confidence', () => {
  test('is near 1 where many agree closely', () => {
    expect(
      consensus(quotesAt(...Array.from({ length: 20 }, () => 100))).confidence,
    ).toBeGreaterThan(0.99)
  })

  test('falls with every source that was asked and does not agree', () => {
    const agreeing = quotesAt(100, 100, 100)
    const one = [...agreeing, aQuote({ source: 'x', price: 1 })]
    const two = [...one, aQuote({ source: 'y', observedAtMs: -1e9 })]
    const [all, less, least] = [agreeing, one, two].map((quotes) => consensus(quotes).confidence)
    expect(less).toBeCloseTo((all ?? 0) * 0.75, 12)
    expect(least).toBeCloseTo((all ?? 0) * 0.6, 12)
  })

  test('is small, but not 0, where those that agree are far apart', () => {
    const { confidence, intervalBps } = consensus(quotesAt(100, 100, 103, 103))
    expect(intervalBps).toBeGreaterThan(150)
    expect(confidence).toBeGreaterThan(0)
    expect(confidence).toBeLessThan(0.05)
  })

  test('the interval never claims to be exact, and narrows as sources join', () => {
    const [two, three, twelve] = [2, 3, 12].map(
      (count) => consensus(quotesAt(...Array.from({ length: count }, () => 100))).intervalBps,
    )
    expect(two).toBeCloseTo(0.5 + 5.2 / Math.sqrt(2), 9)
    expect(three).toBeCloseTo(0.5 + 5.2 / Math.sqrt(3), 9)
    expect(twelve).toBeCloseTo(0.5 + 5.2 / Math.sqrt(12), 9)
  })
})

describe('consensusOf, whatever comes', () => {
  const source = fc.integer({ min: 0, max: 9 }).map((n) => `s${n}`)
  const near = fc.double({ min: 99, max: 101, noNaN: true })
  const coinciding = fc.constantFrom(99.9, 100, 100.1)
  const any = fc.oneof({ weight: 4, arbitrary: fc.oneof(near, coinciding) }, fc.double())
  const volume = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.double(),
  )
  const observedAtMs = fc.integer({ min: -70_000, max: 40_000 })
  const quote = fc
    .record({ source, price: any, volume, observedAtMs })
    .map((fields): Quote => aQuote(fields))
  const quotes = fc.array(quote, { maxLength: 25 })

  test('property: does not depend on the order of the quotes', () => {
    const shuffled = quotes.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([given, mixed]) => {
        expect(consensusOf(mixed, defaultPolicy, 0)).toEqual(consensusOf(given, defaultPolicy, 0))
      }),
      { numRuns: 500 },
    )
  })

  test('property: lies between the agreeing prices, with all figures in their ranges', () => {
    fc.assert(
      fc.property(quotes, (list) => {
        const outcome = consensusOf(list, defaultPolicy, 0)
        if (outcome.kind === 'no-quorum') {
          expect(outcome.agreeing).toBeLessThan(outcome.required)
          return
        }
        const prices = list
          .filter((each) => outcome.sources.includes(each.source) && each.price > 0)
          .map(({ price }) => price)
        expect(outcome.price).toBeGreaterThanOrEqual(Math.min(...prices))
        expect(outcome.price).toBeLessThanOrEqual(Math.max(...prices))
        expect(outcome.confidence).toBeGreaterThan(0)
        expect(outcome.confidence).toBeLessThan(1)
        expect(outcome.intervalBps).toBeGreaterThan(0.5)
        expect(Number.isFinite(outcome.intervalBps)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('property: each source is in exactly one of the two lists', () => {
    fc.assert(
      fc.property(quotes, (list) => {
        const outcome = consensusOf(list, defaultPolicy, 0)
        if (outcome.kind === 'no-quorum') return
        const named = [...outcome.sources, ...outcome.rejected.map((each) => each.source)]
        expect(named.toSorted()).toEqual([...new Set(list.map((each) => each.source))].toSorted())
      }),
    )
  })

  test('property: prices in another unit make a price in that unit, and nothing else changes', () => {
    const list = fc.array(near, { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(list, fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (prices, unit) => {
        // Quotes that lie on the very edge of the gate may fall to either side by rounding.
        const outcome = consensusOf(quotesAt(...prices), defaultPolicy, 0)
        const scaled = consensusOf(
          quotesAt(...prices.map((price) => price * unit)),
          defaultPolicy,
          0,
        )
        expect(scaled.kind).toBe(outcome.kind)
        if (outcome.kind === 'no-quorum' || scaled.kind === 'no-quorum') return
        expect(scaled.price / unit / outcome.price).toBeCloseTo(1, 9)
        expect(scaled.sources).toEqual(outcome.sources)
        expect(scaled.intervalBps).toBeCloseTo(outcome.intervalBps, 6)
      }),
    )
  })
})

describe('consensusOf among liars', () => {
  const liar = fc.record({
    price: fc.oneof(
      fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
      fc.double({ min: 90, max: 110, noNaN: true }),
    ),
    volume: fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }),
  })

  /** `n` sources, of which `⌊(n - 1) / 2⌋` may say anything. */
  function crowd(honestPrice: fc.Arbitrary<number>) {
    return fc.integer({ min: 3, max: 21 }).chain((count) => {
      const liars = Math.floor((count - 1) / 2)
      const honest = fc.array(honestPrice, { minLength: count - liars, maxLength: count - liars })
      return fc.tuple(honest, fc.array(liar, { minLength: liars, maxLength: liars }))
    })
  }

  function quotesOf(honest: readonly number[], liars: readonly Partial<Quote>[]) {
    return [
      ...honest.map((price, i) => aQuote({ source: `honest${i}`, price })),
      ...liars.map((fields, i) => aQuote({ source: `liar${i}`, ...fields })),
    ]
  }

  test('property: a minority cannot move the price out of the honest range widened by the gate', () => {
    fc.assert(
      fc.property(crowd(fc.double({ min: 99, max: 101, noNaN: true })), ([honest, liars]) => {
        const outcome = consensus(quotesOf(honest, liars))
        const [lowest, highest] = [Math.min(...honest), Math.max(...honest)]
        const gate = Math.max(3 * 1.4826 * (highest - lowest), highest * 0.001) * (1 + 1e-9)
        expect(outcome.price).toBeGreaterThanOrEqual(lowest - gate)
        expect(outcome.price).toBeLessThanOrEqual(highest + gate)
      }),
      { numRuns: 1_000 },
    )
  })

  test('property: while honest sources are within the floor of one another, it stays among them', () => {
    fc.assert(
      fc.property(crowd(fc.double({ min: 100, max: 100.09, noNaN: true })), ([honest, liars]) => {
        const { price } = consensus(quotesOf(honest, liars))
        expect(price).toBeGreaterThanOrEqual(Math.min(...honest))
        expect(price).toBeLessThanOrEqual(Math.max(...honest))
      }),
      { numRuns: 1_000 },
    )
  })

  test('two of six with all the volume in the world do not outvote the other four', () => {
    const honest = [100, 100.01, 100.02, 100.03]
    const liars = [
      { price: 100.09, volume: 1e12 },
      { price: 100.09, volume: 1e12 },
    ]
    expect(consensus(quotesOf(honest, liars)).price).toBeLessThanOrEqual(100.03)
  })
})
