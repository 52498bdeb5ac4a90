/** The local chain itself: its blocks, its clock, its flags, its reward epochs, its faults. */

import {
  type Address,
  createPublicClient,
  createWalletClient,
  decodeFunctionResult,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  parseEventLogs,
  parseSignature,
  stringToHex,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type CompiledContracts, compiledContracts } from '../../local/chain/compile.ts'
import { baseFeeWei, keeperAddress } from '../../local/chain/keeper-account.ts'
import { extraVoter } from '../../local/chain/voters.ts'
import { type LocalChain, startChain } from '../../local/chain.ts'
import { pause } from '../../local/processes.ts'
import { offeredFeeds } from '../../local/chain/feeds.ts'
import * as abis from '../../src/protocol/contracts.ts'
import { votingRoundAt } from '../../src/protocol/epoch.ts'
import { canonicalFeedOrder } from '../../src/protocol/feed-order.ts'
import { networks, withRoundSec } from '../../src/protocol/networks.ts'
import { submissionCalldata, submissionSelectors } from '../../src/protocol/submission.ts'

const roundSec = 3
const blockMs = 300
const rewardEpochRounds = 4
const { schedule } = withRoundSec(networks.local, roundSec)
const gwei = 10n ** 9n

const account = (name: string): PrivateKeyAccount =>
  privateKeyToAccount(keccak256(stringToHex(name)))
const submitter = account('submitter')
const stranger = account('stranger')
const latecomer = { identity: account('late').address, policy: account('late policy') }

/** The round in which the chain was asked for. */
let roundOfBeginning: number
let chain: LocalChain
let compiled: CompiledContracts

beforeAll(async () => {
  compiled = await compiledContracts()
  roundOfBeginning = votingRoundAt(schedule, Date.now())
  chain = await startChain({
    port: 0,
    roundSec,
    blockMs,
    rewardEpochRounds,
    voters: [
      {
        identity: account('identity').address,
        submitAddress: submitter.address,
        submitSignaturesAddress: account('signatures').address,
        signingPolicyAddress: account('policy').address,
        weight: 2_000_000,
      },
    ],
    funded: [stranger.address],
  })
})

afterAll(() => chain.stop())

beforeEach(() => {
  chain.order({ drop: { count: 0 }, lose: { count: 0 }, fail: { count: 0 }, delayMs: 0 })
})

function client() {
  return createPublicClient({
    transport: http(chain.rpcUrl, { retryCount: 0 }),
    pollingInterval: 50,
  })
}

type Fees = { readonly tipWei?: bigint; readonly data?: Hex }

/** Sends a call to the Submission contract, as an operator's machine would. */
async function submit(from: PrivateKeyAccount, { tipWei = 0n, data }: Fees): Promise<Hex> {
  const wallet = createWalletClient({ account: from, transport: http(chain.rpcUrl) })
  const nonce = await client().getTransactionCount({ address: from.address, blockTag: 'pending' })
  const raw = await wallet.account.signTransaction({
    type: 'eip1559',
    chainId: chain.chainId,
    nonce,
    to: abis.submissionAddress,
    gas: 100_000n,
    maxFeePerGas: 4n * baseFeeWei + tipWei,
    maxPriorityFeePerGas: tipWei,
    data: data ?? commitCalldata(),
  })
  return client().sendRawTransaction({ serializedTransaction: raw })
}

function commitCalldata(): Hex {
  const votingRoundId = votingRoundAt(schedule, Date.now())
  const payload = keccak256(stringToHex('commit'))
  return submissionCalldata('submit1', [{ protocolId: 100, votingRoundId, payload }])
}

/** What the contract would answer now. */
async function answerOf(from: Address, data: Hex): Promise<boolean> {
  const answer = await client().call({ account: from, to: abis.submissionAddress, data })
  return decodeFunctionResult({
    abi: abis.submissionAbi,
    functionName: 'submit1',
    data: answer.data ?? '0x',
  })
}

