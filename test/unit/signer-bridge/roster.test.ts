/** Which nodes are of our chain: one that is not stops nothing, as long as another one is. */

import { describe, expect, test } from 'vitest'
import type { Node } from '../../../signer-bridge/chain/nodes.ts'
import { genesisAmong, reasonAgainst, rosterOf } from '../../../signer-bridge/chain/roster.ts'

const chainId = 14

/** What a node says of its chain; tests change it. */
type Model = { id?: number; genesis?: unknown; isAway?: boolean; hasNoFirst?: boolean }

function aNode(model: Model): Node {
  const port = {
    getChainId: async () => {
      if (model.isAway === true) throw new Error('connect ECONNREFUSED')
      return model.id ?? chainId
    },
    getBlock: async () => {
      if (model.hasNoFirst === true) throw new Error('pruned')
      return { hash: 'genesis' in model ? model.genesis : '0x01' }
    },
  }
  // As much of a node as is asked here.
  return port as unknown as Node
}

function aRoster(models: readonly Model[], genesisHash?: string, lastHash?: string) {
  const nodes = models.map(aNode)
  const events: unknown[] = []
  const log = (event: unknown) => void events.push(event)
  const roster = rosterOf({
    nodes,
    chainId,
    genesisHash,
    lastHash: () => lastHash,
    patienceMs: 200,
    log,
  })
  const asked = () => roster.members.map((node) => nodes.indexOf(node) + 1)
  return { roster, events, asked }
}

const differs = (says: RegExp) => ({
  code: 'chain-differs',
  message: expect.stringMatching(says),
})

describe('at the start', () => {
  test('nodes of the chain that was set are all asked', async () => {
    const { roster, asked, events } = aRoster([{}, {}])
    expect(await roster.settle()).toEqual({ genesisHash: '0x01', isSure: true })
    expect(asked()).toEqual([1, 2])
    expect(events).toEqual([])
  })

  test('one of another chain is set aside, and told by its place alone', async () => {
    const { roster, asked, events } = aRoster([{ id: 19 }, {}])
    await roster.settle()
    expect(asked()).toEqual([2])
    const reason = 'A node is of chain 19, the settings say 14.'
    expect(events).toEqual([{ event: 'node-set-aside', node: 1, of: 2, reason }])
  })

  test.each<[string, Model]>([
    ['says nonsense for an id', { id: Number.NaN }],
    ['is of another chain', { id: 114 }],
  ])('it is refused where every node that answers %s', async (_, model) => {
    const { roster } = aRoster([model, { isAway: true }])
    await expect(roster.settle()).rejects.toMatchObject(differs(/the settings say 14/))
  })

  test('without a bound journal nobody can say which of two first blocks is right', async () => {
    const { roster } = aRoster([{}, { genesis: '0x02' }])
    await expect(roster.settle()).rejects.toMatchObject(differs(/different first blocks/))
  })

  test('with a bound one the node that equals it is', async () => {
    const { roster, asked } = aRoster([{}, { genesis: '0x02' }], '0x02')
    expect(await roster.settle()).toEqual({ genesisHash: '0x02', isSure: true })
    expect(asked()).toEqual([2])
  })

  test('it is refused where none equals the bound one', async () => {
    const { roster } = aRoster([{}, {}], '0x02')
    await expect(roster.settle()).rejects.toMatchObject(differs(/another first block/))
  })

  test('a first block that one alone of several tells is not bound for ever', async () => {
    const { roster } = aRoster([{}, { isAway: true }])
    expect(await roster.settle()).toEqual({ genesisHash: '0x01', isSure: false })
    expect(await aRoster([{}]).roster.settle()).toMatchObject({ isSure: true })
  })

  test('one that one alone tells is bound where the other is of our chain and does not tell it', async () => {
    const { roster } = aRoster([{}, { hasNoFirst: true }])
    expect(await roster.settle()).toEqual({ genesisHash: '0x01', isSure: true })
    const beside = aRoster([{}, { hasNoFirst: true, id: 19 }])
    expect(await beside.roster.settle()).toEqual({ genesisHash: '0x01', isSure: false })
  })

  test('of three the two that agree are right', async () => {
    const { roster, asked } = aRoster([{ genesis: '0x02' }, {}, {}])
    expect(await roster.settle()).toEqual({ genesisHash: '0x01', isSure: true })
    expect(asked()).toEqual([2, 3])
    const { roster: split } = aRoster([{ genesis: '0x02' }, { genesis: '0x02' }, {}, {}])
    await expect(split.settle()).rejects.toMatchObject(differs(/different first blocks/))
  })

  describe('of the first block that was gone by last', () => {
    test('a node that does not tell its own is taken to be, which binds nothing', async () => {
      const { roster, asked } = aRoster([{ hasNoFirst: true }, { isAway: true }], undefined, '0x02')
      expect(await roster.settle()).toEqual({ genesisHash: '0x02', isSure: false })
      expect(asked()).toEqual([1, 2])
    })

    test('the one of two that differ which is of it is right, which binds nothing', async () => {
      const { roster, asked } = aRoster([{}, { genesis: '0x02' }], undefined, '0x02')
      expect(await roster.settle()).toEqual({ genesisHash: '0x02', isSure: false })
      expect(asked()).toEqual([2])
    })

    test('no node of another chain is', async () => {
      const { roster } = aRoster([{ id: 19, hasNoFirst: true }], undefined, '0x02')
      await expect(roster.settle()).rejects.toMatchObject(differs(/of chain 19/))
    })
  })

  test.each<[string, Model]>([
    ['does not have its first block', { hasNoFirst: true }],
    ['tells an object for a hash', { genesis: {} }],
    ['tells a hash of a megabyte', { genesis: `0x${'0'.repeat(1_000_000)}` }],
  ])('a node that %s is asked beside one that does', async (_, model) => {
    const { roster, asked } = aRoster([model, {}])
    expect(await roster.settle()).toMatchObject({ genesisHash: '0x01' })
    expect(asked()).toEqual([1, 2])
  })
})

