import { describe, expect, test } from 'vitest'
import type { NetworkName } from '../../../src/protocol/networks.ts'
import {
  isBeforeFip16,
  type RegisteredVoter,
  rewardEpochAt,
  votersOf,
} from '../../../src/protocol/reward-epoch.ts'
import { aRewardEpoch } from '../../support/votes.ts'

describe('isBeforeFip16', () => {
  test.each<{ network: NetworkName; rewardEpochId: number; before: boolean }>([
    { network: 'flare', rewardEpochId: 416, before: true },
    { network: 'flare', rewardEpochId: 417, before: false },
    { network: 'songbird', rewardEpochId: 416, before: true },
    { network: 'songbird', rewardEpochId: 417, before: false },
    { network: 'coston2', rewardEpochId: 7_000, before: true },
    { network: 'coston', rewardEpochId: 7_000, before: true },
    { network: 'local', rewardEpochId: 0, before: false },
  ])('of $network, reward epoch $rewardEpochId: $before', ({ network, rewardEpochId, before }) => {
    expect(isBeforeFip16(network, rewardEpochId)).toBe(before)
  })
})

describe('votersOf', () => {
  const registered: RegisteredVoter[] = [
    { submitAddress: '0x01', policyWeight: 7, cappedDelegationWei: 10n ** 27n },
    { submitAddress: '0x02', policyWeight: 0, cappedDelegationWei: 1n },
  ]

  test('weighs by the signing policy since FIP.16, and by capped delegation before it', () => {
    expect(votersOf(registered, false).map(({ weight }) => weight)).toEqual([7n, 0n])
    expect(votersOf(registered, true).map(({ weight }) => weight)).toEqual([10n ** 27n, 1n])
  })

  test('needs the delegation only where it weighs', () => {
    const unknown: RegisteredVoter[] = [{ submitAddress: '0x01', policyWeight: 7 }]
    expect(votersOf(unknown, false)).toEqual([{ submitAddress: '0x01', weight: 7n }])
    expect(() => votersOf(unknown, true)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })
})

describe('rewardEpochAt', () => {
  const epochs = [
    aRewardEpoch({ rewardEpochId: 3, startVotingRoundId: 32 }),
    aRewardEpoch({ rewardEpochId: 2, startVotingRoundId: 20 }),
  ]

  test.each([
    { round: 19, id: undefined },
    { round: 20, id: 2 },
    { round: 31, id: 2 },
    { round: 32, id: 3 },
    { round: 99, id: 3 },
  ])('round $round belongs to $id: an epoch begins when it does', ({ round, id }) => {
    expect(rewardEpochAt(epochs, round)?.rewardEpochId).toBe(id)
  })

  test('of epochs that begin with one round the later is in force', () => {
    const late = aRewardEpoch({ rewardEpochId: 4, startVotingRoundId: 32 })
    expect(rewardEpochAt([late, ...epochs], 40)?.rewardEpochId).toBe(4)
    expect(rewardEpochAt([...epochs, late], 40)?.rewardEpochId).toBe(4)
  })
})
