import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rewardEpochOf, votingRoundAt, votingRoundStartMs } from '../../../src/protocol/epoch.ts'

const schedule = { genesisSec: 1_000, roundSec: 90, firstRewardRound: 10, rewardEpochRounds: 240 }
const genesisMs = 1_000_000

describe('votingRoundAt', () => {
  test.each([
    { name: 'the very start of round 0', nowMs: genesisMs, round: 0 },
    { name: 'the last millisecond of round 0', nowMs: genesisMs + 89_999, round: 0 },
    {
      name: 'the end of round 0, which is the start of round 1',
      nowMs: genesisMs + 90_000,
      round: 1,
    },
    { name: 'the millisecond before the first round', nowMs: genesisMs - 1, round: -1 },
  ])('at $name is $round', ({ nowMs, round }) => {
    expect(votingRoundAt(schedule, nowMs)).toBe(round)
  })

  test('property: a round holds its start and the millisecond before the next one’s', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000_000 }),
        fc.integer({ min: 1, max: 600 }),
        (round, roundSec) => {
          const clock = { ...schedule, roundSec }
          expect(votingRoundAt(clock, votingRoundStartMs(clock, round))).toBe(round)
          expect(votingRoundAt(clock, votingRoundStartMs(clock, round + 1) - 1)).toBe(round)
        },
      ),
    )
  })
})

test('votingRoundStartMs counts rounds from the network’s first second', () => {
  expect(votingRoundStartMs(schedule, 0)).toBe(genesisMs)
  expect(votingRoundStartMs(schedule, 3)).toBe(genesisMs + 270_000)
})

test.each([
  { round: 9, rewardEpoch: -1 },
  { round: 10, rewardEpoch: 0 },
  { round: 249, rewardEpoch: 0 },
  { round: 250, rewardEpoch: 1 },
])('round $round belongs to reward epoch $rewardEpoch', ({ round, rewardEpoch }) => {
  expect(rewardEpochOf(schedule, round)).toBe(rewardEpoch)
})
