import { describe, expect, test } from 'vitest'
import type { Vote } from '../../../src/core/newest-votes.ts'
import { rolledOf } from '../../../src/core/rolled.ts'
import { aFeedMemory, aKnownSource } from '../../support/source-memories.ts'

const policy = { staleAfterMs: 60_000 }
const atMs = 12_000

/** Three who agreed on 100 at the last consensus, and one who had no part in it. */
const memory = aFeedMemory({
  sources: {
    a: aKnownSource({ price: 100 }),
    b: aKnownSource({ price: 100.1 }),
    c: aKnownSource({ price: 99.9 }),
    other: aKnownSource({ agreedAtMs: -30_000, price: 50 }),
  },
})

function aVote(source: string, price: number, differing: Partial<Vote> = {}): Vote {
  return { source, price, volume: 1, observedAtMs: atMs - 1_000, ...differing }
}

function rolled(votes: readonly Vote[], known = memory) {
  return rolledOf(votes, policy, atMs, known)
}

describe('rolledOf', () => {
  test('moves the last consensus by the median return of those who had a part in it', () => {
    const votes = [aVote('a', 100.05), aVote('b', 100.2), aVote('c', 99.92)]
    expect(rolled(votes)).toEqual({
      price: expect.closeTo(100 * (100.05 / 100), 9),
      confidence: expect.closeTo(0.9, 1),
      observedAtMs: 0,
    })
  })

  test('asks nobody who had no part in it, nor a stranger', () => {
    const votes = [aVote('a', 100.01), aVote('other', 55), aVote('new', 100.5)]
    expect(rolled(votes)?.price).toBeCloseTo(100.01, 9)
  })

  test('asks nobody who is stale', () => {
    const stale = { observedAtMs: atMs - 60_001 }
    expect(rolled([aVote('a', 100.1, stale)])?.price).toBe(100)
  })

  test('without a survivor stays where it was', () => {
    expect(rolled([])).toMatchObject({ price: 100, observedAtMs: 0 })
  })

  test('believes one survivor no farther than five deviations and 3 bps', () => {
    const most = 5 * 1e-4 * Math.sqrt(12) + 3e-4
    expect(rolled([aVote('a', 250)])?.price).toBeCloseTo(100 * (1 + most), 9)
    expect(rolled([aVote('a', 1)])?.price).toBeCloseTo(100 * (1 - most), 9)
  })

  test('is the less sure the longer ago the consensus was', () => {
    const later = rolledOf([], policy, atMs + 60_000, memory)
    expect(later?.confidence).toBeLessThan(rolled([])?.confidence ?? 0)
  })

  test('is nothing where hardly enough agreed in the last consensus', () => {
    const { last } = memory
    const doubtful = { ...memory, ...(last && { last: { ...last, lowQuorum: true as const } }) }
    expect(rolled([aVote('a', 100)], doubtful)).toBeUndefined()
  })

  test('is nothing where there has been no consensus', () => {
    const { last: _, ...fresh } = memory
    expect(rolled([aVote('a', 100)], fresh)).toBeUndefined()
  })
})
