import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consensusOf, defaultPolicy } from '../../../src/core/consensus.ts'
import { type FeedMemory, newFeedMemory } from '../../../src/core/feed-memory.ts'
import type { Vote } from '../../../src/core/newest-votes.ts'
import type { Consensus } from '../../../src/core/outcome.ts'
import { ordinaryTicks, sourceNames, tickMs, told } from '../../support/histories.ts'

const names = sourceNames(21)
const lastTickMs = 100 * tickMs
/** The freeze after the last tick. */
const atMs = lastTickMs + 12_000

/** What feeds may have behind them: nothing, an ordinary hour, a rough one, and one with liars in it. */
const memories: Readonly<Record<string, FeedMemory>> = {
  'a fresh memory': newFeedMemory,
  'an ordinary history': told(ordinaryTicks(names, 60, lastTickMs)).memory,
  'a rough history': told(
    ordinaryTicks(names, 60, lastTickMs, {
      seed: 7,
      market: (price, tick) => price * (1 + 0.004 * Math.sin(tick)),
    }),
  ).memory,
  'a history of liars': told(
    ordinaryTicks(names, 60, lastTickMs, {
      seed: 3,
      saying: (vote, tick) =>
        vote.source < 's07' && tick > 20 ? { ...vote, price: vote.price * 1.0008 ** tick } : vote,
    }),
  ).memory,
}

const source = fc.constantFrom(...names)
const near = fc.double({ min: 99, max: 101, noNaN: true })
const close = fc.double({ min: 99.95, max: 100.05, noNaN: true })
const coinciding = fc.constantFrom(99.9, 100, 100.1)
const positive = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(near, close, coinciding) },
  fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
)
const volume = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }),
  fc.double(),
)
const observedAtMs = fc.integer({ min: -70_000, max: 40_000 }).map((ms) => atMs + ms)
const observedKind = fc.constantFrom('trade' as const, 'ticker' as const, 'received' as const)
const book = fc.option(
  fc.record({ bid: fc.oneof(close, fc.double()), ask: fc.oneof(close, fc.double()) }),
  { nil: {} },
)

/** Anything that may come, sensible or not. */
const anyVote = fc
  .tuple(
    fc.record({
      source,
      price: fc.oneof({ weight: 6, arbitrary: positive }, fc.double()),
      volume,
      observedAtMs,
      observedKind,
    }),
    book,
  )
  .map(([vote, sides]): Vote => ({ ...vote, ...sides }))
const anyVotes = fc.array(anyVote, { maxLength: 30 })

