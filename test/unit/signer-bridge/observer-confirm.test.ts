/** Whom the confirmer asks, for how much at a time, and what it makes of words that differ. */

import { beforeEach, describe, expect, test } from 'vitest'
import type { Batch } from '../../../signer-bridge/chain/batch.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openObservations } from '../../../signer-bridge/observations/observations.ts'
import { confirmerOf } from '../../../signer-bridge/observer/confirm.ts'
import { readBlocks } from '../../../signer-bridge/observer/full-blocks.ts'
import { verdictOn } from '../../../signer-bridge/observer/verdict.ts'
import type { FullBlock } from '../../../src/protocol/raw-submissions.ts'
import { batchTo, BlockNode, chained, type ModelRoot } from '../../support/block-nodes.ts'

const relay = `0x${'5a'.repeat(20)}` as const
const all = { fromMs: 0, sinceMs: 0 }
const hangsMs = 4_000

/** A transaction that nobody has signed: another node has to say what it says. */
const aDoubt = (transactionIndex: number): FullBlock['transactions'][number] => ({
  from: `0x${'01'.repeat(20)}`,
  to: relay,
  input: '0x',
  transactionIndex,
})

const someBlocks = (count: number, doubts = 0): FullBlock[] =>
  Array.from({ length: count }, (_, number) => ({
    number,
    timestampSec: 100 + number,
    transactions: Array.from({ length: doubts }, (_each, place) => aDoubt(place)),
  }))

const aRoot = (blockNumber: number, differing: Partial<ModelRoot> = {}): ModelRoot => ({
  relay,
  blockNumber,
  protocolId: 100,
  votingRoundId: 7,
  merkleRoot: `0x${'77'.repeat(32)}`,
  ...differing,
})

let observations: ReturnType<typeof openObservations>
beforeEach(() => {
  observations = openObservations(inMemory, { chainId: 14 })
})

/** Nodes of these names, of which the first was read from. */
async function aWorld(names: readonly string[], blocks: readonly FullBlock[]) {
  const nodes = names.map((name) => new BlockNode(name, chained(blocks)))
  const log: Record<string, unknown>[] = []
  const asked: string[] = []
  const hanging = new Set<string>()
  let nowMs = 0
  const batch: Batch = async (node, calls, mostBytes) => {
    const name = new URL(node.url).hostname.split('.')[0] ?? ''
    asked.push(name)
    if (hanging.has(name)) {
      nowMs += hangsMs
      throw new Error('It hangs.')
    }
    return batchTo(nodes)(node, calls, mostBytes)
  }
  const confirmer = confirmerOf({
    nodes: nodes.map((node) => node.port()),
    batch,
    blocks: observations.blocks,
    book: observations.confirmations,
    steadyMs: () => nowMs,
    log: (event) => void log.push(event),
  })
  const { confirmations: book, blocks: kept } = observations
  return {
    nodes,
    asked,
    hanging,
    confirmer,
    log,
    pass: (ms: number) => {
      nowMs += ms
    },
    /** Reads all blocks from the first node. */
    read: async () => {
      const [node] = nodes
      if (node === undefined) throw new Error('There is a node.')
      const read = await readBlocks(
        batchTo(nodes),
        node,
        { fromBlock: 0, toBlock: blocks.length - 1, latestSec: 10_000, relays: [relay] },
        { chainId: 14 },
      )
      if (read !== undefined) kept.append(read)
      asked.splice(0)
    },
    /** Asks so often, a second apart. @returns The blocks that are left. */
    advance: async (times: number) => {
      for (let i = 0; i < times; i += 1) {
        await confirmer.advance(all)
        nowMs += 1_000
      }
      return book.pendingFrom(0, 1_000).map(({ number }) => number)
    },
    disputed: () => confirmer.contradicted().map(({ number }) => number),
  }
}

test('what is urgent and what went before are asked about by turns, urgent first', async () => {
  const { confirmer, read, advance } = await aWorld(['one', 'two'], someBlocks(150))
  await read()
  const span = { fromMs: 160_000, sinceMs: 0 }
  await confirmer.advance(span)
  const [oldest, left] = [0, 150 - 30]
  const first = await advance(0)
  expect(first).toHaveLength(left)
  expect(first).toContain(oldest)
  // Ninety are urgent: sixty still are.
  await confirmer.advance(span)
  const second = await advance(0)
  expect(second).toHaveLength(left - 30)
  expect(second).not.toContain(oldest)
})

