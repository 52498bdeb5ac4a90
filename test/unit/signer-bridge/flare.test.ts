import { encodeAbiParameters, type Hex, keccak256, numberToHex, toEventSelector } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { connectFlare } from '../../../signer-bridge/chain/flare.ts'
import type { Node } from '../../../signer-bridge/chain/nodes.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openObservations } from '../../../signer-bridge/observations/observations.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { rewardEpochOf, votingRoundAt } from '../../../src/protocol/epoch.ts'
import { networks, withRoundSec } from '../../../src/protocol/networks.ts'

const network = withRoundSec(networks.local, 10)
const { schedule } = network
const account = privateKeyToAccount(keccak256('0x02'))
const nowSec = Math.floor(Date.now() / 1_000)
const addressOf = (digit: string): Hex => `0x${digit.repeat(40)}`

/** What the registry says; tests change it. */
type Registry = { relay: Hex }

/** A node that knows `height` blocks, a second apart and the 1 000th of them now. */
class NodeModel {
  height: number
  count = 0
  baseFee = 1n
  balance = 0n
  send: () => string = () => '0x00'
  /** Blocks with an event in them, and the ranges that were asked about. */
  eventsAt: number[] = []
  /** The event in this block has lost its data. */
  oddAt: number | undefined
  readonly asked: [number, number][] = []
  readonly #registry: Registry

  constructor(height: number, registry: Registry) {
    this.height = height
    this.#registry = registry
  }

  port(): Node {
    const figures: Record<string, number> = {
      firstVotingRoundStartTs: schedule.genesisSec,
      votingEpochDurationSeconds: schedule.roundSec,
      firstRewardEpochStartTs: schedule.genesisSec + schedule.firstRewardRound * schedule.roundSec,
      rewardEpochDurationSeconds: schedule.rewardEpochRounds * schedule.roundSec,
    }
    const model = {
      getChainId: async () => network.chainId,
      getBlock: async ({ blockNumber }: { blockNumber?: bigint }) => {
        const number = blockNumber ?? BigInt(this.height)
        const timestamp = BigInt(nowSec - 1_000) + number
        return { number, timestamp, hash: '0x01', baseFeePerGas: this.baseFee }
      },
      readContract: async ({ functionName }: { functionName: string }) =>
        figures[functionName] ?? [
          submissionAddress,
          addressOf('b'),
          this.#registry.relay,
          addressOf('d'),
        ],
      getTransactionCount: async () => this.count,
      getBalance: async () => this.balance,
      sendRawTransaction: async () => this.send(),
      request: async ({ params: [{ fromBlock, toBlock }] }: LogsQuestion) => {
        const [from, to] = [Number(fromBlock), Number(toBlock)]
        this.asked.push([from, to])
        return this.eventsAt
          .filter((at) => at >= from && at <= to)
          .map((at) => (at === this.oddAt ? { ...logAt(at), data: '0x' } : logAt(at)))
      },
    }
    // As much of a node as the bridge asks.
    return model as unknown as Node
  }
}

type LogsQuestion = { params: [{ fromBlock: Hex; toBlock: Hex }] }

const presentEpoch = rewardEpochOf(schedule, votingRoundAt(schedule, nowSec * 1_000))

/** Blocks before the 500th tell of a reward epoch that is just young enough to be kept. */
function logAt(blockNumber: number) {
  return {
    blockNumber: numberToHex(blockNumber),
    logIndex: '0x0',
    topics: [
      toEventSelector('RandomAcquisitionStarted(uint24,uint64)'),
      numberToHex(presentEpoch - (blockNumber < 500 ? 4 : 0), { size: 32 }),
    ],
    data: encodeAbiParameters([{ type: 'uint64' }], [1n]),
  }
}

async function aFlare(heights: readonly number[]) {
  const registry: Registry = { relay: addressOf('c') }
  const models = heights.map((height) => new NodeModel(height, registry))
  const observations = openObservations(inMemory, { chainId: network.chainId })
  const log: unknown[] = []
  const chain = await connectFlare({
    nodes: models.map((model) => model.port()),
    network,
    observations,
    log: (event) => void log.push(event),
  })
  return { registry, models, chain, log, events: observations.chainEvents }
}

/** The nth of some models, which is there. */
function nth(models: readonly NodeModel[], place: number): NodeModel {
  const model = models[place]
  if (model === undefined) throw new Error(`There is no node ${place}.`)
  return model
}

describe('a node that answers and has stopped', () => {
  test('hides neither the head nor the balance of one that goes on', async () => {
    const { chain, models } = await aFlare([400, 1_000])
    nth(models, 0).balance = 1n
    nth(models, 1).balance = 2n
    // The very first head is taken with care, and may be the older one.
    await chain.head()
    expect(await chain.head()).toMatchObject({ number: 1_000 })
    expect(await chain.balanceWei(account.address)).toBe(2n)
  })

  test('is not asked for events of blocks that it does not have', async () => {
    const { chain, models, events } = await aFlare([950, 1_000])
    for (const model of models) model.eventsAt = [980].filter((at) => at <= model.height)
    const head = { number: 1_000, timestampSec: nowSec, baseFeeWei: 1n }
    await chain.refreshEpochs(head)
    expect(events.all().map(({ blockNumber }) => blockNumber)).toEqual([980])
  })
})

const raw = async (nonce: number) =>
  account.signTransaction({
    chainId: network.chainId,
    nonce,
    to: submissionAddress,
    gas: 1n,
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
  })

