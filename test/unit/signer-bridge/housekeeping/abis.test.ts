import { type Abi, toFunctionSelector } from 'viem'
import { expect, test } from 'vitest'
import {
  formerPreRegistryAbi,
  houseContractNames,
  houseEntityAbi,
  houseManagerAbi,
  houseVotersAbi,
  preRegistryAbi,
  rewardManagerAbi,
} from '../../../../signer-bridge/housekeeping/abis.ts'

const selectorsOf = (abi: Abi) =>
  Object.fromEntries(
    abi
      .filter((item) => item.type === 'function')
      .map((item) => [item.name, toFunctionSelector(item)]),
  )

// The first four stand in public programs that read the deployed contracts; the others are hashes of
// the published signatures.
test('the selectors are those of the deployed contracts', () => {
  expect(selectorsOf(houseManagerAbi)).toEqual({
    getCurrentRewardEpochId: '0x70562697',
    rewardsHash: '0x647006e2',
    getRewardEpochStartInfo: '0x00ddae53',
    getRandomAcquisitionInfo: '0x8f8f9f3a',
    rewardExpiryOffsetSeconds: toFunctionSelector('rewardExpiryOffsetSeconds()'),
    isVoterRegistrationEnabled: toFunctionSelector('isVoterRegistrationEnabled()'),
  })
  expect(selectorsOf(preRegistryAbi)).toEqual({
    isVoterPreRegistered: '0x98041046',
    preRegisterVoter: toFunctionSelector('preRegisterVoter(address,(uint8,bytes32,bytes32))'),
  })
  expect(selectorsOf(formerPreRegistryAbi)).toEqual({ isVoterPreRegistered: '0x19549e92' })
  expect(selectorsOf(rewardManagerAbi)).toEqual({
    claim: toFunctionSelector(
      'claim(address,address,uint24,bool,(bytes32[],(uint24,bytes20,uint120,uint8))[])',
    ),
    getNextClaimableRewardEpochId: toFunctionSelector('getNextClaimableRewardEpochId(address)'),
    getRewardEpochIdsWithClaimableRewards: toFunctionSelector(
      'getRewardEpochIdsWithClaimableRewards()',
    ),
    getStateOfRewards: toFunctionSelector('getStateOfRewards(address)'),
  })
  expect(selectorsOf(houseVotersAbi)).toEqual({
    registerVoter: toFunctionSelector('registerVoter(address,(uint8,bytes32,bytes32))'),
    isVoterRegistered: toFunctionSelector('isVoterRegistered(address,uint256)'),
    newSigningPolicyInitializationStartBlockNumber: toFunctionSelector(
      'newSigningPolicyInitializationStartBlockNumber(uint256)',
    ),
  })
  expect(selectorsOf(houseEntityAbi)).toMatchObject({ getVoterAddresses: '0xe5771dbc' })
})

test('the contracts are found by these names', () => {
  expect(Object.values(houseContractNames)).toEqual([
    'RewardManager',
    'FlareSystemsManager',
    'EntityManager',
    'VoterRegistry',
    'VoterPreRegistry',
  ])
})