describe('later', () => {
  test('a node that is right again is taken back, and one that turns is set aside', async () => {
    const [one, other]: Model[] = [{ id: 19 }, {}]
    const { roster, asked, events } = aRoster([one ?? {}, other ?? {}])
    await roster.settle()
    Object.assign(one ?? {}, { id: chainId })
    expect(await roster.watch()).toBe(60_000)
    expect(asked()).toEqual([1, 2])
    Object.assign(other ?? {}, { genesis: '0x02' })
    await roster.watch()
    await roster.watch()
    expect(asked()).toEqual([1])
    expect(events).toEqual([
      expect.objectContaining({ event: 'node-set-aside', node: 1 }),
      { event: 'node-taken-back', node: 1, of: 2 },
      expect.objectContaining({ event: 'node-set-aside', node: 2 }),
    ])
  })

  test('one that was away at the start is looked at soon', async () => {
    const late: Model = { isAway: true }
    const { roster, asked } = aRoster([{}, late])
    await roster.settle()
    expect(await roster.watch()).toBe(5_000)
    Object.assign(late, { isAway: false, id: 19 })
    expect(await roster.watch()).toBe(60_000)
    expect(asked()).toEqual([1])
  })

  test('one wrong answer sets nobody aside who was right before: it is asked again soon', async () => {
    const model: Model = {}
    const { roster, asked, events } = aRoster([model, {}])
    await roster.settle()
    for (const id of [19, chainId, 19]) {
      Object.assign(model, { id })
      expect(await roster.watch()).toBe(id === chainId ? 60_000 : 5_000)
      expect(asked()).toEqual([1, 2])
    }
    expect(events).toEqual([])
    expect(await roster.watch()).toBe(60_000)
    expect(asked()).toEqual([2])
  })

  test('who is set aside is looked at soon while the others are away', async () => {
    const [one, other]: [Model, Model] = [{ id: 19 }, {}]
    const { roster, asked } = aRoster([one, other])
    await roster.settle()
    expect(await roster.watch()).toBe(60_000)
    other.isAway = true
    expect(await roster.watch()).toBe(5_000)
    one.id = chainId
    expect(await roster.watch()).toBe(60_000)
    expect(asked()).toEqual([1, 2])
  })

  test('while all are of another chain they are looked at soon, and none is asked', async () => {
    const model: Model = {}
    const { roster, asked } = aRoster([model])
    await roster.settle()
    Object.assign(model, { id: 19 })
    await roster.watch()
    expect(await roster.watch()).toBe(5_000)
    expect(asked()).toEqual([])
    Object.assign(model, { id: chainId })
    expect(await roster.watch()).toBe(60_000)
    expect(asked()).toEqual([1])
  })
})

test('a node that does not tell its first block is judged by its id alone', () => {
  const ours = { chainId, genesisHash: '0x01' }
  expect(reasonAgainst({ id: chainId }, ours)).toBeUndefined()
  expect(reasonAgainst({ id: 15 }, ours)).toMatch(/is of chain 15/)
  const unreachable = expect.objectContaining({ code: 'chain-unreachable' })
  expect(() => genesisAmong([{ id: chainId }], { chainId })).toThrow(unreachable)
})
