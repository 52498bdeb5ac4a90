/** The local chain's Relay: what it finalises, and each thing that it refuses. */

import {
  type Abi,
  concatHex,
  createPublicClient,
  decodeErrorResult,
  encodeAbiParameters,
  type Hex,
  hexToBigInt,
  http,
  keccak256,
  numberToHex,
  parseEventLogs,
  parseSignature,
  size,
  slice,
} from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { compiledContracts } from '../../local/chain/compile.ts'
import { extraVoterAccount } from '../../local/chain/voters.ts'
import { type LocalChain, startChain } from '../../local/chain.ts'
import { relayAbi } from '../../src/protocol/contracts.ts'

const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

let chain: LocalChain
/** With the errors that only this chain's contract has. */
let abi: Abi
/** Of the reward epoch in force: four voters of equal weight. */
let policy: { readonly bytes: Hex; readonly startVotingRoundId: number }
let outdated: Hex

beforeAll(async () => {
  abi = (await compiledContracts()).Relay.abi
  chain = await startChain({ port: 0, roundSec: 90, extraVoters: 4 })
  const logs = await client().getLogs({ address: chain.contracts.Relay, fromBlock: 0n })
  const policies = parseEventLogs({ abi: relayAbi, logs, eventName: 'SigningPolicyInitialized' })
  const round = Math.floor((Date.now() / 1_000 - chain.genesisSec) / 90)
  const inForce = policies.filter(({ args }) => args.startVotingRoundId <= round).at(-1)
  if (inForce === undefined) throw new Error('No policy is in force.')
  policy = {
    bytes: inForce.args.signingPolicyBytes,
    startVotingRoundId: inForce.args.startVotingRoundId,
  }
  outdated = policies[0]?.args.signingPolicyBytes ?? '0x'
})

afterAll(() => chain.stop())

function client() {
  return createPublicClient({ transport: http(chain.rpcUrl), pollingInterval: 50 })
}

type Message = { readonly round: number; readonly random?: bigint; readonly isSecure?: boolean }

const other = keccak256('0x01')

function leafOf({ round, random = 5n, isSecure = true }: Message): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: 'uint32' }, { type: 'uint256' }, { type: 'bool' }],
      [round, random, isSecure],
    ),
  )
}

/** The root of a tree of two leaves: the random's, and one of which only the hash matters. */
function rootOf(message: Message): Hex {
  return keccak256(concatHex([leafOf(message), other].toSorted()))
}

function messageBytes(message: Message, protocolId = 100): Hex {
  return concatHex([
    numberToHex(protocolId, { size: 1 }),
    numberToHex(message.round, { size: 4 }),
    message.isSecure === false ? '0x00' : '0x01',
    rootOf(message),
  ])
}

type Signed = { readonly v: number; readonly r: Hex; readonly s: Hex; readonly index: number }

async function signedBy(index: number, message: Hex, chainId = 31_337): Promise<Signed> {
  const raw = keccak256(concatHex([numberToHex(chainId, { size: 32 }), message]))
  const signature = await extraVoterAccount(index, 'policy').signMessage({ message: { raw } })
  const { r, s, yParity } = parseSignature(signature)
  return { v: 27 + yParity, r, s, index }
}

function twoOf({ signatures }: Parts): readonly [Signed, Signed] {
  const [one, two] = signatures
  if (one === undefined || two === undefined) throw new Error('Expected two signatures.')
  return [one, two]
}

function highS({ v, r, s, index }: Signed): Signed {
  return { v: 55 - v, r, s: numberToHex(curveOrder - hexToBigInt(s), { size: 32 }), index }
}

type Parts = {
  readonly policy?: Hex
  readonly message: Hex
  readonly signatures: readonly Signed[]
  readonly trailer: readonly Hex[]
}

function calldataOf(parts: Parts): Hex {
  return concatHex([
    '0xb59589d1',
    parts.policy ?? policy.bytes,
    parts.message,
    numberToHex(parts.signatures.length, { size: 2 }),
    ...parts.signatures.map(({ v, r, s, index }) =>
      concatHex([numberToHex(v, { size: 1 }), r, s, numberToHex(index, { size: 2 })]),
    ),
    ...parts.trailer,
  ])
}

/** What is right in every part, of a round of the policy. */
async function rightParts(round: number = policy.startVotingRoundId): Promise<Parts> {
  const message = messageBytes({ round })
  const signatures = await Promise.all([0, 2, 3].map((index) => signedBy(index, message)))
  return { message, signatures, trailer: [numberToHex(5, { size: 32 }), other] }
}

async function relay(parts: Parts) {
  const from = extraVoterAccount(0, 'policy')
  const raw = await from.signTransaction({
    type: 'eip1559',
    chainId: chain.chainId,
    nonce: await client().getTransactionCount({ address: from.address }),
    to: chain.contracts.Relay,
    gas: 1_000_000n,
    maxFeePerGas: 10n ** 12n,
    data: calldataOf(parts),
  })
  const hash = await client().sendRawTransaction({ serializedTransaction: raw })
  return client().waitForTransactionReceipt({ hash })
}

const refusalSchema = z.object({ error: z.object({ data: z.templateLiteral(['0x', z.string()]) }) })

/** The name of the error by which a call is refused. */
async function refusal(data: Hex): Promise<string> {
  const params = [{ to: chain.contracts.Relay, data }, 'latest']
  const answer = await fetch(chain.rpcUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params }),
  })
  const { error } = refusalSchema.parse(await answer.json())
  return decodeErrorResult({ abi, data: error.data }).errorName
}

