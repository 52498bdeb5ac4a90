import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chainPlanOf } from '../../../local/chain/plan.ts'
import {
  blockAtSec,
  blockMsOf,
  minRewardEpochRounds,
  nextBlockDueMs,
  rewardEpochPlan,
  roundsToRehearse,
} from '../../../local/chain/schedule.ts'
import { votingRoundAt, votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'

const { schedule } = networks.local
const nowMs = Date.UTC(2026, 10, 22, 11)

test('a reward epoch of 240 rounds has the spans that Coston has', () => {
  expect(rewardEpochPlan(schedule)).toEqual({
    leadRounds: 80,
    registrationRounds: 20,
    policyDelayRounds: 3,
  })
})

test('the steps of a reward epoch fit in before its start, however short it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: minRewardEpochRounds, max: 10_000 }), (rewardEpochRounds) => {
      const plan = rewardEpochPlan({ rewardEpochRounds })
      expect(plan.leadRounds).toBeLessThan(rewardEpochRounds)
      expect(plan.registrationRounds).toBeGreaterThanOrEqual(1)
      expect(plan.policyDelayRounds).toBeGreaterThanOrEqual(1)
      // Random acquisition in one round, registration from the next.
      const policyAt = 1 + plan.registrationRounds
      expect(policyAt + plan.policyDelayRounds).toBeLessThanOrEqual(plan.leadRounds)
    }),
  )
})

test('a new chain rehearses the previous and the present reward epoch, one step a round', () => {
  const now = votingRoundAt(schedule, nowMs)
  const present = Math.floor(now / 240)
  const starts = [present - 2, present - 1, present].map((epoch) => epoch * 240)

  const rounds = roundsToRehearse(schedule, nowMs)

  expect(rounds[0]).toBe(starts[0])
  expect(rounds).toEqual(expect.arrayContaining(starts))
  expect(rounds.slice(1, 5)).toEqual([-80, -79, -59, 0].map((by) => (present - 1) * 240 + by))
})

test('what is rehearsed lies in the past and in order, at any time and for any length', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: minRewardEpochRounds, max: 400 }),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: nowMs, max: nowMs + 86_400_000 }),
      (rewardEpochRounds, roundSec, atMs) => {
        const clock = { ...schedule, rewardEpochRounds, roundSec }
        const rounds = roundsToRehearse(clock, atMs)
        expect(rounds).toEqual([...new Set(rounds)].toSorted((one, other) => one - other))
        expect(votingRoundStartMs(clock, rounds.at(-1) ?? Infinity)).toBeLessThanOrEqual(atMs)
      },
    ),
  )
})

test.each([
  [90, 1_800],
  [60, 1_200],
  [50, 1_000],
  [10, 1_000],
  [3_600, 1_800],
])('in rounds of %i s blocks are %i ms apart', (roundSec, blockMs) => {
  expect(blockMsOf({ roundSec })).toBe(blockMs)
})

test("a block bears the wall clock's second, and never one before its parent's", () => {
  expect(blockAtSec(12_999, 11)).toBe(12)
  expect(blockAtSec(12_000, 12)).toBe(12)
  expect(blockAtSec(11_000, 12)).toBe(12)
})

test('blocks keep to their grid and do not make up for missed ones', () => {
  expect(nextBlockDueMs(10_000, 10_003, 1_800)).toBe(11_800)
  expect(nextBlockDueMs(10_000, 11_799, 1_800)).toBe(11_800)
  expect(nextBlockDueMs(10_000, 11_801, 1_800)).toBe(13_600)
  expect(nextBlockDueMs(10_000, 20_000, 1_800)).toBe(20_800)
})

test('the next block is never in the past and never further off than one interval', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e12 }),
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 200, max: 60_000 }),
      (dueMs, lateMs, blockMs) => {
        const next = nextBlockDueMs(dueMs, dueMs + lateMs, blockMs)
        expect(next).toBeGreaterThanOrEqual(dueMs + lateMs)
        expect(next - dueMs - lateMs).toBeLessThanOrEqual(blockMs)
        expect((next - dueMs) % blockMs).toBe(0)
      },
    ),
  )
})

test('a chain keeps the clock of the local network', () => {
  const plan = chainPlanOf({ port: 0, roundSec: 10 }, nowMs)
  expect(plan.schedule).toEqual({ ...schedule, roundSec: 10 })
  expect((plan.genesisAtSec - schedule.genesisSec) % 2_400).toBe(0)
})

test('a reward epoch that is too short for its steps is refused', () => {
  const planned = (rewardEpochRounds: number) =>
    chainPlanOf({ port: 0, roundSec: 10, rewardEpochRounds }, nowMs)
  expect(() => planned(3)).toThrow('4 rounds at least')
  expect(planned(4).schedule.rewardEpochRounds).toBe(4)
})
