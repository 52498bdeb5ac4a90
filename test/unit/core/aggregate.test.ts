import { describe, expect, test } from 'vitest'
import { aggregateOf, type StatedQuote } from '../../../src/core/aggregate.ts'
import { defaultPolicy } from '../../../src/core/consensus.ts'

const t0 = 1_700_000_000_000

/** The first sketch's example. */
const sketch: StatedQuote[] = [
  { source: 'binance', price: 45_120, volume: 100, timestamp: t0 },
  { source: 'coinbase', price: 45_125, volume: 150, timestamp: t0 },
  { source: 'kraken', price: 45_118, volume: 80, timestamp: t0 },
]

describe('aggregateOf', () => {
  test('answers with the consensus and where it comes from', () => {
    const { outcome, vwap, ...rest } = aggregateOf(sketch, defaultPolicy)
    expect(outcome).toMatchObject({
      kind: 'consensus',
      price: 45_120,
      sources: ['binance', 'coinbase', 'kraken'],
    })
    expect(vwap?.toFixed(4)).toBe('45121.7879')
    expect(rest).toEqual({
      atMs: t0,
      twap: 45_120,
      weightedMedian: 45_120,
      verdicts: [
        { kind: 'accepted', source: 'binance', price: 45_120, share: expect.closeTo(0.3257, 4) },
        { kind: 'accepted', source: 'coinbase', price: 45_125, share: expect.closeTo(0.3744, 4) },
        { kind: 'accepted', source: 'kraken', price: 45_118, share: expect.closeTo(0.2999, 4) },
      ],
    })
  })

  test('shares of the accepted sum to 1', () => {
    const shares = aggregateOf(sketch, defaultPolicy).verdicts.map((verdict) =>
      verdict.kind === 'accepted' ? verdict.share : 0,
    )
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
  })

  test('says why it rejects a source, and lets it into no average', () => {
    const quotes = [
      ...sketch,
      { source: 'astray', price: 60_000, volume: 1e9, timestamp: t0 },
      { source: 'gone', price: 45_121, volume: 1e9, timestamp: t0 - 60_001 },
    ]
    const aggregate = aggregateOf(quotes, defaultPolicy)
    expect(aggregate.vwap?.toFixed(4)).toBe('45121.7879')
    expect(aggregate.verdicts).toContainEqual({
      kind: 'rejected',
      source: 'astray',
      reason: 'outlier',
    })
    expect(aggregate.verdicts).toContainEqual({ kind: 'rejected', source: 'gone', reason: 'stale' })
  })

  test('its now is the newest quote’s timestamp, so that old quotes can be put to the vote', () => {
    const ancient = sketch.map((quote, i) => ({ ...quote, timestamp: i * 1_000 }))
    expect(aggregateOf(ancient, defaultPolicy)).toMatchObject({
      atMs: 2_000,
      outcome: { kind: 'consensus', observedAtMs: 1_000 },
    })
  })

  test('a quote that is exactly as old as allowed beside the newest still counts', () => {
    const quotes = sketch.map((quote, i) => ({ ...quote, timestamp: t0 - i * 30_000 }))
    expect(aggregateOf(quotes, defaultPolicy).outcome).toMatchObject({
      sources: ['binance', 'coinbase', 'kraken'],
    })
  })

  test('TWAP weighs by the time until the next quote', () => {
    const quotes = [
      { source: 'a', price: 10_000, volume: 1, timestamp: t0 },
      { source: 'b', price: 10_004, volume: 1, timestamp: t0 + 30_000 },
      { source: 'c', price: 10_002, volume: 1, timestamp: t0 + 40_000 },
    ]
    expect(aggregateOf(quotes, defaultPolicy).twap).toBeCloseTo(10_001, 9)
  })

  test('without volume there is no VWAP, and still a consensus', () => {
    const quotes = sketch.map((quote) => ({ ...quote, volume: 0 }))
    const aggregate = aggregateOf(quotes, defaultPolicy)
    expect(aggregate).not.toHaveProperty('vwap')
    expect(aggregate.outcome).toMatchObject({ kind: 'consensus', price: 45_120 })
  })

  test('without a quorum there is a verdict on each source and no price of any kind', () => {
    const aggregate = aggregateOf(sketch.slice(0, 1), defaultPolicy)
    expect(aggregate).toMatchObject({
      outcome: { kind: 'no-quorum', agreeing: 1, required: 2, rejected: [] },
      atMs: t0,
      verdicts: [{ kind: 'accepted', source: 'binance', price: 45_120, share: 1 }],
    })
  })

  test('a quote dated far ahead makes the others stale rather than itself right', () => {
    const ahead = { source: 'ahead', price: 1, volume: 1, timestamp: t0 + 3_600_000 }
    expect(aggregateOf([...sketch, ahead], defaultPolicy).outcome).toMatchObject({
      kind: 'no-quorum',
      agreeing: 1,
    })
  })

  test('does not depend on the order of the quotes', () => {
    expect(aggregateOf(sketch.toReversed(), defaultPolicy)).toEqual(
      aggregateOf(sketch, defaultPolicy),
    )
  })
})