/** Resolves shortly after a round has begun, its first block included. */
async function untilNextRound(): Promise<number> {
  const round = votingRoundAt(schedule, Date.now()) + 1
  const startMs = (schedule.genesisSec + round * roundSec) * 1_000
  await pause(startMs - Date.now() + 2 * blockMs)
  return round
}

async function managerLogs() {
  const logs = await client().getLogs({
    address: chain.contracts.FlareSystemsManager,
    fromBlock: 0n,
  })
  return parseEventLogs({ abi: abis.flareSystemsManagerAbi, logs })
}

async function asKeeper(...call: Parameters<typeof sendAsKeeper>) {
  return client().waitForTransactionReceipt({ hash: await sendAsKeeper(...call) })
}

/** Resolves with its hash before it is in a block, so that several can be in the same. */
async function sendAsKeeper(
  contract: keyof CompiledContracts,
  functionName: string,
  args: unknown[],
): Promise<Hex> {
  const data = encodeFunctionData({ abi: compiled[contract].abi, functionName, args })
  return client().request<{
    Method: 'eth_sendTransaction'
    Parameters: [object]
    ReturnType: Hex
  }>({
    method: 'eth_sendTransaction',
    params: [{ from: keeperAddress, to: chain.contracts[contract], data, gas: '0x100000' }],
  })
}

test('blocks come by the wall clock, stamped with it, with a base fee that never moves', async () => {
  const seen = new Map<bigint, number>()
  const untilMs = Date.now() + 4_000
  let sent = 0
  while (Date.now() < untilMs) {
    const block = await client().getBlock()
    if (!seen.has(block.number)) seen.set(block.number, Date.now())
    expect(block.baseFeePerGas).toBe(baseFeeWei)
    expect(Number(block.timestamp) * 1_000).toBeLessThanOrEqual(Date.now())
    // The stamp is cut to whole seconds, and the block may be as old as the next one is far.
    expect(Date.now() - Number(block.timestamp) * 1_000).toBeLessThan(1_000 + 3 * blockMs)
    if (sent++ % 5 === 0) await submit(stranger, { tipWei: gwei })
    await pause(40)
  }
  expect(seen.size).toBeGreaterThanOrEqual(10)
  expect(seen.size).toBeLessThanOrEqual(16)
})

test('no block of the history steps back in time, and all cost the same', async () => {
  const last = await client().getBlockNumber()
  const numbers = Array.from({ length: Number(last) + 1 }, (_, number) => BigInt(number))
  const blocks = await Promise.all(numbers.map((blockNumber) => client().getBlock({ blockNumber })))
  const stamps = blocks.map(({ timestamp }) => timestamp)
  expect(stamps).toEqual(stamps.toSorted((one, other) => Number(one - other)))
  expect(new Set(blocks.map(({ baseFeePerGas }) => baseFeePerGas))).toEqual(new Set([baseFeeWei]))
})

test('a tip is paid on top of the base fee, and nothing more of the cap', async () => {
  const hash = await submit(stranger, { tipWei: 77n * gwei })
  const receipt = await client().waitForTransactionReceipt({ hash })
  expect(receipt.effectiveGasPrice).toBe(577n * gwei)
})

test('a submission costs about what it does on Flare', async () => {
  const hash = await submit(stranger, {})
  const { gasUsed } = await client().waitForTransactionReceipt({ hash })
  expect(Number(gasUsed)).toBeGreaterThan(22_000)
  expect(Number(gasUsed)).toBeLessThan(30_000)
})

test('what the node says of fees agrees with the blocks', async () => {
  const { baseFeePerGas } = await client().getFeeHistory({ blockCount: 1, rewardPercentiles: [] })
  expect(baseFeePerGas).toEqual([baseFeeWei, baseFeeWei])
})

const isNameOf = <T extends object>(object: T, name: string): name is string & keyof T =>
  name in object