/** Another stamp of one block. */
const lyingOf = (blockNumber: number) => (answers: unknown[]) =>
  structuredClone(answers).map((answer) => {
    // As `rpcBlock` made it.
    const block = answer as { number?: string; timestamp: string } | null
    if (block?.number === `0x${blockNumber.toString(16)}`) block.timestamp = '0x1'
    return block
  })

describe('how much is asked at a time', () => {
  test.each([2, 8, 31])('is as much as a node takes that allows %i calls', async (mostCalls) => {
    const world = await aWorld(['one', 'two'], someBlocks(70))
    await world.read()
    for (const node of world.nodes) node.mostCalls = mostCalls
    expect(await world.advance(160)).toEqual([])
  })

  test.each([1, 12, 40])('counts doubtful transactions too: %i in each block', async (doubts) => {
    const world = await aWorld(['one', 'two'], someBlocks(20, doubts))
    await world.read()
    for (const node of world.nodes) node.mostCalls = 5
    expect(await world.advance(60)).toEqual([])
  })

  test('grows again, so that a node which was down for a while is not asked for little for ever', async () => {
    const world = await aWorld(['one', 'two'], someBlocks(2_000))
    await world.read()
    const [, two] = world.nodes
    if (two === undefined) throw new Error('There are two.')
    two.isMute = true
    await world.advance(30)
    two.isMute = false
    two.outlined.splice(0)
    await world.advance(45)
    const lengths = two.outlined.map((range) => {
      const [from, to] = range.split('-').map(Number)
      return (to ?? 0) - (from ?? 0) + 1
    })
    expect([lengths[0], Math.max(...lengths)]).toEqual([1, 30])
  })
})

describe('who is asked', () => {
  test('is who answered last, and not one that hangs, though it is named first', async () => {
    const world = await aWorld(['one', 'two', 'three'], someBlocks(200))
    await world.read()
    world.hanging.add('two')
    await world.advance(5)
    expect(world.asked).toEqual(['two', 'three', 'three', 'three', 'three', 'three'])
  })

  test('is nobody for some seconds who refuses the least: ever longer, eight at the most', async () => {
    const world = await aWorld(['one', 'two'], someBlocks(50))
    await world.read()
    const [, two] = world.nodes
    if (two === undefined) throw new Error('There are two.')
    two.mostCalls = 0
    const asked: boolean[] = []
    for (let second = 0; second < 32; second += 1) {
      const before = world.asked.length
      await world.advance(1)
      asked.push(world.asked.length > before)
    }
    // Four halvings lead to one block; then it is let rest.
    const seconds = asked.flatMap((was, second) => (was ? [second] : []))
    expect(seconds).toEqual([0, 1, 2, 3, 4, 5, 7, 11, 19, 27])
  })
})