const refusalOf = (parts: Parts): Promise<string> => refusal(calldataOf(parts))

test('the policy that is announced has the bytes and the hash of the second version', async () => {
  expect(size(policy.bytes)).toBe(43 + 22 * 4)
  const rewardEpochId = Number(`0x${policy.bytes.slice(6, 12)}`)
  const stored = await client().readContract({
    address: chain.contracts.Relay,
    abi: relayAbi,
    functionName: 'toSigningPolicyHash',
    args: [BigInt(rewardEpochId)],
  })
  expect(stored).toBe(
    keccak256(concatHex([numberToHex(chain.chainId, { size: 32 }), policy.bytes])),
  )
})

test('a root with more than half of the weight is finalised, with its random', async () => {
  const round = policy.startVotingRoundId + 1
  const { status, logs } = await relay(await rightParts(round))
  expect(status).toBe('success')
  const [relayed, random] = parseEventLogs({ abi: relayAbi, logs })
  expect(relayed).toMatchObject({
    eventName: 'ProtocolMessageRelayed',
    args: {
      protocolId: 100,
      votingRoundId: round,
      isSecureRandom: true,
      merkleRoot: rootOf({ round }),
    },
  })
  expect(random).toMatchObject({
    eventName: 'RandomNumberRelayed',
    args: { votingRoundId: round, randomNumber: 5n, isSecureRandom: true },
  })
  const at = { address: chain.contracts.Relay, abi: relayAbi } as const
  const args = [100n, BigInt(round)] as const
  expect(await client().readContract({ ...at, functionName: 'isFinalized', args })).toBe(true)
  expect(await client().readContract({ ...at, functionName: 'merkleRoots', args })).toBe(
    rootOf({ round }),
  )
  const [randomNumber, isSecure, atSec] = await client().readContract({
    ...at,
    functionName: 'getRandomNumber',
  })
  expect([randomNumber, isSecure]).toEqual([5n, true])
  expect(atSec).toBe(BigInt(chain.genesisSec + (round + 1) * 90))

  expect(await refusalOf(await rightParts(round))).toBe('AlreadyRelayed')
})

test('another protocol brings no random', async () => {
  const message = messageBytes({ round: policy.startVotingRoundId }, 200)
  const signatures = await Promise.all([0, 1, 2].map((index) => signedBy(index, message)))
  const { status, logs } = await relay({ message, signatures, trailer: [] })
  expect(status).toBe('success')
  expect(parseEventLogs({ abi: relayAbi, logs }).map(({ eventName }) => eventName)).toEqual([
    'ProtocolMessageRelayed',
  ])
})

test('exactly half of the weight is not enough', async () => {
  const parts = await rightParts()
  expect(await refusalOf({ ...parts, signatures: parts.signatures.slice(0, 2) })).toBe(
    'NotEnoughWeight',
  )
  expect(await refusalOf({ ...parts, signatures: [] })).toBe('NotEnoughWeight')
})

test('one signature that is not canonical spoils the call', async () => {
  const parts = await rightParts()
  const [one, two] = twoOf(parts)
  expect(await refusalOf({ ...parts, signatures: [one, highS(two)] })).toBe('BadS')
  expect(await refusalOf({ ...parts, signatures: [{ ...one, v: one.v - 27 }, two] })).toBe('BadV')
})

test('signatures stand in the order of the policy, each once', async () => {
  const parts = await rightParts()
  const [one, two] = twoOf(parts)
  for (const signatures of [
    [two, one],
    [one, one],
    [one, { ...two, index: 4 }],
  ]) {
    expect(await refusalOf({ ...parts, signatures })).toBe('SignatureIndexOutOfOrder')
  }
})

test('a signature of another voter, message or chain is refused', async () => {
  const parts = await rightParts()
  const [one] = twoOf(parts)
  for (const wrong of [
    { ...one, index: 1 },
    await signedBy(2, parts.message, 14),
    await signedBy(2, messageBytes({ round: 1 })),
  ]) {
    expect(await refusalOf({ ...parts, signatures: [one, wrong] })).toBe('SignatureOfAnother')
  }
})

test('the random has to come with its proof', async () => {
  const parts = await rightParts()
  const random = numberToHex(5, { size: 32 })
  expect(await refusalOf({ ...parts, trailer: [] })).toBe('NoRandomNumber')
  expect(await refusalOf({ ...parts, trailer: [random, '0x00'] })).toBe('InvalidRandomNumberProof')
  expect(await refusalOf({ ...parts, trailer: [random] })).toBe('IncorrectMerkleProof')
  expect(await refusalOf({ ...parts, trailer: [numberToHex(6, { size: 32 }), other] })).toBe(
    'IncorrectMerkleProof',
  )
})

test('a policy that is not the stored one, or not of the round, is refused', async () => {
  const parts = await rightParts()
  const forged = concatHex([slice(policy.bytes, 0, -1), '0x00'])
  expect(await refusalOf({ ...parts, policy: forged })).toBe('SigningPolicyMismatch')
  expect(await refusalOf({ ...parts, policy: outdated })).toBe('WrongSigningPolicy')
  expect(await refusalOf(await rightParts(policy.startVotingRoundId - 1))).toBe(
    'WrongSigningPolicy',
  )
})

test('a call that ends within a part is refused', async () => {
  const whole = calldataOf({ ...(await rightParts()), trailer: [] })
  for (const bytes of [4, 20, 100, 140, size(whole) - 1]) {
    expect(await refusal(slice(whole, 0, bytes))).toBe('MessageTooShort')
  }
})
