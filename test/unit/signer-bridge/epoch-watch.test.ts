/** The events of reward epochs, as several nodes tell of them. */

import { encodeAbiParameters, encodeEventTopics, type Hex, numberToHex } from 'viem'
import { beforeEach, describe, expect, test } from 'vitest'
import { agreedAmong } from '../../../signer-bridge/chain/agreed.ts'
import { epochWatch } from '../../../signer-bridge/chain/epoch-watch.ts'
import { type Node, nodesOf } from '../../../signer-bridge/chain/nodes.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openObservations } from '../../../signer-bridge/observations/observations.ts'
import { ftsoRewardOffersManagerAbi } from '../../../src/protocol/contracts.ts'
import { networks } from '../../../src/protocol/networks.ts'

const network = networks.flare
const { genesisSec } = network.schedule
const speaker = `0x${'5a'.repeat(20)}` as const
const patienceMs = 200
const head = (number: number) => ({ number, timestampSec: genesisSec + number, baseFeeWei: 1n })

let observations: ReturnType<typeof openObservations>
beforeEach(() => {
  observations = openObservations(inMemory, { chainId: 14 })
})

/** An offer of inflation for these feeds in a block. */
const anOffer = (blockNumber: number, feedIds: Hex) => ({
  blockNumber: numberToHex(blockNumber),
  logIndex: '0x0',
  topics: encodeEventTopics({
    abi: ftsoRewardOffersManagerAbi,
    eventName: 'InflationRewardsOffered',
    args: { rewardEpochId: 1 },
  }),
  data: encodeAbiParameters(
    [
      { type: 'bytes' },
      { type: 'bytes' },
      { type: 'uint256' },
      { type: 'uint16' },
      { type: 'uint24' },
      { type: 'bytes' },
      { type: 'uint16' },
    ],
    [feedIds, '0x02', 1n, 1, 1, '0x01', 1],
  ),
})

type Offer = ReturnType<typeof anOffer>

/** A node that has these logs, and gives them for spans of so many blocks. */
class LogNode {
  logs: readonly Offer[]
  isAway = false
  mostBlocks = 1_000_000
  readonly spans: number[] = []

  constructor(logs: readonly Offer[]) {
    this.logs = logs
  }

  port(): Node {
    const getBlock = async ({ blockNumber }: { blockNumber?: bigint }) => {
      if (this.isAway) throw new Error('away')
      const number = blockNumber ?? 10_000_000n
      return { number, timestamp: BigInt(genesisSec) + number }
    }
    const request = async ({ params }: { params: { fromBlock: Hex; toBlock: Hex }[] }) => {
      const [from, to] = [Number(params[0]?.fromBlock), Number(params[0]?.toBlock)]
      this.spans.push(to - from + 1)
      if (this.isAway || to - from >= this.mostBlocks) throw new Error('too many')
      return this.logs.filter(({ blockNumber: at }) => Number(at) >= from && Number(at) <= to)
    }
    // As much of a node as is asked.
    return { url: 'http://node.test', getBlock, request } as unknown as Node
  }
}

function aWatch(nodes: readonly LogNode[]) {
  const log: unknown[] = []
  const ports = nodes.map((node) => node.port())
  const watch = epochWatch({
    nodes: nodesOf(ports, patienceMs),
    network,
    events: observations.chainEvents,
    log: (event) => void log.push(event),
  })
  const known = () =>
    observations.chainEvents.all().map((event) => ('feedIds' in event ? event.feedIds : event.kind))
  return { refresh: (number: number) => watch.refresh(head(number), [speaker]), watch, known, log }
}

const right = anOffer(500, '0x01')
const wrong = anOffer(500, '0x02')

describe('events of reward epochs', () => {
  test.each([
    { lie: 'altered', told: [wrong] },
    { lie: 'left out', told: [] },
    { lie: 'invented', told: [right, anOffer(501, '0x03')] },
  ])('that one of two nodes has $lie are not kept, and the search says so', async ({ told }) => {
    const { refresh, watch, known, log } = aWatch([new LogNode(told), new LogNode([right])])
    await expect(refresh(600)).rejects.toMatchObject({ code: 'events-differ' })
    expect(known()).toEqual([])
    expect(() => watch.eventsFor(7)).toThrow(expect.objectContaining({ code: 'search-outdated' }))
    expect(log).toMatchObject([{ event: 'epoch-events-contradicted' }])
  })

  test('are those that two of three nodes tell', async () => {
    const nodes = [new LogNode([wrong]), new LogNode([right]), new LogNode([right])]
    const { refresh, known, log } = aWatch(nodes)
    await refresh(600)
    expect([known(), log]).toEqual([['0x01'], []])
  })

  test('are those of one alone while the others are silent, and forgotten if two tell otherwise', async () => {
    const nodes = [new LogNode([wrong]), new LogNode([right]), new LogNode([right])] as const
    for (const node of nodes.slice(1)) node.isAway = true
    const { refresh, known } = aWatch(nodes)
    await refresh(600)
    expect(known()).toEqual(['0x02'])
    for (const node of nodes.slice(1)) node.isAway = false
    await refresh(610)
    expect(known()).toEqual(['0x01'])
    // Also one that nobody else knows of.
    observations.chainEvents.add(
      [{ kind: 'epoch-started', blockNumber: 590, logIndex: 3, rewardEpochId: 9, timestampSec: 1 }],
      observations.chainEvents.searched() ?? { fromBlock: 0, toBlock: 0 },
    )
    await refresh(620)
    expect(known()).toEqual(['0x01'])
  })

  test('of the last blocks are asked about in spans that a public node takes too', async () => {
    const [wide, narrow] = [new LogNode([right]), new LogNode([right])] as const
    narrow.mostBlocks = 30
    const { refresh, known } = aWatch([wide, narrow])
    await refresh(5_000)
    expect(known()).toEqual(['0x01'])
    wide.spans.splice(0)
    await refresh(5_100)
    expect(Math.max(...wide.spans)).toBe(30)
    narrow.logs = [right, anOffer(5_120, '0x04')]
    await expect(refresh(5_150)).rejects.toMatchObject({ code: 'events-differ' })
  })

  test('of the only node are believed', async () => {
    const { refresh, known } = aWatch([new LogNode([wrong])])
    await refresh(600)
    expect(known()).toEqual(['0x02'])
  })
})

test.each([
  { told: [], members: 2, kind: 'split' },
  { told: [1], members: 1, kind: 'agreed' },
  { told: [1], members: 2, kind: 'alone' },
  { told: [1, 1], members: 3, kind: 'agreed' },
  { told: [1, 2], members: 2, kind: 'split' },
  { told: [1, 2, 1], members: 3, kind: 'agreed' },
  { told: [1, 2, 1, 2], members: 4, kind: 'split' },
])('of $members nodes the answers $told are $kind', ({ told, members, kind }) => {
  expect(agreedAmong(told, members).kind).toBe(kind)
})
