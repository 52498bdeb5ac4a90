/** Blocks that were read from one node, and what others say of them. */

import { beforeEach, describe, expect, test } from 'vitest'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openObservations } from '../../../signer-bridge/observations/observations.ts'
import { observerOf } from '../../../signer-bridge/observer/observe.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { submissionSelectors } from '../../../src/protocol/submission.ts'
import { batchTo, BlockNode, chained } from '../../support/block-nodes.ts'
import { eventsOf } from '../../support/epoch-events.ts'
import { naiveOracle } from '../../support/naive-oracle.ts'
import { simulatedRounds } from '../../support/simulated-rounds.ts'

const network = networks.flare
const relay = `0x${'5a'.repeat(20)}` as const
const { genesisSec } = network.schedule
/** Who votes how is no matter here; four of a kind, since three of the honest have no weight. */
const world = simulatedRounds({ mostOfKind: 4 })
const startSec = (round: number) => genesisSec + 90 * round
const blocks = chained(world.blocks)
const events = world.epochs.flatMap(eventsOf)
const oracle = naiveOracle({ genesisSec, blocks: world.blocks, epochs: world.epochs })
const round = world.lastRound - 2
const firstAt = (sec: number) => blocks.findIndex(({ timestampSec }) => timestampSec >= sec)
/** The block that first shows the round to be over. */
const proof = firstAt(startSec(round + 1) + 45)

type Told = { number: string; transactions: { to: string; input: string }[] }

const isReveal = ({ to, input }: { readonly to: string | null; readonly input: string }) =>
  to?.toLowerCase() === submissionAddress.toLowerCase() &&
  input.startsWith(submissionSelectors.submit2)

/** A block of the round's reveals. */
const revealing = blocks.findIndex(
  ({ timestampSec, transactions }) =>
    timestampSec >= startSec(round + 1) && transactions.some(isReveal),
)

let observations: ReturnType<typeof openObservations>
beforeEach(() => {
  observations = openObservations(inMemory, { chainId: 14 })
})

function nodesAt(height: number, names: readonly string[]): BlockNode[] {
  return names.map((name) => {
    const node = new BlockNode(name, blocks)
    node.height = height
    return node
  })
}

function anObserver(nodes: readonly BlockNode[]) {
  const log: Record<string, unknown>[] = []
  const observer = observerOf({
    network,
    nodes: nodes.map((node) => node.port()),
    chain: {
      head: async () => ({
        number: proof,
        timestampSec: blocks[proof]?.timestampSec ?? 0,
        baseFeeWei: 1n,
      }),
      relays: () => [relay],
      epochEventsFor: () => events,
      firstChainBoundRound: () => 7,
    },
    observations,
    batch: batchTo(nodes),
    pace: { pollMs: 500 },
    log: (event) => void log.push(event),
  })
  /** Reads and confirms until both come to rest. */
  const settle = async () => {
    for (let turn = 0; turn < 500; turn += 1) {
      const pauses = [await observer.advance(), await observer.confirm()]
      if (pauses.every((ms) => ms > 0)) return
    }
  }
  /** Reads, and nobody else is asked. */
  const read = async () => {
    for (let turn = 0; turn < 60; turn += 1) if ((await observer.advance()) > 0) return
  }
  const contradictions = () => log.filter(({ event }) => event === 'blocks-contradicted')
  return { observer, settle, read, log, contradictions }
}

/** Tells the revealing block in another way: the answers of full blocks, of outlines, of both. */
function lying(change: (block: Told) => void) {
  return (answers: unknown[]) =>
    structuredClone(answers).map((answer) => {
      // As `rpcBlock` made it.
      const block = answer as Told | null
      if (block?.number === `0x${revealing.toString(16)}`) change(block)
      return block
    })
}

const leaveOut = lying((block) => {
  block.transactions = block.transactions.filter((one) => !isReveal(one))
})

function expectRight(observer: ReturnType<typeof anObserver>['observer']): void {
  expect(observer.confirmationOf(round)).toBe('confirmed')
  expect(observer.outcomeOf(round)).toMatchObject({ tree: { root: oracle(round)?.root } })
}