describe('a word against another', () => {
  test('counts for ten seconds after it was said last, and then nobody contradicts anybody', async () => {
    const world = await aWorld(['one', 'two'], someBlocks(10))
    await world.read()
    const [, two] = world.nodes
    if (two === undefined) throw new Error('There are two.')
    two.distorts = lyingOf(5)
    expect(await world.advance(2)).toEqual([5])
    expect(world.disputed()).toEqual([5])
    two.isMute = true
    await world.advance(9)
    expect(world.disputed()).toEqual([5])
    const told = world.log.filter(({ event }) => event === 'blocks-contradicted')
    const hosts = ['one.test', 'two.test']
    expect(told).toEqual([
      { event: 'blocks-contradicted', block_number: 5, verdict: 'open', hosts },
    ])
    await world.advance(3)
    expect(world.disputed()).toEqual([])
    // And it counts anew when it is said again.
    two.isMute = false
    world.pass(10_000)
    await world.advance(1)
    expect(world.disputed()).toEqual([5])
  })

  test('of the only one that still answers has the block read anew', async () => {
    const world = await aWorld(['one', 'two'], someBlocks(10))
    await world.read()
    const [one, two] = world.nodes
    if (one === undefined || two === undefined) throw new Error('There are two.')
    one.isMute = true
    two.distorts = lyingOf(5)
    await world.advance(5)
    expect([world.disputed(), observations.blocks.last()?.number]).toEqual([[5], 9])
    await world.advance(10)
    expect([world.disputed(), observations.blocks.last()?.number]).toEqual([[], 4])
  })

  test('holds up no other block', async () => {
    const world = await aWorld(['one', 'two'], someBlocks(40))
    await world.read()
    for (const node of world.nodes.slice(1)) node.distorts = lyingOf(0)
    expect(await world.advance(4)).toEqual([0])
    expect(world.disputed()).toEqual([0])
  })

  test('about a block that is too old to matter is forgotten', async () => {
    const world = await aWorld(['one', 'two'], someBlocks(10))
    await world.read()
    for (const node of world.nodes.slice(1)) node.distorts = lyingOf(5)
    await world.advance(1)
    expect(world.disputed()).toEqual([5])
    await world.confirmer.advance({ fromMs: 105_000, sinceMs: 105_000 })
    expect(world.disputed()).toEqual([5])
    await world.confirmer.advance({ fromMs: 105_001, sinceMs: 105_001 })
    expect(world.disputed()).toEqual([])
  })

  test.each([
    { read: 'a', words: [], verdict: 'awaited' },
    { read: 'a', words: ['a'], verdict: 'awaited' },
    { read: 'a', words: ['b'], verdict: 'awaited' },
    { read: 'a', words: ['a', 'b'], verdict: 'open' },
    { read: 'a', words: ['b', 'c'], verdict: 'open' },
    { read: 'a', words: ['a', 'a', 'b'], verdict: 'kept' },
    { read: 'a', words: ['b', 'a', 'b'], verdict: 'read-anew' },
    { read: 'a', words: ['a', 'a', 'b', 'b'], verdict: 'open' },
  ])('where $read was read and $words are said: $verdict', ({ read, words, verdict }) => {
    const hash = (digit: string) => `0x${digit.repeat(64)}` as const
    expect(verdictOn(hash(read), words.map(hash))).toBe(verdict)
  })

  test('is none where a node merely has no such transaction', async () => {
    const world = await aWorld(['one', 'two'], someBlocks(10, 1))
    await world.read()
    const [, two] = world.nodes
    if (two === undefined) throw new Error('There are two.')
    two.isForgetful = true
    expect(await world.advance(3)).toHaveLength(10)
    expect([world.disputed(), world.log]).toEqual([[], []])
    two.isForgetful = false
    expect(await world.advance(1)).toEqual([])
  })
})

describe('a root that was relayed', () => {
  test.each([
    { lie: 'invents one', told: [aRoot(5)], right: [] },
    { lie: 'hides one', told: [], right: [aRoot(5)] },
    { lie: 'alters one', told: [aRoot(5, { votingRoundId: 8 })], right: [aRoot(5)] },
  ])('is what most nodes tell, where the first one $lie', async ({ told, right }) => {
    const world = await aWorld(['one', 'two', 'three'], someBlocks(10))
    const [one, ...others] = world.nodes
    if (one === undefined) throw new Error('There are three.')
    one.roots = told
    for (const other of others) other.roots = right
    await world.read()
    expect(observations.blocks.confirmedFor(100, 7)).toBeUndefined()
    expect(await world.advance(2)).toEqual([])
    expect(observations.blocks.last()?.number).toBe(4)
    expect(world.log).toEqual([
      {
        event: 'blocks-contradicted',
        block_number: 5,
        verdict: 'read-anew',
        hosts: ['one.test'],
      },
    ])
    expect(world.confirmer.isAvoided(one)).toBe(true)
  })

  test('is believed once another node tells it too, and heard of before', async () => {
    const world = await aWorld(['one', 'two'], someBlocks(10))
    for (const node of world.nodes) node.roots = [aRoot(5)]
    await world.read()
    const { blocks } = observations
    expect([blocks.relayedFor(100, 7)?.blockNumber, blocks.confirmedFor(100, 7)]).toEqual([
      5,
      undefined,
    ])
    expect(await world.advance(1)).toEqual([])
    expect(blocks.confirmedFor(100, 7)).toEqual(blocks.relayedFor(100, 7))
  })

  test('is asked for as it was when the block was read, though another Relay is known since', async () => {
    const world = await aWorld(['one', 'two'], someBlocks(10))
    for (const node of world.nodes) node.roots = [aRoot(5, { relay: `0x${'6b'.repeat(20)}` })]
    await world.read()
    expect(await world.advance(1)).toEqual([])
  })
})
