import { type Hex, keccak256 } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  noUptimeHash,
  registrationHash,
  rewardsVoteHash,
  uptimeVoteHash,
} from '../../../src/protocol/voter-messages.ts'

const voter = '0x5E5B3f46c8dEA1EC415Bd51047e66EE14A0F433C'

/** The words, each filled up to 32 bytes from the left. */
function wordsOf(...words: readonly string[]): Hex {
  return `0x${words.map((word) => word.padStart(64, '0')).join('')}`
}

describe('registrationHash', () => {
  const address = voter.slice(2).toLowerCase()

  test('holds chain id, reward epoch and voter', () => {
    expect(registrationHash('chain-bound', voter, 453, 14)).toBe(
      keccak256(wordsOf('e', '1c5', address)),
    )
  })

  test('held no chain id before', () => {
    expect(registrationHash('legacy', voter, 453, 14)).toBe(keccak256(wordsOf('1c5', address)))
    expect(registrationHash('legacy', `0x${address}`, 453, 19)).toBe(
      registrationHash('legacy', voter, 453, 14),
    )
  })

  test.each([-1, 1.5, 2 ** 24])('%s is no reward epoch', (rewardEpochId) => {
    expect(() => registrationHash('chain-bound', voter, rewardEpochId, 14)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })

  test('what is no address or chain is refused', () => {
    expect(() => registrationHash('chain-bound', '0x12', 1, 14)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
    expect(() => registrationHash('chain-bound', voter, 1, -14)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })
})

describe('uptimeVoteHash', () => {
  test('holds reward epoch and hash', () => {
    expect(uptimeVoteHash(452, noUptimeHash)).toBe(keccak256(wordsOf('1c4', noUptimeHash.slice(2))))
    expect(noUptimeHash).toBe(keccak256(wordsOf('')))
  })

  test('refuses what is no hash', () => {
    expect(() => uptimeVoteHash(452, '0x00')).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })
})

describe('rewardsVoteHash', () => {
  // Published by flare-system-client, client/epoch/rewards_utils_test.go.
  test('is as published', () => {
    expect(
      rewardsVoteHash({
        rewardEpochId: 3,
        weightBasedClaims: [{ managerId: 31_337n, count: 56n }],
        rewardsHash: '0x9d91c7d9595969e7d21783b904f8707316d6267c656b60fad0e070e9c698a672',
      }),
    ).toBe('0xac5a8c3adc6d9a499eb3bc1440a5e07b041d77b0a508bebe7429d189a41acc6a')
  })

  test.each<{ why: string; epoch: number; hash: Hex; code: string }>([
    { why: 'no reward epoch', epoch: 2 ** 24, hash: noUptimeHash, code: 'value-out-of-range' },
    { why: 'no root', epoch: 1, hash: '0x', code: 'malformed-payload' },
  ])('refuses $why', ({ epoch, hash, code }) => {
    const vote = { rewardEpochId: epoch, weightBasedClaims: [], rewardsHash: hash }
    expect(() => rewardsVoteHash(vote)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code }),
    )
  })
})