test('every contract is found through the registry at its fixed address', async () => {
  const names = Object.keys(chain.contracts).filter((name) => isNameOf(chain.contracts, name))
  const found = await client().readContract({
    address: abis.registryAddress,
    abi: abis.registryAbi,
    functionName: 'getContractAddressesByName',
    args: [names],
  })
  expect(found).toEqual(names.map((name) => chain.contracts[name]))
  expect(found).toContain(abis.submissionAddress)
  for (const address of found) expect(await client().getCode({ address })).toMatch(/^0x60/)
})

test('the chain counts voting rounds as the Worker and the bridge do', async () => {
  const read = (
    functionName:
      | 'firstVotingRoundStartTs'
      | 'votingEpochDurationSeconds'
      | 'getCurrentVotingEpochId',
    blockNumber?: bigint,
  ) =>
    client().readContract({
      address: chain.contracts.FlareSystemsManager,
      abi: abis.flareSystemsManagerAbi,
      functionName,
      ...(blockNumber === undefined ? {} : { blockNumber }),
    })
  const { number, timestamp } = await client().getBlock()
  expect(await read('firstVotingRoundStartTs')).toBe(BigInt(schedule.genesisSec))
  expect(await read('votingEpochDurationSeconds')).toBe(BigInt(roundSec))
  expect(await read('getCurrentVotingEpochId', number)).toBe(
    votingRoundAt(schedule, Number(timestamp) * 1_000),
  )
})

test('a voter is answered true once a round, and its repeats count all the same', async () => {
  await untilNextRound()
  const data = commitCalldata()
  expect(await answerOf(submitter.address, data)).toBe(true)
  const first = await client().waitForTransactionReceipt({
    hash: await submit(submitter, { data }),
  })
  expect(await answerOf(submitter.address, data)).toBe(false)
  const second = await client().waitForTransactionReceipt({
    hash: await submit(submitter, { data }),
  })
  expect([first.status, second.status]).toEqual(['success', 'success'])
  // Each method has a flag of its own.
  expect(await answerOf(submitter.address, submissionSelectors.submit2)).toBe(true)

  await untilNextRound()
  expect(await answerOf(submitter.address, data)).toBe(true)
})

test('a stranger is answered false and not reverted, by every method', async () => {
  for (const data of [
    commitCalldata(),
    submissionSelectors.submit2,
    submissionSelectors.submitSignatures,
  ]) {
    expect(await answerOf(stranger.address, data)).toBe(false)
  }
  // The submit address is not the one that sends signatures.
  expect(await answerOf(submitter.address, submissionSelectors.submitSignatures)).toBe(false)
})

test('submit3 is there and disabled', async () => {
  await expect(answerOf(submitter.address, submissionSelectors.submit3)).rejects.toThrow('revert')
})

test("the voter's addresses are registered under its identity", async () => {
  expect(
    await client().readContract({
      address: chain.contracts.EntityManager,
      abi: abis.entityManagerAbi,
      functionName: 'getVoterAddresses',
      args: [account('identity').address],
    }),
  ).toEqual({
    submitAddress: submitter.address,
    submitSignaturesAddress: account('signatures').address,
    signingPolicyAddress: account('policy').address,
  })
})

test('reward epochs turn by themselves, each step after the one before it, late by no more than the rounds without a block', async () => {
  const rewardEpochAt = (round: number) => Math.floor(round / rewardEpochRounds)
  const current = rewardEpochAt(votingRoundAt(schedule, Date.now()))
  for (let waited = 0; waited < rewardEpochRounds; waited += 1) {
    if (rewardEpochAt(await untilNextRound()) >= current + 1) break
  }
  const { logs, lateRounds } = await startsBy(current + 1)
  for (const epoch of [current - 1, current, current + 1]) {
    const of = logs.filter(({ args }) => args.rewardEpochId === epoch)
    expect(of.map(({ eventName }) => eventName).slice(0, 3)).toEqual([
      'RandomAcquisitionStarted',
      'VotePowerBlockSelected',
      'RewardEpochStarted',
    ])
    const started = of.find(({ eventName }) => eventName === 'RewardEpochStarted')
    if (started?.eventName !== 'RewardEpochStarted') throw new Error('It has not started.')
    const { startVotingRoundId } = started.args
    const expected = epoch * rewardEpochRounds
    expect(startVotingRoundId).toBeGreaterThanOrEqual(expected)
    expect(startVotingRoundId).toBeLessThanOrEqual(expected + lateRounds)
  }
}, 60_000)