describe.each(Object.entries(memories))('with %s', (_, memory) => {
  test('property: the order of the quotes does not matter', () => {
    const shuffled = anyVotes.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([given, mixed]) => {
        expect(consensusOf(mixed, defaultPolicy, atMs, memory)).toEqual(
          consensusOf(given, defaultPolicy, atMs, memory),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('property: lies among the accepted prices, with all figures in their ranges', () => {
    fc.assert(
      fc.property(anyVotes, (votes) => {
        const outcome = consensusOf(votes, defaultPolicy, atMs, memory)
        if (outcome.kind === 'no-quorum') {
          expect(outcome.agreeing).toBeLessThan(outcome.required)
          expect(outcome.confidence).toBe(0)
          return
        }
        expectSound(outcome)
      }),
      { numRuns: 500 },
    )
  })

  test('property: each source is in exactly one of the two lists', () => {
    fc.assert(
      fc.property(anyVotes, (votes) => {
        const outcome = consensusOf(votes, defaultPolicy, atMs, memory)
        if (outcome.kind === 'no-quorum') return
        const told = [...outcome.sources, ...outcome.rejected.map((each) => each.source)]
        expect(told.toSorted()).toEqual([...new Set(votes.map((each) => each.source))].toSorted())
      }),
      { numRuns: 200 },
    )
  })

  test('property: it learns nothing and changes nothing that it was given', () => {
    const before = JSON.stringify(memory)
    fc.assert(
      fc.property(anyVotes, (votes) => {
        const given = JSON.stringify(votes)
        consensusOf(votes, defaultPolicy, atMs, memory)
        expect(JSON.stringify(votes)).toBe(given)
      }),
      { numRuns: 50 },
    )
    expect(JSON.stringify(memory)).toBe(before)
  })

  test('property: fewer than half cannot move it out of the others’ range by more than the gate', () => {
    fc.assert(
      fc.property(crowd(), ({ honest, liars }) => {
        const votes = [...honest, ...liars]
        const outcome = consensusOf(votes, defaultPolicy, atMs, memory)
        if (outcome.kind === 'no-quorum') return
        const voting = honest.filter(({ source: name }) => isVoter(outcome, name))
        // Of those who vote, the honest may have become the fewer: then nobody can be safe.
        const voters = outcome.n + outcome.rejected.filter(isOutlier).length
        if (voting.length * 2 <= voters) return

        const prices = voting.map(({ price }) => price)
        const sigma = Math.max(
          outcome.startSigmaBps,
          ...outcome.contributions.map(({ sigmaBps }) => sigmaBps),
        )
        const [lowest, highest] = [Math.min(...prices), Math.max(...prices)]
        // With room for rounding.
        const reach = ((3.5 * sigma + 3) / 10_000) * outcome.reference * (1 + 1e-9) + 1e-9
        expect(outcome.price).toBeGreaterThanOrEqual(lowest - reach)
        expect(outcome.price).toBeLessThanOrEqual(highest + reach)
      }),
      { numRuns: 1_000 },
    )
  })
})

test('property: prices in another unit make a price in that unit, and nothing else changes', () => {
  const ticks = ordinaryTicks(names.slice(0, 6), 40, lastTickMs)
  const inUnit = (unit: number) =>
    told(
      ticks.map((tick) => ({
        ...tick,
        quotes: tick.quotes.map((vote) => ({ ...vote, price: vote.price * unit })),
      })),
    )
  const outcomes = inUnit(1).outcomes
  fc.assert(
    // Powers of two scale without rounding, so that no quote falls to the other side of an edge.
    fc.property(fc.integer({ min: -30, max: 30 }), (exponent) => {
      const scaled = inUnit(2 ** exponent).outcomes
      expect(
        scaled.map((outcome) =>
          outcome.kind === 'consensus' ? [outcome.price / 2 ** exponent, outcome.sources] : [],
        ),
      ).toEqual(
        outcomes.map((outcome) =>
          outcome.kind === 'consensus' ? [outcome.price, outcome.sources] : [],
        ),
      )
    }),
    { numRuns: 20 },
  )
})

test('property: any unit will do but for the last digits', () => {
  const list = fc.array(near, { minLength: 2, maxLength: 20 })
  const quotesOf = (prices: readonly number[]): Vote[] =>
    prices.map((price, i) => ({ source: `s${i}`, price, volume: 1, observedAtMs: 0 }))
  fc.assert(
    fc.property(list, fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (prices, unit) => {
      const outcome = consensusOf(quotesOf(prices), defaultPolicy, 0)
      const scaled = consensusOf(quotesOf(prices.map((price) => price * unit)), defaultPolicy, 0)
      // Quotes that lie on the very edge of a gate may fall to either side by rounding.
      if (outcome.kind === 'no-quorum' || scaled.kind === 'no-quorum') return
      if (scaled.n !== outcome.n) return
      expect(scaled.price / unit / outcome.price).toBeCloseTo(1, 9)
      expect(scaled.intervalBps).toBeCloseTo(outcome.intervalBps, 5)
    }),
  )
})

function expectSound(outcome: Consensus): void {
  const prices = outcome.contributions.map(({ price }) => price)
  const shares = outcome.contributions.map(({ share }) => share)
  expect(outcome.price).toBeGreaterThanOrEqual(Math.min(...prices))
  expect(outcome.price).toBeLessThanOrEqual(Math.max(...prices))
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
  expect(outcome.confidence).toBeGreaterThan(0)
  expect(outcome.confidence).toBeLessThan(1)
  expect(outcome.intervalBps).toBeGreaterThan(0)
  expect(Number.isFinite(outcome.intervalBps)).toBe(true)
  expect(outcome.nEff).toBeLessThanOrEqual(outcome.n + 1e-9)
  expect(outcome.nEff).toBeGreaterThanOrEqual(1 - 1e-9)
  // No minority holds half.
  const minority = Math.floor((outcome.n - 1) / 2)
  const largest = shares.toSorted((left, right) => right - left).slice(0, minority)
  expect(largest.reduce((sum, share) => sum + share, 0)).toBeLessThan(0.5)
}

/** `n` sources that vote, of which `⌊(n - 1) / 2⌋` may say anything. */
function crowd() {
  const liar = fc.record({ price: positive, volume, observedAtMs, observedKind })
  const honestVote = fc.record({
    price: fc.oneof(close, near),
    volume: fc.integer({ min: 1, max: 1_000 }),
    observedAtMs: fc.integer({ min: -50_000, max: 0 }).map((ms) => atMs + ms),
  })
  return fc.integer({ min: 3, max: 21 }).chain((count) => {
    const lying = Math.floor((count - 1) / 2)
    const honest = count - lying
    return fc
      .tuple(
        fc.shuffledSubarray(names, { minLength: count, maxLength: count }),
        fc.array(honestVote, { minLength: honest, maxLength: honest }),
        fc.array(liar, { minLength: lying, maxLength: lying }),
      )
      .map(([sources, honests, liars]) => ({
        honest: honests.map((vote, i): Vote => ({ ...vote, source: sources[i] ?? '' })),
        liars: liars.map((vote, i): Vote => ({ ...vote, source: sources[honest + i] ?? '' })),
      }))
  })
}

function isVoter({ sources, rejected }: Consensus, name: string): boolean {
  return sources.includes(name) || rejected.some((each) => each.source === name && isOutlier(each))
}

function isOutlier({ reason }: { readonly reason: string }): boolean {
  return reason === 'outlier'
}
