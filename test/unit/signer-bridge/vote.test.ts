import { concatHex, keccak256, size } from 'viem'
import { describe, expect, test } from 'vitest'
import { calldataOf, digestOf, voteOf } from '../../../signer-bridge/vote.ts'
import type { FrozenRound, OrderedFeed } from '../../../src/protocol/bridge-wire.ts'
import { commitHash } from '../../../src/protocol/commit.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'

const { schedule } = networks.flare
const votingRoundId = 812_576
const feeds: readonly OrderedFeed[] = [
  { id: `0x01${'41'.repeat(20)}`, decimals: 2 },
  { id: `0x01${'42'.repeat(20)}`, decimals: 0 },
]
const asked = {
  schedule,
  votingRoundId,
  rewardEpochId: 241,
  feeds,
  submitAddress: '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269',
  random: `0x${'ab'.repeat(32)}`,
  isAttended: false,
  nowMs: votingRoundStartMs(schedule, votingRoundId) + 71_000,
} as const

function aFrozenRound(differing: Partial<FrozenRound> = {}): FrozenRound {
  return {
    voting_round_id: votingRoundId,
    frozen_at: votingRoundStartMs(schedule, votingRoundId) + 70_000,
    entries: feeds.map((feed) => ({ ...feed, price: 1.23 })),
    ...differing,
  }
}

test('the vote is the commit over random and values that this bridge has encoded itself', () => {
  const vote = voteOf(aFrozenRound(), asked)
  const feedValues = '0x8000007b80000001'
  expect(vote).toMatchObject({
    votingRoundId,
    rewardEpochId: 241,
    random: asked.random,
    feedValues,
  })
  const { submitAddress, random } = asked
  expect(vote.commit).toBe(commitHash({ submitAddress, votingRoundId, random, feedValues }))
})

test('the calldata spelled out: selector, protocol, round, length, payload', () => {
  const vote = voteOf(aFrozenRound(), asked)
  expect(calldataOf(vote, 'submit1')).toBe(
    concatHex(['0x6c532fae', '0x64', '0x000c6620', '0x0020', vote.commit]),
  )
  expect(calldataOf(vote, 'submit2')).toBe(
    concatHex(['0x9d00c9fd', '0x64', '0x000c6620', '0x0028', vote.random, vote.feedValues]),
  )
})

test('what is bound is the commit, and the hash of the reveal', () => {
  const vote = voteOf(aFrozenRound(), asked)
  expect(digestOf(vote, 'submit1')).toBe(vote.commit)
  expect(digestOf(vote, 'submit2')).toBe(keccak256(concatHex([vote.random, vote.feedValues])))
})

test('a feed without a price leaves its slot empty and no other', () => {
  const [first, second] = feeds
  if (first === undefined || second === undefined) throw new Error('There are two feeds.')
  const entries = [first, { ...second, price: 5 }]
  expect(voteOf(aFrozenRound({ entries }), asked).feedValues).toBe('0x0000000080000005')
})

test('with a person at the keys a vector may be frozen from second 35 on', () => {
  const startMs = votingRoundStartMs(schedule, votingRoundId)
  const attended = { ...asked, isAttended: true, nowMs: startMs + 36_000 }
  expect(voteOf(aFrozenRound({ frozen_at: startMs + 35_000 }), attended).frozenAtMs).toBe(
    startMs + 35_000,
  )
  expect(() => voteOf(aFrozenRound({ frozen_at: startMs + 34_999 }), attended)).toThrow(
    'before it may be',
  )
})

test('a Worker’s clock may be five seconds ahead of ours, and no more', () => {
  const inFive = (ms: number) => aFrozenRound({ frozen_at: asked.nowMs + 5_000 + ms })
  expect(voteOf(inFive(0), asked).votingRoundId).toBe(votingRoundId)
  expect(() => voteOf(inFive(1), asked)).toThrow('in the future')
})

test('is of no more feeds than a vector may have, so that its reveal is carried for free', () => {
  const aVectorOf = (count: number) => {
    const many = Array.from({ length: count }, () => feeds).flat()
    const frozen = aFrozenRound({ entries: many.map((feed) => ({ ...feed, price: 1 })) })
    return () => size(calldataOf(voteOf(frozen, { ...asked, feeds: many }), 'submit2'))
  }
  expect(aVectorOf(128)()).toBe(4 + 7 + 32 + 4 * 256)
  expect(aVectorOf(129)).toThrow(expect.objectContaining({ code: 'malformed-payload' }))
})

test('refuses a vector of the round after, however late it is asked for', () => {
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  const late = { ...asked, nowMs: nextMs - 1 }
  expect(voteOf(aFrozenRound({ frozen_at: nextMs - 1 }), late).votingRoundId).toBe(votingRoundId)
  expect(() => voteOf(aFrozenRound({ frozen_at: nextMs }), late)).toThrow('after the round')
})

describe('refuses', () => {
  const entries = aFrozenRound().entries
  test.each([
    {
      name: 'another round',
      differing: { voting_round_id: votingRoundId - 1 },
      code: 'round-differs',
    },
    {
      name: 'feeds in another order',
      differing: { entries: entries.toReversed() },
      code: 'feeds-differ',
    },
    { name: 'a feed too few', differing: { entries: entries.slice(0, 1) }, code: 'feeds-differ' },
    {
      name: 'a feed too many',
      differing: { entries: [...entries, ...entries] },
      code: 'feeds-differ',
    },
    {
      name: 'other decimals',
      differing: { entries: entries.map((entry) => ({ ...entry, decimals: 3 })) },
      code: 'feeds-differ',
    },
    {
      name: 'a vector frozen at the very end of the round',
      differing: { frozen_at: votingRoundStartMs(schedule, votingRoundId + 1) },
      code: 'frozen-elsewhen',
    },
    {
      name: 'a vector frozen earlier in the round than it may be',
      differing: { frozen_at: votingRoundStartMs(schedule, votingRoundId) + 59_999 },
      code: 'frozen-elsewhen',
    },
    {
      name: 'a vector frozen before the round',
      differing: { frozen_at: votingRoundStartMs(schedule, votingRoundId) - 1 },
      code: 'frozen-elsewhen',
    },
  ])('$name', ({ differing, code }) => {
    expect(() => voteOf(aFrozenRound(differing), asked)).toThrow(
      expect.objectContaining({ name: 'VoteError', code }),
    )
  })
})