/**
 * The events up to this reward epoch's start, and how many rounds since the test began have no
 * block: a machine that does other things too may stand still for one, which no step makes up for.
 */
async function startsBy(rewardEpoch: number) {
  for (;;) {
    const logs = await managerLogs()
    const last = await client().getBlock()
    const rounds = new Set<number>()
    for (let number = last.number; ; number -= 1n) {
      const { timestamp } = await client().getBlock({ blockNumber: number })
      const round = votingRoundAt(schedule, Number(timestamp) * 1_000)
      if (round < roundOfBeginning || number === 0n) break
      rounds.add(round)
    }
    const present = votingRoundAt(schedule, Number(last.timestamp) * 1_000)
    const lateRounds = present - roundOfBeginning + 1 - rounds.size
    const isStarted = logs.some(
      ({ eventName, args }) =>
        eventName === 'RewardEpochStarted' && args.rewardEpochId === rewardEpoch,
    )
    const isOverdue = present > (rewardEpoch + 1) * rewardEpochRounds + lateRounds
    if (isStarted || isOverdue) return { logs, lateRounds }
    await untilNextRound()
  }
}

test('feeds of the current and of the next reward epoch can be read at any time', async () => {
  const current = await client().readContract({
    address: chain.contracts.FlareSystemsManager,
    abi: abis.flareSystemsManagerAbi,
    functionName: 'getCurrentRewardEpochId',
  })
  const logs = await client().getLogs({
    address: chain.contracts.FtsoRewardOffersManager,
    fromBlock: 0n,
  })
  const offers = parseEventLogs({
    abi: abis.ftsoRewardOffersManagerAbi,
    logs,
    eventName: 'InflationRewardsOffered',
  })
  for (const epoch of [current, current + 1]) {
    const inflation = offers
      .filter(({ args }) => args.rewardEpochId === epoch)
      .map(({ args: { feedIds, decimals } }) => ({ feedIds, decimals }))
    const order = canonicalFeedOrder({ inflation, community: [] })
    expect(order.map(({ decimals }) => decimals)).toEqual(
      offeredFeeds.map(({ decimals }) => decimals),
    )
  }
  const managed = await managerLogs()
  const startedAt = managed.find(
    ({ eventName, args }) =>
      eventName === 'RewardEpochStarted' && args.rewardEpochId === current - 1,
  )?.args.timestamp
  const soughtAt = managed.find(
    ({ eventName, args }) =>
      eventName === 'RandomAcquisitionStarted' && args.rewardEpochId === current,
  )?.args.timestamp
  const offered = offers.find(({ args }) => args.rewardEpochId === current)
  const { timestamp } = await client().getBlock({ blockNumber: offered?.blockNumber ?? 0n })
  expect(timestamp).toBeGreaterThanOrEqual(startedAt ?? Infinity)
  expect(timestamp).toBeLessThan(soughtAt ?? 0)
})

test('the policy holds every voter with its share of the weight', async () => {
  const logs = await client().getLogs({ address: chain.contracts.Relay, fromBlock: 0n })
  const policies = parseEventLogs({
    abi: abis.relayAbi,
    logs,
    eventName: 'SigningPolicyInitialized',
  })
  const policy = policies.at(-1)?.args
  expect(policy?.voters.slice(0, 3)).toEqual([
    account('policy').address,
    extraVoter(0).signingPolicyAddress,
    extraVoter(1).signingPolicyAddress,
  ])
  expect(policy?.weights.slice(0, 3)).toEqual([32_767, 16_383, 16_383])
  expect(policy?.threshold).toBe(32_767)
})

