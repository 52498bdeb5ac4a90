/** Which mishaps are spared, since nobody could go on through them. */

import { describe, expect, test } from 'vitest'
import { bringAbout, type Stage } from '../../soak/mishaps.ts'
import type { Mishap } from '../../soak/plan.ts'

/** A stage whose second host, and second node, may be gone; it writes down what it is ordered. */
function aStage({ isHostAway = false, isNodeDown = false } = {}) {
  const orders: string[] = []
  const host = (name: string, isAway: boolean) => ({
    isAway: () => isAway,
    outage: () => void orders.push(`${name} outage`),
    stall: () => void orders.push(`${name} stall`),
    wake: () => undefined,
  })
  const door = (name: string, isDown: boolean) => ({
    isDown: () => isDown,
    order: (order: object) => void orders.push(`${name} ${Object.keys(order).join()}`),
    lie: (lie: string) => void orders.push(`${name} ${lie}`),
  })
  const stage = {
    hosts: [host('one', false), host('two', isHostAway)],
    doors: [door('first', false), door('second', isNodeDown)],
    executioner: { order: () => undefined },
    roundMs: 15_000,
  }
  // As much of a stage as these mishaps touch.
  return { stage: stage as unknown as Stage, orders }
}

type Brought = Exclude<Mishap, { kind: 'kill' }>

const ofNodes: readonly { readonly mishap: Brought; readonly order: string }[] = [
  { mishap: { kind: 'rpc-hangs', doors: [0] }, order: 'first delayMs' },
  { mishap: { kind: 'rpc-lies', doors: [0], lie: 'early-head' }, order: 'first early-head' },
  { mishap: { kind: 'rpc-node-down', doors: [0], forMs: 9_000 }, order: 'first downForMs' },
]

describe.each(ofNodes)('$mishap.kind', ({ mishap, order }) => {
  test('comes about beside a node that answers', async () => {
    const { stage, orders } = aStage()
    expect(await bringAbout(stage, mishap)).toBe(true)
    expect(orders).toEqual([order])
  })

  test('is spared beside one that is gone: nobody would be left to tell the truth', async () => {
    const { stage, orders } = aStage({ isNodeDown: true })
    expect(await bringAbout(stage, mishap)).toBe(false)
    expect(orders).toEqual([])
  })
})

test('the node that is gone itself may be given more of it', async () => {
  const { stage, orders } = aStage({ isNodeDown: true })
  expect(await bringAbout(stage, { kind: 'rpc-node-down', doors: [1], forMs: 9_000 })).toBe(true)
  expect(orders).toEqual(['second downForMs'])
})

test.each([
  { kind: 'outage', host: 0, forMs: 9_000 },
  { kind: 'stalled', host: 0, forMs: 1 },
] as const)('$kind is spared where the other host is gone', async (mishap) => {
  const gone = aStage({ isHostAway: true })
  expect(await bringAbout(gone.stage, mishap)).toBe(false)
  expect(gone.orders).toEqual([])
  const there = aStage()
  expect(await bringAbout(there.stage, mishap)).toBe(true)
  expect(there.orders).toHaveLength(1)
})
