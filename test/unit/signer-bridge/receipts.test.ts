/** A call that is taken to be on chain is sent no more: no node may say so alone where another differs. */

import { describe, expect, test } from 'vitest'
import { nodesOf } from '../../../signer-bridge/chain/nodes.ts'
import { receiptsOver } from '../../../signer-bridge/chain/receipts.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { aReceipt, hashOf, ToldChain, type ToldReceipt } from '../../support/told-chain.ts'

const { chainId, schedule } = networks.flare
const tx = hashOf('reveal')

/** Nodes of one chain that has come to block 120. @param roundSec A ninth of it is a long silence. */
function someNodes(count: number, roundSec = 90) {
  const models = Array.from({ length: count }, () => new ToldChain(chainId, schedule))
  const events: { readonly event: string }[] = []
  let steadyMs = 0
  const receiptsOf = receiptsOver({
    nodes: nodesOf(models.map((model) => model.port())),
    schedule: { roundSec },
    log: (event) => void events.push(event),
    steadyMs: () => steadyMs,
  })
  const model = (place: number) => {
    const found = models[place]
    if (found === undefined) throw new Error(`There is no node ${place}.`)
    return found
  }
  const after = (ms: number) => {
    steadyMs += ms
  }
  return { model, receiptsOf, events, after }
}

test('a receipt that two nodes show is believed at once', async () => {
  const { model, receiptsOf, events } = someNodes(3)
  for (const place of [0, 1]) model(place).include(tx)
  expect(await receiptsOf([tx, hashOf('other')])).toEqual([
    {
      txHash: tx,
      blockNumber: 100,
      timestampSec: schedule.genesisSec + 100,
      gasUsed: 30_000,
      feeWei: 210_000n,
      hasReverted: false,
    },
  ])
  expect(events).toEqual([])
})

test('the word of the only node stands', async () => {
  const { model, receiptsOf } = someNodes(1)
  model(0).receipts.set(tx, aReceipt())
  expect(await receiptsOf([tx])).toHaveLength(1)
})

describe('a receipt that one node invents', () => {
  test('is not believed against one that has the block without it, however long', async () => {
    const { model, receiptsOf, after } = someNodes(2)
    model(0).receipts.set(tx, aReceipt())
    for (let sec = 0; sec < 60; sec += 1) {
      after(1_000)
      model(1).height += 1
      expect(await receiptsOf([tx])).toEqual([])
    }
  })

  test('is told once a round', async () => {
    const { model, receiptsOf, events, after } = someNodes(2)
    model(0).receipts.set(tx, aReceipt())
    for (let sec = 0; sec < 100; sec += 1) {
      await receiptsOf([tx])
      after(1_000)
    }
    const event = 'receipt-contradicted'
    const told = { event, tx_hash: tx, block_number: 100, denials: 1 }
    expect(events).toEqual([told, told])
  })

  test.each([
    { name: 'far above all others', blockNumber: 1_000_000n },
    { name: 'just to come', blockNumber: 130n },
  ])('in a block $name is not believed, then or later', async ({ blockNumber }) => {
    const { model, receiptsOf, events, after } = someNodes(2)
    model(0).height = 2_000_000
    model(0).stampOf = (number) => schedule.genesisSec + Math.min(number, 125)
    model(0).receipts.set(tx, aReceipt({ blockNumber }))
    for (let sec = 0; sec < 60; sec += 1) {
      after(1_000)
      model(1).height += 1
      expect(await receiptsOf([tx])).toEqual([])
    }
    expect(events).toContainEqual(expect.objectContaining({ event: 'receipt-contradicted' }))
  })

  test('is not believed while two of three deny it, nor at the last look', async () => {
    const { model, receiptsOf } = someNodes(3)
    model(2).receipts.set(tx, aReceipt())
    expect(await receiptsOf([tx])).toEqual([])
    expect(await receiptsOf([tx], { isLast: true })).toEqual([])
  })
})

