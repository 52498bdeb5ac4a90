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
  test('takes the middle of sources that agree', () => {
    expect(consensus(quotesAt(100, 100.2, 100.1))).toMatchObject({
      atMs: 0,
      price: expect.closeTo(100.1, 9),
      sources: ['s0', 's1', 's2'],
      rejected: [],
      n: 3,
      split: false,
      lowQuorum: false,
      observedAtMs: 0,
      algorithm: 'median-of-five-votes',
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
    const { price, sources, rejected } = consensus(quotes)
    expect(price).toBe(100)
    expect(sources).toEqual(['s0', 's1', 's2'])
    expect(rejected).toMatchObject([{ source: 'odd', reason }])
  })

  test.each([
    { name: 'exactly as old as allowed', observedAtMs: -60_000 },
    { name: 'dated exactly as far ahead as tolerated', observedAtMs: 30_000 },
  ])('keeps a quote that is $name', ({ observedAtMs }) => {
    const quotes = [...quotesAt(100, 100), aQuote({ source: 'edge', observedAtMs })]
    expect(consensus(quotes).sources).toEqual(['edge', 's0', 's1'])
  })

  test('without enough sources there is no quorum, and it says by how much', () => {
    const none = {
      kind: 'no-quorum',
      reason: 'too-few-sources',
      agreeing: 0,
      required: 2,
      confidence: 0,
      rejected: [],
    }
    expect(consensusOf([], defaultPolicy, 0)).toMatchObject(none)
    expect(consensusOf(quotesAt(100), defaultPolicy, 0)).toMatchObject({ ...none, agreeing: 1 })
  })

  test('two sources that disagree are no quorum, since nobody can say which one is right', () => {
    expect(consensusOf(quotesAt(100, 101), defaultPolicy, 0)).toMatchObject({
      kind: 'no-quorum',
      reason: 'split',
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
      price: expect.closeTo(100.05, 9),
      sources: ['s0', 's1'],
      rejected: [{ source: 's2', reason: 'outlier' }],
    })
  })

  test('a minority that agrees is no quorum, be it as large as the policy asks', () => {
    const scattered = quotesAt(100, 110, 120, 120.1, 135, 150)
    expect(consensusOf(scattered, defaultPolicy, 0)).toMatchObject({
      kind: 'no-quorum',
      reason: 'no-majority',
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
    expect(consensus(quotes).rejected).toMatchObject([{ source: 's0', reason: 'outlier' }])
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