test('a voter that is not standing registers by a signature over the chain id', async () => {
  const acting = {
    submitAddress: account('late submit').address,
    submitSignaturesAddress: account('late signatures').address,
    signingPolicyAddress: latecomer.policy.address,
  }
  await asKeeper('EntityManager', 'adopt', [latecomer.identity, acting])
  await asKeeper('VoterRegistry', 'setVoter', [latecomer.identity, 1n, false])

  const { epoch, refused, taken } = await registeredInTime()
  expect(refused.status).toBe('reverted')
  expect(taken.status).toBe('success')
  const [event] = parseEventLogs({ abi: abis.voterRegistryAbi, logs: taken.logs })
  expect(event?.args).toMatchObject({ voter: latecomer.identity, rewardEpochId: epoch, ...acting })
}, 60_000)

/**
 * Registers over another chain's id and then over ours, one after the other in the same blocks.
 * Registration is open for a few seconds here, which a machine that does other things too may miss.
 */
async function registeredInTime() {
  for (let tries = 0; ; tries += 1) {
    const epoch = await untilRegistrationOpens()
    const hashes = [
      await register(epoch, 14n),
      await register(epoch, BigInt(chain.chainId)),
    ] as const
    const [refused, taken] = await Promise.all([
      client().waitForTransactionReceipt({ hash: hashes[0] }),
      client().waitForTransactionReceipt({ hash: hashes[1] }),
    ])
    if (taken.status === 'success' || tries === 2) return { epoch, refused, taken }
  }
}

async function register(epoch: number, chainId: bigint): Promise<Hex> {
  const raw = keccak256(
    encodeAbiParameters(
      [{ type: 'uint256' }, { type: 'uint32' }, { type: 'address' }],
      [chainId, epoch, latecomer.identity],
    ),
  )
  const { r, s, yParity } = parseSignature(await latecomer.policy.signMessage({ message: { raw } }))
  const signature = { v: 27 + yParity, r, s }
  return sendAsKeeper('VoterRegistry', 'registerVoter', [latecomer.identity, signature])
}

/** Resolves with the reward epoch for which registration has just opened. */
async function untilRegistrationOpens(): Promise<number> {
  const opened = async () =>
    (await managerLogs()).filter(({ eventName }) => eventName === 'VotePowerBlockSelected')
  const before = (await opened()).length
  for (let waited = 0; waited < 600; waited += 1) {
    const now = await opened()
    const last = now.at(-1)
    if (now.length > before && last !== undefined) return last.args.rewardEpochId
    await pause(50)
  }
  throw new Error('Registration did not open.')
}

test('a reveal that was dropped has a hash, and is not on the chain until it is sent again', async () => {
  chain.order({ drop: { count: 1, selector: submissionSelectors.submit2 } })
  const data: Hex = `${submissionSelectors.submit2}00`
  const hash = await submit(stranger, { data })
  const committed = await client().waitForTransactionReceipt({ hash: await submit(stranger, {}) })
  expect(committed.status).toBe('success')
  await expect(client().getTransaction({ hash })).rejects.toThrow('could not be found')

  const again = await client().waitForTransactionReceipt({ hash: await submit(stranger, { data }) })
  expect(again.status).toBe('success')
})

test('a transaction whose answer was lost is on the chain', async () => {
  const before = await client().getTransactionCount({ address: stranger.address })
  chain.order({ lose: { count: 1 } })
  await expect(submit(stranger, {})).rejects.toThrow('HTTP request failed')
  await pause(3 * blockMs)
  expect(await client().getTransactionCount({ address: stranger.address })).toBe(before + 1)
})

test('blocks go on while the RPC is down', async () => {
  const before = await client().getBlockNumber()
  chain.order({ downForMs: 4 * blockMs })
  await expect(client().getBlockNumber({ cacheTime: 0 })).rejects.toThrow('HTTP request failed')
  await pause(5 * blockMs)
  expect(await client().getBlockNumber({ cacheTime: 0 })).toBeGreaterThanOrEqual(before + 4n)
})
