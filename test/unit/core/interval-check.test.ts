import { describe, expect, test } from 'vitest'
import { type Consensus, consensusOf, defaultPolicy } from '../../../src/core/consensus.ts'
import type { FeedMemory } from '../../../src/core/feed-memory.ts'
import { intervalsAfter } from '../../../src/core/interval-check.ts'
import { type Course, ordinaryTicks, sourceNames, tickMs, told } from '../../support/histories.ts'

const atMs = 600 * tickMs
const names = sourceNames(8)

/** What a feed has seen of its intervals after a history. */
function checked(count: number, course: Course = {}, sources = names) {
  const { intervals } = told(ordinaryTicks(sources, count, atMs, course)).memory
  return intervals ?? { checked: 0, held: 0 }
}

/** A tick after a history, and the memory that it is put to the vote with: the hundredth, a checked one. */
function aTickAfter(count: number, sources = names) {
  const ticks = ordinaryTicks(sources, count + 1, atMs)
  const { memory } = told(ticks.slice(0, count))
  const [tick] = ticks.slice(count)
  if (tick === undefined) throw new Error('There is a tick.')
  const outcome = consensusOf(tick.quotes, defaultPolicy, tick.atMs, memory)
  if (outcome.kind !== 'consensus') throw new Error('expected a price')
  return { memory, outcome, check: (known: FeedMemory) => after(known, tick.quotes, outcome) }
}

function after(
  memory: FeedMemory,
  quotes: Parameters<typeof intervalsAfter>[1],
  outcome: Consensus & { readonly kind: 'consensus' },
) {
  return intervalsAfter(memory, quotes, outcome, defaultPolicy)
}

describe('intervals', () => {
  test('of an ordinary market nearly always hold, and every fourth tick is checked', () => {
    const intervals = checked(400)
    expect(intervals.checked).toBeGreaterThan(90)
    expect(intervals.checked).toBeLessThan(100)
    expect(intervals.held / intervals.checked).toBeGreaterThan(0.95)
  })

  test('are missed where sources suddenly differ by more than anybody has learnt', () => {
    // From one tick to the next each is some bps from all others, still within everybody's gate.
    const { memory, outcome, check } = aTickAfter(100)
    expect(check(memory).latest?.isHeld).toBe(true)
    const apart = names.map((source, i) => ({
      source,
      price: outcome.price * (1 + (i % 2 === 0 ? 9e-4 : -9e-4)),
      volume: 100,
      observedAtMs: outcome.atMs,
    }))
    const seen = Array.from({ length: 40 }, (_, i) =>
      after({ ...memory, ticks: 4 * i }, apart, outcome),
    )
    expect(seen.some(({ latest }) => latest?.isHeld === false)).toBe(true)
  })

  test('of three sources have no two halves', () => {
    const alone = { ...defaultPolicy, minSources: 1 }
    const { memory } = told(ordinaryTicks(names.slice(0, 3), 100, atMs), undefined, alone)
    expect(memory.intervals).toMatchObject({ checked: 0, held: 0 })
    expect(checked(100, {}, names.slice(0, 4)).checked).toBeGreaterThan(20)
  })

  test('are checked alike for the same tick, in whatever order quotes come', () => {
    const { memory, outcome, check } = aTickAfter(100)
    expect(check(memory)).toEqual(check(memory))
    expect(check(memory).latest?.atMs).toBe(outcome.atMs)
  })

  test('are not checked at the ticks between, nor without a consensus', () => {
    const { memory, check, outcome } = aTickAfter(100)
    const { checked: before } = memory.intervals ?? { checked: 0 }
    expect(check({ ...memory, ticks: 101 }).checked).toBe(before)
    const none = consensusOf([], defaultPolicy, outcome.atMs, memory)
    expect(intervalsAfter(memory, [], none, defaultPolicy).checked).toBe(before)
  })

  test('are remembered by a count that stays bounded', () => {
    const { memory, check } = aTickAfter(100)
    const full = { checked: 1_000, held: 990 }
    expect(check({ ...memory, intervals: full }).checked).toBeCloseTo(1_000, 6)
  })
})