describe('a nonce that one node calls used', () => {
  test('is not used where another node takes the call, until one counts it', async () => {
    const { chain, models } = await aFlare([1_000, 1_000])
    for (const model of models) model.count = 4
    nth(models, 1).send = () => {
      throw Object.assign(new Error(), { shortMessage: 'nonce too low', code: -32_000 })
    }
    expect(await chain.send(await raw(4), account.address)).toEqual({ kind: 'accepted' })
    expect(await chain.latestCount(account.address)).toBe(4)
    nth(models, 1).count = 5
    expect(await chain.latestCount(account.address)).toBe(5)
  })

  test('moves the count by no more than a node can be behind', async () => {
    const { chain, models } = await aFlare([1_000])
    nth(models, 0).send = () => {
      throw Object.assign(new Error(), { shortMessage: 'nonce too low', code: -32_000 })
    }
    await chain.send(await raw(40), account.address)
    expect(await chain.latestCount(account.address)).toBe(2)
  })
})

describe('a count', () => {
  test('that one node alone makes higher puts no call behind a gap', async () => {
    const { chain, models } = await aFlare([1_000, 1_000])
    nth(models, 0).count = 4
    nth(models, 1).count = 54
    expect(await chain.latestCount(account.address)).toBe(4)
  })

  test('of a node that has stopped holds back none', async () => {
    const { chain, models } = await aFlare([400, 1_000])
    nth(models, 0).count = 4
    nth(models, 1).count = 54
    // The very first head is taken with care, and may be the older one.
    await chain.head()
    expect(await chain.latestCount(account.address)).toBe(54)
  })

  test('that one node makes lower is left once the nonce there is said to be used', async () => {
    const { chain, models } = await aFlare([1_000, 1_000])
    nth(models, 0).count = 4
    nth(models, 1).count = 54
    nth(models, 1).send = () => {
      throw Object.assign(new Error(), { shortMessage: 'nonce too low', code: -32_000 })
    }
    await chain.send(await raw(4), account.address)
    expect(await chain.latestCount(account.address)).toBe(54)
    // Since the other counts that one too, the word has nothing more to say.
    nth(models, 0).count = 5
    expect(await chain.latestCount(account.address)).toBe(5)
  })
})

test('the base fee is the highest of those that the newest blocks tell of', async () => {
  const { chain, models } = await aFlare([999, 1_000])
  nth(models, 0).baseFee = 25n
  expect((await chain.head()).baseFeeWei).toBe(25n)
  expect(await chain.head()).toMatchObject({ number: 1_000, baseFeeWei: 25n })
})

describe('the search for events', () => {
  const headAt = (number: number) => ({
    number,
    timestampSec: nowSec - 1_000 + number,
    baseFeeWei: 1n,
  })

  test('finds what a node has left out when it was asked first', async () => {
    const { chain, models, events } = await aFlare([1_000])
    await chain.refreshEpochs(headAt(1_000))
    expect(events.searched()?.toBlock).toBe(970)
    nth(models, 0).eventsAt = [800, 990]
    nth(models, 0).height = 1_010
    await chain.refreshEpochs(headAt(1_010))
    expect(nth(models, 0).asked.at(-1)).toEqual([771, 1_010])
    expect(events.all().map(({ blockNumber }) => blockNumber)).toEqual([800, 990])
  })

  test('leaves out a log that cannot be read, says so once, and finds the others', async () => {
    const { chain, models, events, log } = await aFlare([1_000])
    nth(models, 0).eventsAt = [980, 990]
    nth(models, 0).oddAt = 980
    await chain.refreshEpochs(headAt(1_000))
    await chain.refreshEpochs(headAt(1_000))
    expect(events.all().map(({ blockNumber }) => blockNumber)).toEqual([990])
    expect(log).toEqual([expect.objectContaining({ event: 'chain-event-skipped', block: 980 })])
  })

  test('sees the events of a young chain up to its head', async () => {
    const { chain, models, events } = await aFlare([20])
    nth(models, 0).eventsAt = [19]
    await chain.refreshEpochs(headAt(20))
    expect(events.all()).toHaveLength(1)
  })

  test('begins anew for a contract that was redeployed, and forgets nothing', async () => {
    const { chain, models, events, registry } = await aFlare([1_000])
    nth(models, 0).eventsAt = [100]
    await chain.refreshEpochs(headAt(1_000))
    nth(models, 0).eventsAt = [200]
    registry.relay = addressOf('e')
    await chain.refreshContracts()
    await chain.refreshEpochs(headAt(1_000))
    expect(events.all().map(({ blockNumber }) => blockNumber)).toEqual([100, 200])
  })

  test('forgets reward epochs of long ago', async () => {
    const { chain, models, events } = await aFlare([1_000])
    nth(models, 0).eventsAt = [100, 990]
    await chain.refreshEpochs(headAt(1_000))
    expect(events.all()).toHaveLength(2)
    const later = nowSec + schedule.rewardEpochRounds * schedule.roundSec
    await chain.refreshEpochs({ ...headAt(1_000), timestampSec: later })
    expect(events.all().map(({ blockNumber }) => blockNumber)).toEqual([990])
  })

  test('must be two rounds old at most for a feed list', async () => {
    const { chain } = await aFlare([1_000])
    const round = votingRoundAt(schedule, nowSec * 1_000)
    const outdated = expect.objectContaining({ code: 'search-outdated' })
    expect(() => chain.feedsOf(round)).toThrow(outdated)
    await chain.refreshEpochs(headAt(1_000))
    // There are no policies on this chain, which is another matter.
    const unknown = expect.objectContaining({ code: 'epoch-unknown' })
    expect(() => chain.feedsOf(round + 2)).toThrow(unknown)
    expect(() => chain.feedsOf(round + 3)).toThrow(outdated)
  })
})
