import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Abi,
  type AbiEvent,
  type AbiFunction,
  toEventSelector,
  toEventSignature,
  toFunctionSelector,
  toFunctionSignature,
} from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type CompiledContracts,
  compiledContracts,
  type ContractName,
  contractNames,
} from '../../../local/chain/compile.ts'
import * as protocol from '../../../src/protocol/contracts.ts'

let cache: string
let compiled: CompiledContracts

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'contracts-'))
  compiled = await compiledContracts(cache)
}, 60_000)

afterAll(() => rm(cache, { recursive: true }))

function functionSelectors(abi: Abi): Record<string, string> {
  const all = abi.filter((item): item is AbiFunction => item.type === 'function')
  return Object.fromEntries(
    all.map((item) => [toFunctionSignature(item), toFunctionSelector(item)]),
  )
}

function eventTopics(abi: Abi): Record<string, string> {
  const all = abi.filter((item): item is AbiEvent => item.type === 'event')
  return Object.fromEntries(all.map((item) => [item.name, toEventSelector(item)]))
}

test('selectors of the Submission and the Relay are the published ones', () => {
  expect(functionSelectors(compiled.Submission.abi)).toMatchObject({
    'submit1()': '0x6c532fae',
    'submit2()': '0x9d00c9fd',
    'submit3()': '0xe1b157e7',
    'submitSignatures()': '0x57eed580',
    'submitAndPass(bytes)': '0x833bf6c0',
  })
  expect(functionSelectors(compiled.Relay.abi)).toMatchObject({ 'relay()': '0xb59589d1' })
})

test.each<[ContractName, string, string]>([
  [
    'Relay',
    'ProtocolMessageRelayed',
    '0x4b781cfef3123d9257ab69e6e8ea36ad75a346d63c5ecf8a46931a0eef48bb9e',
  ],
  [
    'Relay',
    'SigningPolicyInitialized',
    '0x91d0280e969157fc6c5b8f952f237b03d934b18534dafcac839075bbc33522f8',
  ],
  [
    'FlareSystemsManager',
    'RewardEpochStarted',
    '0x4abb62ab1e4c42a11b90e4e45b92af1274f74cc634b759518e8c99e000d8be6d',
  ],
  [
    'FlareSystemsManager',
    'RandomAcquisitionStarted',
    '0xf9991783e5e480e42d9a54d3f35f4321857f8f0ebeb3742d326dce28b1126708',
  ],
  [
    'FlareSystemsManager',
    'VotePowerBlockSelected',
    '0xf21722dbe044a7cea0f6d81c871cae750971e36c9dd10999e46f2b46f26ac7ff',
  ],
  [
    'FlareSystemsManager',
    'SignUptimeVoteEnabled',
    '0x235cef7d085c1e59545613282d239e56eb0cd056135aa46b8c658cf54a078561',
  ],
  [
    'FtsoRewardOffersManager',
    'InflationRewardsOffered',
    '0x01070f0e535c0d3077d9ca64b3122869a1897ff5c7711ba33b4db1fb9fd70cfc',
  ],
  [
    'FtsoRewardOffersManager',
    'RewardsOffered',
    '0x0b348981891869f97551a071f05fba72c5efadafb062152f1ef417a25264d69a',
  ],
  [
    'VoterRegistry',
    'VoterRegistered',
    '0xbfb6cd90b6e2668916d9e034926c84f40bcf94094b0d625ec8eecfdeb2150ae1',
  ],
])('the topic of %s.%s is the published one', (contract, event, topic) => {
  expect(eventTopics(compiled[contract].abi)[event]).toBe(topic)
})

test('the error of a message that is there already has the published selector', () => {
  const errors = compiled.Relay.abi.filter((item) => item.type === 'error')
  const selectors = errors.map(({ name, inputs }) =>
    toFunctionSelector({ type: 'function', name, inputs, outputs: [], stateMutability: 'view' }),
  )
  expect(selectors).toContain('0xd0ebeb4b')
})

test.each<[ContractName, Abi]>([
  ['FlareContractRegistry', protocol.registryAbi],
  ['Submission', protocol.submissionAbi],
  ['FlareSystemsManager', protocol.flareSystemsManagerAbi],
  ['Relay', protocol.relayAbi],
  ['FtsoRewardOffersManager', protocol.ftsoRewardOffersManagerAbi],
  ['VoterRegistry', protocol.voterRegistryAbi],
  ['EntityManager', protocol.entityManagerAbi],
])('%s has all that the protocol module calls, reads and hears of it', (contract, abi) => {
  const spelled = (one: Abi) => one.map(spell).filter((text) => text !== undefined)
  expect(spelled(abi).length).toBeGreaterThan(0)
  expect(spelled(compiled[contract].abi)).toEqual(expect.arrayContaining(spelled(abi)))
})

/** An item without the names of its parameters, which mean nothing on chain. */
function spell(item: Abi[number]): string | undefined {
  switch (item.type) {
    case 'function': {
      const outputs = toFunctionSignature({ ...item, name: 'returns', inputs: item.outputs })
      return `${toFunctionSignature(item)} ${outputs}`
    }
    case 'event': {
      const indexed = item.inputs.map((input) => (input.indexed === true ? 'i' : '-')).join('')
      return `event ${toEventSignature(item)} ${indexed}`
    }
    case 'error':
      return `error ${item.name}`
    case 'constructor':
    case 'fallback':
    case 'receive':
      return undefined
  }
}

test('what is compiled once comes from the cache, until a source changes', async () => {
  const [file, ...others] = await readdir(cache)
  expect(others).toEqual([])
  const path = join(cache, file ?? '')
  // An answer that no compiler gives shows that none was asked.
  const fake = { abi: [], evm: { bytecode: { object: '00' }, deployedBytecode: { object: '00' } } }
  const contracts = Object.fromEntries(
    contractNames.map((name) => [`${name}.sol`, { [name]: fake }]),
  )
  await writeFile(path, JSON.stringify({ contracts }))
  expect((await compiledContracts(cache)).Relay.runtime).toBe('0x00')
})
