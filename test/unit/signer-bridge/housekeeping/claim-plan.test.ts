import { describe, expect, test } from 'vitest'
import { claimPlan, maxProofs } from '../../../../signer-bridge/housekeeping/claim-plan.ts'
import type { WeightClaim } from '../../../../signer-bridge/housekeeping/reads.ts'
import type { ProofClaim } from '../../../../signer-bridge/housekeeping/view.ts'
import { claimTypes } from '../../../../src/protocol/reward-claims.ts'
import { aClaim, anAddress, anEpochOfRewards, someRewards } from '../../../support/house-claims.ts'

const delegate = anAddress(0xde)

function aFeeOf(rewardEpochId: number, state?: ProofClaim['state']): ProofClaim {
  const body = aClaim({ rewardEpochId })
  return { merkleProof: [], body, state: state ?? { kind: 'claimable', arrivesWei: 10n } }
}

function aShare(rewardEpochId: number, isInitialised = true): WeightClaim {
  const { wnat: claimType } = claimTypes
  return { rewardEpochId, beneficiary: delegate, amountWei: 5n, claimType, isInitialised }
}

const proofOf = (rewardEpochId: number) => ({
  merkleProof: [],
  body: aClaim({ rewardEpochId, beneficiary: delegate, claimType: claimTypes.wnat }),
})

describe('claimPlan', () => {
  test('claims all proofs that pay, and by weight up to the last reward epoch', () => {
    const rewards = someRewards([
      anEpochOfRewards(417, { byProof: [aFeeOf(417)], byWeight: [aShare(417)] }),
      anEpochOfRewards(418, { byWeight: [aShare(418)] }),
    ])
    expect(claimPlan(rewards)).toMatchObject({
      plan: { rewardEpochId: 418, isByWeight: true, proofs: [{ body: { rewardEpochId: 417 } }] },
      leftOut: [],
      isKnown: true,
    })
  })

  test('claims no further than it was told to', () => {
    const rewards = someRewards([
      anEpochOfRewards(417, { byProof: [aFeeOf(417)], byWeight: [aShare(417)] }),
      anEpochOfRewards(418, { byProof: [aFeeOf(418)], byWeight: [aShare(418)] }),
    ])
    const { plan } = claimPlan(rewards, 417)
    expect(plan?.rewardEpochId).toBe(417)
    expect(plan?.proofs.map(({ body }) => body.rewardEpochId)).toEqual([417])
  })

  test.each(['claimed', 'unproven'] as const)('takes nothing along that is %s', (kind) => {
    const rewards = someRewards([anEpochOfRewards(417, { byProof: [aFeeOf(417, { kind })] })])
    expect(claimPlan(rewards).plan).toBeUndefined()
  })

  test('without any weight claims nothing by weight, whatever reward epoch the proofs are of', () => {
    const rewards = someRewards([anEpochOfRewards(417, { byProof: [aFeeOf(417)] })], 430)
    expect(claimPlan(rewards)).toMatchObject({
      plan: { rewardEpochId: 429, isByWeight: false },
    })
  })

  test('initialises on the way what the data proves', () => {
    const epoch = { byWeight: [aShare(417, false)], initialising: [proofOf(417)] }
    expect(claimPlan(someRewards([anEpochOfRewards(417, epoch)]))).toMatchObject({
      plan: { rewardEpochId: 417, proofs: [{ body: { beneficiary: delegate } }] },
    })
  })

  test('stops by weight before what nobody can initialise, and says so; proofs are paid all the same', () => {
    const rewards = someRewards([
      anEpochOfRewards(417, { byWeight: [aShare(417)] }),
      anEpochOfRewards(418, { byWeight: [aShare(418, false)], byProof: [aFeeOf(418)] }),
      anEpochOfRewards(419, { byWeight: [aShare(419)] }),
    ])
    const { plan, leftOut, isKnown } = claimPlan(rewards)
    expect(plan).toMatchObject({ rewardEpochId: 417, proofs: [{ body: { rewardEpochId: 418 } }] })
    expect(leftOut[0]).toContain('By weight reward epoch 418 and later are left: nobody has')
    expect(leftOut[0]).toContain('--epoch')
    expect(isKnown).toBe(false)
  })

  test('takes the oldest proofs where there are too many for one call, and tells of the others', () => {
    const byProof = Array.from({ length: maxProofs }, () => aFeeOf(417))
    const rewards = someRewards([
      anEpochOfRewards(417, { byProof }),
      anEpochOfRewards(418, { byProof: [aFeeOf(418)] }),
    ])
    const { plan, leftOut } = claimPlan(rewards)
    expect(plan?.proofs).toHaveLength(maxProofs)
    expect(plan?.proofs.every(({ body }) => body.rewardEpochId === 417)).toBe(true)
    expect(leftOut).toEqual(['1 more proofs do not fit into one call: claim again after it.'])
  })

  test('where more have to be initialised than one call can, says so, and not that there is no proof', () => {
    const initialising = Array.from({ length: maxProofs + 1 }, () => proofOf(418))
    const rewards = someRewards([
      anEpochOfRewards(417, { byWeight: [aShare(417)] }),
      anEpochOfRewards(418, { byWeight: [aShare(418, false)], initialising }),
    ])
    const { plan, leftOut, isKnown } = claimPlan(rewards)
    expect(plan?.rewardEpochId).toBe(417)
    expect(leftOut).toEqual([
      `By weight reward epoch 418 and later are left: one call has room for ${maxProofs} proofs. Claim again after it.`,
    ])
    expect(isKnown).toBe(true)
  })

  test.each([
    { name: 'unproven', state: { kind: 'unproven' }, says: 'does not lead to the root' },
    {
      name: 'refused',
      state: { kind: 'refused', reason: 'Not now.' },
      says: 'the contract refuses a proof. Not now.',
    },
  ] as const)('tells what is $name also where nothing can be claimed', ({ state, says }) => {
    const epoch = anEpochOfRewards(417, { byProof: [aFeeOf(417, state)], isKnown: false })
    const { plan, leftOut, isKnown } = claimPlan(someRewards([epoch]))
    expect(plan).toBeUndefined()
    expect(leftOut).toEqual([expect.stringContaining(says)])
    expect(isKnown).toBe(false)
  })

  test('what is not known of later reward epochs than are asked for is no lack', () => {
    const rewards = someRewards([anEpochOfRewards(417), anEpochOfRewards(418, { isKnown: false })])
    expect(claimPlan(rewards, 417)).toEqual({ leftOut: [], isKnown: true })
    expect(claimPlan(rewards).isKnown).toBe(false)
  })
})