describe('what nobody contradicts', () => {
  test('with one node nobody else is asked, and what it says stands', async () => {
    const nodes = nodesAt(proof, ['one'])
    const { observer, settle } = anObserver(nodes)
    await settle()
    expectRight(observer)
    expect(nodes.map(({ outlined }) => outlined)).toEqual([[]])
  })

  test('is awaited until the other node has said it, which is asked for no full block', async () => {
    const [one, two] = nodesAt(proof, ['one', 'two'])
    if (one === undefined || two === undefined) throw new Error('There are two.')
    const { observer, read, settle } = anObserver([one, two])
    await read()
    expect(observer.outcomeOf(round).kind).toBe('result')
    expect(observer.confirmationOf(round)).toBe('awaited')
    await settle()
    expectRight(observer)
    expect([one.outlined.length, two.diary.length]).toEqual([0, 0])
    // The round in question comes first, and what went before it later.
    expect(Number(two.outlined[0]?.split('-')[0])).toBeGreaterThan(firstAt(startSec(round - 3)))
    expect(two.outlined.length).toBeGreaterThan(1)
  })

  test('is awaited while what went before is unconfirmed, for whoever cheated then is benched', async () => {
    const { observer, read, settle } = anObserver(nodesAt(proof, ['one', 'two']))
    await read()
    const span = {
      fromMs: startSec(round) * 1_000,
      beforeMs: (startSec(round + 1) + 45) * 1_000,
    }
    for (let turn = 0; !observations.confirmations.isConfirmed(span); turn += 1) {
      expect(turn).toBeLessThan(500)
      await observer.confirm()
    }
    expect(observer.confirmationOf(round)).toBe('awaited')
    await settle()
    expect(observer.confirmationOf(round)).toBe('confirmed')
  })

  test('is awaited as long as the other node is one block short of showing the round to be over', async () => {
    const [one, two] = nodesAt(proof, ['one', 'two'])
    if (one === undefined || two === undefined) throw new Error('There are two.')
    two.height = proof - 1
    const { observer, settle, contradictions } = anObserver([one, two])
    await settle()
    expect(observer.confirmationOf(round)).toBe('awaited')
    two.height = proof
    await settle()
    expectRight(observer)
    expect(contradictions()).toEqual([])
  })

  test('is awaited while no other node answers, and said once', async () => {
    const [one, two] = nodesAt(proof, ['one', 'two'])
    if (one === undefined || two === undefined) throw new Error('There are two.')
    two.isMute = true
    const { observer, settle, log } = anObserver([one, two])
    await settle()
    await settle()
    expect(observer.confirmationOf(round)).toBe('awaited')
    const unanswered = log.filter(({ event }) => event === 'blocks-not-confirmed')
    expect(unanswered).toEqual([expect.objectContaining({ host: 'two.test' })])
  })

  test('is no final root before the other node has told of its block, but is heard of', async () => {
    const nodes = nodesAt(proof, ['one', 'two'])
    const merkleRoot = `0x${'77'.repeat(32)}` as const
    const told = { relay, blockNumber: proof, protocolId: 100, votingRoundId: round, merkleRoot }
    for (const node of nodes) node.roots = [told]
    const { observer, read, settle } = anObserver(nodes)
    await read()
    expect(observer.finalisationOf(100, round)).toBeUndefined()
    expect(observer.relayHeardOf(100, round)).toMatchObject({ merkleRoot })
    await settle()
    expect(observer.finalisationOf(100, round)).toMatchObject({ merkleRoot })

    // Where there is one node only, nobody can confirm anything.
    const alone = anObserver(nodes.slice(0, 1))
    expect(alone.observer.finalisationOf(100, round)).toMatchObject({ merkleRoot })
  })

  test('stays confirmed over a restart, and is not asked for again', async () => {
    await anObserver(nodesAt(proof, ['one', 'two'])).settle()
    const nodes = nodesAt(proof, ['one', 'two'])
    const { observer, settle } = anObserver(nodes)
    expect(observer.confirmationOf(round)).toBe('confirmed')
    await settle()
    expect(nodes.map(({ outlined }) => outlined)).toEqual([[], []])
  })

  test('what was read when there was one node only is read anew once there is another', async () => {
    await anObserver(nodesAt(proof, ['one'])).settle()
    const { observer, settle } = anObserver(nodesAt(proof, ['one', 'two']))
    expect(observer.confirmationOf(round)).toBe('awaited')
    await settle()
    expectRight(observer)
  })
})

