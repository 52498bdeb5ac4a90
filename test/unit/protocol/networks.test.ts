import { describe, expect, test } from 'vitest'
import { votingRoundAt, votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networkNameSchema, networks, withRoundSec } from '../../../src/protocol/networks.ts'

describe('networks', () => {
  test.each([
    { name: 'flare', chainId: 14, genesisSec: 1_658_430_000, rewardEpochRounds: 3_360 },
    { name: 'songbird', chainId: 19, genesisSec: 1_658_429_955, rewardEpochRounds: 3_360 },
    { name: 'coston2', chainId: 114, genesisSec: 1_658_430_000, rewardEpochRounds: 240 },
    { name: 'coston', chainId: 16, genesisSec: 1_658_429_955, rewardEpochRounds: 240 },
  ] as const)('$name has the clock of its contracts', ({ name, chainId, ...clock }) => {
    expect(networks[name]).toEqual({
      name,
      chainId,
      schedule: { roundSec: 90, firstRewardRound: 0, ...clock },
    })
  })

  test('every name has a network of that name, and every network a chain of its own', () => {
    const all = networkNameSchema.options.map((name) => networks[name])
    expect(all.map(({ name }) => name)).toEqual(networkNameSchema.options)
    expect(new Set(all.map(({ chainId }) => chainId)).size).toBe(all.length)
  })

  test('a reward epoch of the main networks lasts three and a half days', () => {
    const { roundSec, rewardEpochRounds } = networks.flare.schedule
    expect((roundSec * rewardEpochRounds) / 86_400).toBe(3.5)
  })

  test('round 1 000 000 of Flare opened on 28 May 2025 at 11:00 UTC', () => {
    const openedMs = Date.UTC(2025, 4, 28, 11)
    expect(votingRoundStartMs(networks.flare.schedule, 1_000_000)).toBe(openedMs)
    expect(votingRoundAt(networks.flare.schedule, openedMs - 1)).toBe(999_999)
  })
})

test('withRoundSec changes the length of rounds and nothing else', () => {
  const quick = withRoundSec(networks.local, 10)
  expect(quick).toEqual({
    ...networks.local,
    schedule: { ...networks.local.schedule, roundSec: 10 },
  })
  expect(networks.local.schedule.roundSec).toBe(90)
})
