import {
  type Abi,
  encodeAbiParameters,
  encodeFunctionResult,
  type Hex,
  toFunctionSelector,
} from 'viem'
import { expect, test } from 'vitest'
import type { Node } from '../../../../signer-bridge/chain/nodes.ts'
import {
  formerPreRegistryAbi,
  houseEntityAbi,
  houseManagerAbi,
  houseVotersAbi,
  preRegistryAbi,
} from '../../../../signer-bridge/housekeeping/abis.ts'
import { majority } from '../../../../signer-bridge/housekeeping/agreement.ts'
import {
  registrationFacts,
  voterContracts,
} from '../../../../signer-bridge/housekeeping/registration-reads.ts'
import { registryAbi } from '../../../../src/protocol/contracts.ts'
import { anAddress } from '../../../support/house-claims.ts'
import { aToldNode } from '../../../support/told-nodes.ts'

const voter = anAddress(0xee)
const chain = { head: () => Promise.resolve({ number: 100, timestampSec: 0, baseFeeWei: 0n }) }
const at = (number: number) => anAddress(0xc0 + number)
const contracts = { flareSystemsManager: at(1), entityManager: at(2), voterRegistry: at(3) }
const acting = {
  submitAddress: anAddress(1),
  submitSignaturesAddress: anAddress(2),
  signingPolicyAddress: anAddress(3),
}

type Told = Readonly<Record<string, string | number | bigint | boolean | object>>

/** What a node says by the name of the function; all else reverts as a proxy does. */
function answering(abis: readonly Abi[], told: Told) {
  const answers = new Map<string, Hex>()
  for (const abi of abis) {
    for (const item of abi) {
      if (item.type !== 'function' || !(item.name in told)) continue
      const outputs = [told[item.name]].flat()
      const data = encodeAbiParameters(item.outputs, outputs)
      answers.set(toFunctionSelector(item), data)
    }
  }
  return ({ params }: { readonly params?: unknown }) => {
    const data = /"data":"(0x[0-9a-f]{8})/.exec(JSON.stringify(params))?.[1] ?? ''
    const answer = answers.get(data)
    if (answer !== undefined) return answer
    throw Object.assign(new Error('execution reverted'), { code: 3, data: '0x' })
  }
}

const ordinary = {
  getCurrentRewardEpochId: 417,
  isVoterRegistrationEnabled: true,
  getRandomAcquisitionInfo: [1n, 1n, 1n, 1n],
  newSigningPolicyInitializationStartBlockNumber: 7n,
  isVoterRegistered: false,
  getVoterAddressesAt: acting,
  getDelegationAddressOf: anAddress(4),
}
const known = [houseManagerAbi, houseVotersAbi, houseEntityAbi]

const factsOf = async (nodes: readonly Node[], pre: object = { voterPreRegistry: at(4) }) =>
  await registrationFacts({ nodes, chain }, { ...contracts, ...pre }, voter)

test('a first node that is stuck before registration opened does not keep it from being seen', async () => {
  const early = { ...ordinary, isVoterRegistrationEnabled: false, isVoterPreRegistered: true }
  const stuck = aToldNode('stuck', 60, answering([...known, preRegistryAbi], early))
  const well = aToldNode('well', 100, answering(known, ordinary))
  expect(await factsOf([stuck, well])).toMatchObject({
    next: 418,
    isOpen: true,
    isPreRegistered: false,
    acting: { submit: acting.submitAddress },
  })
})

test.each([
  { name: 'with this selector', abi: preRegistryAbi },
  { name: 'with the other one', abi: formerPreRegistryAbi },
])('the pre-registry is asked $name', async ({ abi }) => {
  const told = { ...ordinary, isVoterPreRegistered: true }
  const node = aToldNode('one', 100, answering([...known, abi], told))
  expect(await factsOf([node])).toMatchObject({ isPreRegistered: true })
})

test('a pre-registry that answers to neither, or that there is none of, does not stop a registration', async () => {
  const node = aToldNode('one', 100, answering(known, ordinary))
  expect(await factsOf([node])).toMatchObject({ isPreRegistered: false, isOpen: true })
  expect(await factsOf([node], {})).toMatchObject({ isPreRegistered: false, isOpen: true })
})

test('the registry may know no pre-registry', async () => {
  const without = ({ params }: { readonly params?: unknown }) => {
    // The name is in the calldata, as ASCII.
    const isPre = JSON.stringify(params).includes(Buffer.from('VoterPreRegistry').toString('hex'))
    const result = anAddress(isPre ? 0 : 9)
    const functionName = 'getContractAddressByName'
    return encodeFunctionResult({ abi: registryAbi, functionName, result })
  }
  const voice = majority([aToldNode('one', 100, without)], { onAlone: () => {} })
  const found = await voterContracts(voice)
  expect(found.voterPreRegistry).toBeUndefined()
  expect(found.voterRegistry).toBe(anAddress(9))
})
