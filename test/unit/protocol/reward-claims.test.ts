import { encodeAbiParameters, keccak256, size } from 'viem'
import { describe, expect, test } from 'vitest'
import { merkleProof, merkleTreeOf, provesLeaf } from '../../../src/protocol/merkle-tree.ts'
import {
  claimTypes,
  type RewardClaim,
  rewardClaimLeaf,
  weightBasedClaims,
} from '../../../src/protocol/reward-claims.ts'

const address = (byte: string) => `0x${byte.padStart(40, '0')}` as const

// Published by flare-system-client, client/epoch/rewards_utils_test.go: each leaf is the other's proof.
const direct: RewardClaim = {
  rewardEpochId: 1,
  beneficiary: address('a'),
  amount: 100n,
  claimType: claimTypes.direct,
}
const wnat: RewardClaim = {
  rewardEpochId: 1,
  beneficiary: address('b'),
  amount: 1_000n,
  claimType: claimTypes.wnat,
}

describe('rewardClaimLeaf', () => {
  test('is as published', () => {
    expect(rewardClaimLeaf(wnat)).toBe(
      '0x2f737c46d4149cda267ba09839ed3c92caa82663c4f39598959b8d82e4399338',
    )
    expect(rewardClaimLeaf(direct)).toBe(
      '0x7959f725a42594181d961f863bda384ea8a8b0142d02fb7f18de93ba3f941eb5',
    )
  })

  test('both together have the published root, and prove one another', () => {
    const leaves = [direct, wnat].map(rewardClaimLeaf)
    const tree = merkleTreeOf(leaves)
    expect(tree.root).toBe('0x4817c8012f9a80ba36ca047cb648bbfa01924b236994ab98b4ae91ee60fd8058')
    for (const leaf of leaves) {
      expect(provesLeaf(merkleProof(tree, leaf) ?? [], leaf, tree.root)).toBe(true)
    }
  })

  test('the beneficiary stands left in its word', () => {
    expect(rewardClaimLeaf({ ...direct, beneficiary: `0x${'11'.repeat(20)}` })).toBe(
      keccak256(
        encodeAbiParameters(
          [{ type: 'uint256' }, { type: 'bytes32' }, { type: 'uint256' }, { type: 'uint256' }],
          [1n, `0x${'11'.repeat(20)}${'00'.repeat(12)}`, 100n, 0n],
        ),
      ),
    )
  })

  test('takes the largest of each', () => {
    const largest = { rewardEpochId: 2 ** 24 - 1, amount: 2n ** 120n - 1n, claimType: 255 }
    expect(size(rewardClaimLeaf({ ...direct, ...largest }))).toBe(32)
  })

  test.each<{ why: string; differing: Partial<RewardClaim> }>([
    { why: 'a reward epoch of four bytes', differing: { rewardEpochId: 2 ** 24 } },
    { why: 'an amount of 121 bits', differing: { amount: 2n ** 120n } },
    { why: 'a negative amount', differing: { amount: -1n } },
    { why: 'a claim type of two bytes', differing: { claimType: 256 } },
  ])('refuses $why', ({ differing }) => {
    expect(() => rewardClaimLeaf({ ...direct, ...differing })).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })

  test('refuses a beneficiary of another length', () => {
    expect(() => rewardClaimLeaf({ ...direct, beneficiary: '0x12' })).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })
})

test('claims that are proved one by one do not go by weight', () => {
  const claims = Object.values(claimTypes).map((claimType) => ({ ...direct, claimType }))
  expect(weightBasedClaims(claims)).toBe(3)
  expect(weightBasedClaims([])).toBe(0)
})
