import { expect, test } from 'vitest'
import { byCodeUnit, newestVotes, type Vote } from '../../../src/core/newest-votes.ts'
import type { Silenced } from '../../../src/core/electorate.ts'

const atMs = 1_000_000

function aVote(differing: Partial<Vote> = {}): Vote {
  return { source: 's', price: 100, volume: 1, observedAtMs: atMs, ...differing }
}

function of(...votes: Vote[]) {
  const rejected: Silenced[] = []
  return { votes: newestVotes(votes, atMs, rejected), rejected }
}

test('of a source the newest counts, in whatever order they come', () => {
  const older = aVote({ price: 99, observedAtMs: atMs - 1 })
  expect(of(older, aVote()).votes).toEqual([aVote()])
  expect(of(aVote(), older).votes).toEqual([aVote()])
})

test.each([
  { name: 'of one instant the larger volume', one: { volume: 2 }, other: { volume: 1 } },
  { name: 'of one volume the lower price', one: { price: 99 }, other: { price: 100 } },
  { name: 'a stated volume before none', one: { volume: 1 }, other: { volume: Number.NaN } },
])('$name counts', ({ one, other }) => {
  expect(of(aVote(one), aVote(other)).votes).toEqual([aVote(one)])
  expect(of(aVote(other), aVote(one)).votes).toEqual([aVote(one)])
})

test.each([
  { name: 'nothing', said: { price: 0 } },
  { name: 'a negative price', said: { price: -1 } },
  { name: 'no number', said: { price: Number.NaN } },
  { name: 'an endless one', said: { price: Number.POSITIVE_INFINITY } },
  { name: 'no date', said: { observedAtMs: Number.NaN } },
  { name: 'a date too far ahead', said: { observedAtMs: atMs + 30_001 } },
])('who says $name is out of range', ({ said }) => {
  expect(of(aVote(said))).toEqual({
    votes: [],
    rejected: [{ source: 's', reason: 'out-of-range' }],
  })
})

test('a date as far ahead as clocks and late ticks may be is believed', () => {
  expect(of(aVote({ observedAtMs: atMs + 30_000 })).votes).toHaveLength(1)
})

test('what cannot be meant does not cost a source what it also said', () => {
  expect(of(aVote({ price: 0 }), aVote())).toEqual({ votes: [aVote()], rejected: [] })
})

test('names are ordered by code unit, as no language would', () => {
  expect(['b', 'a', 'ä', 'B', 'a'].toSorted(byCodeUnit)).toEqual(['B', 'a', 'a', 'b', 'ä'])
})