describe('a true receipt is believed', () => {
  test('once the node that was behind has come to its block', async () => {
    const { model, receiptsOf } = someNodes(2)
    model(0).include(tx)
    model(1).height = 99
    expect(await receiptsOf([tx])).toEqual([])
    model(1).height = 101
    model(1).blocks.set(100, [tx])
    expect(await receiptsOf([tx])).toHaveLength(1)
  })

  test('beside a node that knows no receipts and has the block with it', async () => {
    const { model, receiptsOf, events } = someNodes(2)
    model(0).include(tx)
    model(1).blocks.set(100, [tx])
    expect(await receiptsOf([tx])).toHaveLength(1)
    expect(events).toEqual([])
  })

  test('beside a node that has stood still for a ninth of a round, from then on', async () => {
    const { model, receiptsOf, after } = someNodes(2)
    model(0).include(tx)
    model(1).height = 50
    expect(await receiptsOf([tx])).toEqual([])
    after(9_000)
    expect(await receiptsOf([tx])).toEqual([])
    after(1_000)
    expect(await receiptsOf([tx])).toHaveLength(1)
  })

  test('beside a node that is away, once its silence has been long', async () => {
    const { model, receiptsOf } = someNodes(2, 1)
    model(0).include(tx)
    model(1).isAway = true
    expect(await receiptsOf([tx])).toEqual([])
    await expect.poll(() => receiptsOf([tx]), { timeout: 5_000 }).toHaveLength(1)
  })

  test('against a denial at the last look, when nothing can be sent any more', async () => {
    const { model, receiptsOf, events } = someNodes(2)
    model(0).include(tx)
    expect(await receiptsOf([tx])).toEqual([])
    expect(await receiptsOf([tx], { isLast: true })).toHaveLength(1)
    expect(events.map(({ event }) => event)).toEqual(['receipt-contradicted'])
  })
})

test('two nodes that differ on its place: it is on chain, and both places are told', async () => {
  const { model, receiptsOf } = someNodes(2)
  model(0).include(tx)
  model(1).receipts.set(tx, aReceipt({ blockNumber: 90n }))
  const found = await receiptsOf([tx])
  expect(found.map(({ blockNumber }) => blockNumber).toSorted((a, b) => a - b)).toEqual([90, 100])
})

describe('a node that tells figures which cannot be has told nothing', () => {
  const odd: readonly (readonly [string, Partial<Record<keyof ToldReceipt, unknown>>])[] = [
    ['gas below zero', { gasUsed: -1n }],
    ['more gas than a number holds', { gasUsed: 2n ** 60n }],
    ['a price below zero', { effectiveGasPrice: -7n }],
    ['an absurd price', { effectiveGasPrice: 10n ** 40n }],
    ['no price', { effectiveGasPrice: null }],
    ['no gas', { gasUsed: null }],
    ['a block that is no number', { blockNumber: null }],
    ['a block above what a number holds', { blockNumber: 2n ** 60n }],
  ]

  test.each(odd)('%s', async (_, figures) => {
    const { model, receiptsOf } = someNodes(3)
    // Nodes keep to no type.
    model(0).receipts.set(tx, { ...aReceipt(), ...figures } as ToldReceipt)
    for (const place of [1, 2]) model(place).include(tx)
    expect(await receiptsOf([tx])).toHaveLength(1)
    const alone = someNodes(1)
    alone.model(0).receipts.set(tx, { ...aReceipt(), ...figures } as ToldReceipt)
    await expect(alone.receiptsOf([tx])).rejects.toMatchObject({ code: 'chain-unreachable' })
  })

  test('one that cannot be takes none of its others away', async () => {
    const { model, receiptsOf } = someNodes(2)
    const early = hashOf('early')
    for (const place of [0, 1]) {
      model(place).include(early, aReceipt({ gasUsed: 90_000n }))
      model(place).include(tx)
    }
    const isPlausible = ({ gasUsed }: { readonly gasUsed: number }) => gasUsed <= 50_000
    const found = await receiptsOf([early, tx], { isPlausible })
    expect(found.map(({ txHash }) => txHash)).toEqual([tx])
  })

  test('a receipt that the transaction cannot have', async () => {
    const { model, receiptsOf } = someNodes(2)
    model(0).include(tx)
    model(1).include(tx, aReceipt({ gasUsed: 90_000n }))
    const isPlausible = ({ gasUsed }: { readonly gasUsed: number }) => gasUsed <= 50_000
    const found = await receiptsOf([tx], { isPlausible })
    expect(found.map(({ gasUsed }) => gasUsed)).toEqual([30_000])
  })
})
