import { describe, expect, test } from 'vitest'
import { numberToHex } from 'viem'
import { dateText, lastStampSec } from '../../../../signer-bridge/housekeeping/coins.ts'
import { HouseError } from '../../../../signer-bridge/housekeeping/house-error.ts'
import type { Simulated } from '../../../../signer-bridge/housekeeping/call-reads.ts'
import { readRewardData } from '../../../../signer-bridge/housekeeping/reward-data.ts'
import { rewardsOf, type ViewDeps } from '../../../../signer-bridge/housekeeping/view.ts'
import { aClaim, anAddress, owner } from '../../../support/house-claims.ts'
import { publishedRewards } from '../../../support/housekeeping.ts'

const { root, data } = publishedRewards(417, [aClaim(), aClaim({ beneficiary: anAddress(9) })])
const read = readRewardData(JSON.stringify(data), { network: 'local', rewardEpochId: 417 })
const paid = (wei: bigint): Simulated => ({ kind: 'done', data: numberToHex(wei, { size: 32 }) })
const forged = {
  ...read,
  rewardClaims: read.rewardClaims.map((claim) => ({
    ...claim,
    body: { ...claim.body, amount: 99n },
  })),
}

function someDeps(differing: Partial<ViewDeps> = {}, root417: typeof root | undefined = root) {
  const reads: ViewDeps['reads'] = {
    claimable: () => Promise.resolve({ first: 417, last: 417 }),
    nextOf: () => Promise.resolve(417),
    weightClaimsOf: () => Promise.resolve([]),
    rootOf: () => Promise.resolve(root417),
    expiryOf: () => Promise.resolve(undefined),
    simulate: () => Promise.resolve(paid(10n)),
  }
  const ordinary: ViewDeps = {
    reads,
    rewardManager: anAddress(1),
    data: () => Promise.resolve(read),
  }
  return { ...ordinary, ...differing }
}

const simulating = (said: Simulated) => {
  const { reads } = someDeps()
  return { reads: { ...reads, simulate: () => Promise.resolve(said) } }
}
const failing = () => Promise.reject(new HouseError('data-unreadable', 'Not today.'))

describe('of a reward epoch all is known', () => {
  test.each<{ name: string; deps: ViewDeps; is: boolean }>([
    { name: 'where each proof holds', deps: someDeps(), is: true },
    { name: 'where it is claimed', deps: someDeps(simulating(paid(0n))), is: true },
    {
      name: 'where a proof does not hold',
      deps: someDeps({ data: () => Promise.resolve(forged) }),
      is: false,
    },
    {
      name: 'where the contract refuses a proof',
      deps: someDeps(simulating({ kind: 'refused', reason: 'No.' })),
      is: false,
    },
    { name: 'where the data cannot be read', deps: someDeps({ data: failing }), is: false },
    {
      name: 'where there is no data of it',
      deps: someDeps({ data: () => Promise.resolve(undefined) }),
      is: false,
    },
    {
      name: 'where the data is not what was signed, and has nothing of the owner’s',
      deps: someDeps({
        data: () =>
          Promise.resolve({ ...read, rewardClaims: [], merkleRoot: numberToHex(1, { size: 32 }) }),
      }),
      is: false,
    },
  ])('$name: $is', async ({ deps, is }) => {
    const { epochs } = await rewardsOf(deps, owner)
    expect(epochs.map(({ isKnown }) => isKnown)).toEqual([is])
  })

  test('without data nothing is, and before its rewards are signed there is nothing to know', async () => {
    const { data: _, ...without } = someDeps()
    expect((await rewardsOf(without, owner)).epochs[0]?.isKnown).toBe(false)
    const { reads } = someDeps()
    const unsigned = { ...reads, rootOf: () => Promise.resolve(undefined) }
    expect((await rewardsOf(someDeps({ reads: unsigned }), owner)).epochs[0]?.isKnown).toBe(true)
  })
})

test.each([
  { atSec: 1_763_841_600, is: '2025-11-22 20:00 UTC' },
  { atSec: lastStampSec, is: '9999-12-31 23:59 UTC' },
  { atSec: lastStampSec + 1, is: 'an unknown time' },
  { atSec: 2 ** 64, is: 'an unknown time' },
  { atSec: -1, is: 'an unknown time' },
  { atSec: Number.NaN, is: 'an unknown time' },
])('the date of $atSec is $is', ({ atSec, is }) => {
  expect(dateText(atSec)).toBe(is)
})