describe('a node that lies', () => {
  const lies: [string, (answers: unknown[]) => unknown[]][] = [
    ['leaves out a reveal', leaveOut],
    [
      'alters what a reveal says and not its hash',
      lying((block) => {
        const one = block.transactions.find(isReveal)
        if (one !== undefined) one.input = `${one.input.slice(0, -8)}00000000`
      }),
    ],
    [
      'hides to whom a reveal goes',
      lying((block) => {
        const one = block.transactions.find(isReveal)
        if (one !== undefined) one.to = `0x${'ab'.repeat(20)}`
      }),
    ],
  ]

  test.each(lies)(
    'and %s is contradicted: nothing is signed while nobody else says',
    async (_, lie) => {
      const [one, two] = nodesAt(proof, ['one', 'two'])
      if (one === undefined || two === undefined) throw new Error('There are two.')
      one.distorts = lie
      const { observer, settle, contradictions } = anObserver([one, two])
      await settle()
      expect(observer.confirmationOf(round)).toBe('contradicted')
      expect(contradictions()).toEqual([
        {
          event: 'blocks-contradicted',
          block_number: revealing,
          verdict: 'open',
          hosts: ['one.test', 'two.test'],
        },
      ])
    },
  )

  test.each(lies)('and %s is outvoted by two others, and not read from again', async (_, lie) => {
    const [one, two, three] = nodesAt(proof, ['one', 'two', 'three'])
    if (one === undefined || two === undefined || three === undefined) throw new Error('Three.')
    one.distorts = lie
    const { observer, settle, contradictions } = anObserver([one, two, three])
    await settle()
    expectRight(observer)
    expect(contradictions()).toEqual([
      expect.objectContaining({ verdict: 'read-anew', hosts: ['one.test'] }),
    ])
    expect(two.diary.length).toBeGreaterThan(0)
  })

  test('about what another has read rightly changes nothing', async () => {
    const [one, two, three] = nodesAt(proof, ['one', 'two', 'three'])
    if (one === undefined || two === undefined || three === undefined) throw new Error('Three.')
    two.distorts = leaveOut
    const { observer, settle, contradictions } = anObserver([one, two, three])
    await settle()
    expectRight(observer)
    expect(contradictions()).toEqual([
      expect.objectContaining({ verdict: 'kept', hosts: ['two.test'] }),
    ])
    expect([two.diary, three.diary]).toEqual([[], []])
  })

  test('and comes to its senses has its blocks read anew', async () => {
    const [one, two] = nodesAt(proof, ['one', 'two'])
    if (one === undefined || two === undefined) throw new Error('There are two.')
    one.distorts = leaveOut
    const { observer, settle } = anObserver([one, two])
    await settle()
    one.distorts = (answers) => answers
    await settle()
    expectRight(observer)
    expect(two.diary.length).toBeGreaterThan(0)
  })

  test('about an earlier round puts the later one in doubt, for whoever cheated is benched', async () => {
    const nodes = nodesAt(proof, ['one', 'two'])
    const [one, two] = nodes
    if (one === undefined || two === undefined) throw new Error('There are two.')
    const early = firstAt(startSec(round - 10))
    two.distorts = (answers) =>
      structuredClone(answers).map((answer) => {
        // As `rpcBlock` made it.
        const block = answer as { number: string; timestamp: string } | null
        if (block?.number === `0x${early.toString(16)}`) block.timestamp = '0x1'
        return block
      })
    const { observer, settle } = anObserver(nodes)
    await settle()
    expect(observer.confirmationOf(round)).toBe('contradicted')
    expect(observer.confirmationOf(round - 12)).toBe('confirmed')
  })

  test('is found out while it is read from: what follows is no gap', async () => {
    const [one, two] = nodesAt(proof, ['one', 'two'])
    if (one === undefined || two === undefined) throw new Error('There are two.')
    const { observer, read, settle } = anObserver([one, two])
    const middle = firstAt(startSec(round - 8))
    let isCut = false
    one.distorts = (answers) => {
      const last = observations.blocks.last()
      if (!isCut && last !== undefined && last.number > middle) {
        isCut = true
        observations.blocks.cut(middle)
      }
      return answers
    }
    await read()
    expect(isCut).toBe(true)
    await settle()
    expectRight(observer)
    const stretch = observer.stretch()
    const read1 = one.diary.map((range) => Number(range.split('-')[0]))
    expect(read1).toContain(middle)
    expect(stretch?.toBlock).toBe(proof)
  })
})
