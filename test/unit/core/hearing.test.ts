import { describe, expect, test } from 'vitest'
import { type Hour, hearingOf } from '../../../src/core/hearing.ts'
import type { Vote } from '../../../src/core/newest-votes.ts'
import type { SourceMemory } from '../../../src/core/source-memory.ts'
import { aKnownSource } from '../../support/source-memories.ts'

const atMs = 10_000_000
const hour: Hour = { atMs, volatility: 1e-4, learntVolatility: 1e-4, staleAfterMs: 60_000 }

function aVote(differing: Partial<Vote> = {}): Vote {
  return {
    source: 's',
    price: 100,
    volume: 5,
    observedAtMs: atMs - 1_000,
    observedKind: 'trade',
    ...differing,
  }
}

/** A source that has said the same since so long ago, and otherwise what `differing` says. */
function saidSince(agoMs: number, differing: Partial<SourceMemory['said']> = {}): SourceMemory {
  const sinceMs = atMs - agoMs
  const same = { priceSinceMs: sinceMs, bookSinceMs: sinceMs, allSinceMs: sinceMs }
  return aKnownSource({
    said: { price: 100, bid: 0, ask: 0, volume: 5, ...same, ...differing },
  })
}

describe('by its last trade', () => {
  test('as old as it says, if nothing is known of it', () => {
    expect(hearingOf(aVote(), undefined, hour)).toMatchObject({
      price: 100,
      basis: 'last',
      ageMs: 1_000,
      halfSpread: 0,
    })
  })

  test('never of a negative age', () => {
    expect(hearingOf(aVote({ observedAtMs: atMs + 20_000 }), undefined, hour)).toMatchObject({
      ageMs: 0,
    })
  })

  test('as old as it has not changed, whatever date it says', () => {
    const known = saidSince(40_000, { volume: 4 })
    expect(hearingOf(aVote(), known, hour)).toMatchObject({ ageMs: 40_000 })
    expect(hearingOf(aVote({ price: 100.01 }), known, hour)).toMatchObject({ ageMs: 1_000 })
  })

  test('a rate that changes does not make an old price a new one', () => {
    const known = saidSince(40_000)
    const converted = aVote({ price: 100 * 0.9991, rawPrice: 100, conversionRate: 0.9991 })
    expect(hearingOf(converted, known, hour)).toMatchObject({ ageMs: 40_000 })
  })

  test.each(['ticker', 'response', 'received'] as const)(
    'as old as trades are apart, where its date is that of a %s',
    (observedKind) => {
      const known = saidSince(0, { price: 99 })
      const slow = { ...known, intervalMs: 20_000 }
      expect(hearingOf(aVote({ observedKind }), slow, hour)).toMatchObject({ ageMs: 20_000 })
      expect(hearingOf(aVote(), slow, hour)).toMatchObject({ ageMs: 1_000 })
    },
  )
})

describe('stale', () => {
  test.each([
    { name: 'exactly as old as allowed', agoMs: 60_000, kind: 'last' },
    { name: 'older', agoMs: 60_001, kind: 'stale' },
  ])('is a date that is $name: $kind', ({ agoMs, kind }) => {
    const hearing = hearingOf(aVote({ observedAtMs: atMs - agoMs }), undefined, hour)
    expect(typeof hearing === 'object' ? hearing.basis : hearing).toBe(kind)
  })

  test.each([
    { name: 'a slow source has eight of its intervals', intervalMs: 20_000, limitMs: 160_000 },
    { name: 'but never more than ten minutes', intervalMs: 200_000, limitMs: 600_000 },
    { name: 'a quick one has what the policy allows', intervalMs: 500, limitMs: 60_000 },
  ])('$name', ({ intervalMs, limitMs }) => {
    const known = { ...saidSince(0, { price: 99 }), intervalMs }
    const old = (agoMs: number) => hearingOf(aVote({ observedAtMs: atMs - agoMs }), known, hour)
    expect(old(limitMs)).toMatchObject({ basis: 'last' })
    expect(old(limitMs + 1)).toBe('stale')
  })
})

describe('frozen', () => {
  test('is who says a fresh date, and nothing new for too long', () => {
    expect(hearingOf(aVote(), saidSince(60_000), hour)).toMatchObject({ basis: 'last' })
    expect(hearingOf(aVote(), saidSince(60_001), hour)).toBe('frozen')
  })

  test('is a price that stands while the market must have moved, though its volume goes on', () => {
    const known = saidSince(60_001, { volume: 4 })
    expect(hearingOf(aVote(), known, hour)).toBe('frozen')
  })

  test('is no price that stands in a calm market, nor in one that nobody knows', () => {
    const known = saidSince(60_001, { volume: 4 })
    const calm = { ...hour, volatility: 1e-5, learntVolatility: 1e-5 }
    expect(hearingOf(aVote(), known, calm)).toMatchObject({ basis: 'last', ageMs: 60_001 })
    const unknown = { ...hour, learntVolatility: 0 }
    expect(hearingOf(aVote(), known, unknown)).toMatchObject({ basis: 'last' })
  })

  test('is in a calm market still who shows no sign of life at all', () => {
    const calm = { ...hour, volatility: 1e-5, learntVolatility: 1e-5 }
    expect(hearingOf(aVote(), saidSince(60_001), calm)).toBe('frozen')
  })
})

describe('by the middle of its book', () => {
  const book = { bid: 100.03, ask: 100.05 }

  test('where the last trade is old and the book narrow', () => {
    const vote = aVote({ observedAtMs: atMs - 50_000, ...book })
    expect(hearingOf(vote, undefined, hour)).toMatchObject({
      price: expect.closeTo(100.04, 9),
      basis: 'mid',
      ageMs: 0,
      halfSpread: expect.closeTo(0.01 / 100.04, 9),
    })
  })

  test('not where the last trade says as much', () => {
    expect(hearingOf(aVote(book), undefined, { ...hour, volatility: 1e-5 })).toMatchObject({
      basis: 'last',
    })
  })

  test('where a quiet pair has not traded for an hour, at a wider deviation', () => {
    const quiet = aVote({ observedAtMs: atMs - 3_600_000, bid: 99.6, ask: 100.4 })
    expect(hearingOf(quiet, undefined, hour)).toMatchObject({
      basis: 'mid',
      halfSpread: expect.closeTo(0.004, 12),
    })
  })

  test('not where the book itself is dated, and old', () => {
    const vote = aVote({ observedAtMs: atMs - 60_001, observedKind: 'ticker', ...book })
    expect(hearingOf(vote, undefined, hour)).toBe('stale')
  })

  test('not where the book has not moved either', () => {
    const vote = aVote({ observedAtMs: atMs - 60_001, ...book })
    const known = saidSince(60_001, { ...book, volume: 4 })
    expect(hearingOf(vote, known, hour)).toBe('stale')
    const alive = { ...known, said: { ...known.said, bookSinceMs: atMs - 9_000 } }
    expect(hearingOf(vote, alive, hour)).toMatchObject({ basis: 'mid', ageMs: 9_000 })
  })

  test.each([
    { name: 'crossed', bid: 100.1, ask: 100 },
    { name: 'without a bid', bid: 0, ask: 100 },
    { name: 'no number', bid: Number.NaN, ask: 100 },
    { name: 'wider than 2 %', bid: 98.9, ask: 101.1 },
  ])('not where it is $name', ({ bid, ask }) => {
    const vote = aVote({ observedAtMs: atMs - 60_001, bid, ask })
    expect(hearingOf(vote, undefined, hour)).toBe('stale')
  })
})
