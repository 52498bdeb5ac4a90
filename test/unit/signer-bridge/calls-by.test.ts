/** A node shows full blocks: what it says that we have said must bear our signature. */

import { type Hex, keccak256, parseTransaction, type TransactionSerializable } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { callsBy } from '../../../signer-bridge/chain/calls-by.ts'
import { type Node, nodesOf } from '../../../signer-bridge/chain/nodes.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'

const chainId = 14
const account = privateKeyToAccount(keccak256('0x02'))
const stranger = privateKeyToAccount(keccak256('0x03'))
const calldata = '0x6c532fae01'

const call = { nonce: 4, gas: 21_000n, to: submissionAddress, data: calldata } as const
const eip1559: TransactionSerializable = {
  ...call,
  type: 'eip1559',
  chainId,
  maxFeePerGas: 7n,
  maxPriorityFeePerGas: 3n,
}
const legacy: TransactionSerializable = { ...call, type: 'legacy', chainId, gasPrice: 7n }

/** A signed transaction as a node tells of it. */
async function told(transaction: TransactionSerializable, by = account) {
  const raw = await by.signTransaction(transaction)
  const { data, accessList, ...fields } = parseTransaction(raw)
  return {
    // The zero that RLP leaves out is said in JSON.
    value: 0n,
    ...fields,
    accessList: accessList ?? [],
    input: data ?? '0x',
    from: account.address,
    hash: keccak256(raw),
  }
}

/** A node whose blocks have these transactions, by their numbers, which are their stamps. */
function aNode(blocks: Readonly<Record<number, readonly unknown[]>>, delayMs = 0) {
  const node = {
    getBlockNumber: async () => 100n,
    getBlock: async ({ blockNumber }: { blockNumber: bigint }) => {
      if (delayMs > 0) await new Promise((wake) => void setTimeout(wake, delayMs).unref())
      return { timestamp: blockNumber, transactions: blocks[Number(blockNumber)] ?? [] }
    },
  }
  // As much of a node as is asked.
  return node as unknown as Node
}

async function foundBy(nodes: readonly Node[], patienceMs = 1_000) {
  const wanted = { chainId, addresses: [account.address] }
  return await callsBy(nodesOf(nodes), wanted, { fromSec: 90, untilSec: 101 }, patienceMs)
}

/** What is found in one block with this transaction in it. */
const foundIn = (transaction: unknown) => foundBy([aNode({ 95: [transaction] })])

test.each([
  { name: 'of type 2', transaction: eip1559 },
  { name: 'of the legacy type', transaction: legacy },
  { name: 'of the legacy type for any chain', transaction: { ...legacy, chainId: undefined } },
])('a transaction $name that the sender has signed is found', async ({ transaction }) => {
  const { hash } = await told(transaction)
  const sender = account.address.toLowerCase()
  expect(await foundIn(await told(transaction))).toEqual([
    { sender, txHash: hash, calldata, timestampSec: 95 },
  ])
})

test('and its hash is what it says, not what the node does', async () => {
  const { hash } = await told(eip1559)
  const [found] = await foundIn({ ...(await told(eip1559)), hash: keccak256('0xff') })
  expect(found?.txHash).toBe(hash)
})

const forged: { name: string; by?: typeof account; of?: TransactionSerializable; lie?: object }[] =
  [
    { name: 'signed by another', by: stranger },
    { name: 'a legacy one signed by another', by: stranger, of: legacy },
    { name: 'with other calldata', lie: { input: '0x6c532fae02' satisfies Hex } },
    { name: 'with a signature that is none', lie: { r: '0x01', s: '0x01' } },
    { name: 'without a signature', lie: { r: undefined, s: undefined } },
    { name: 'for another chain', of: { ...eip1559, chainId: 114 } },
    { name: 'a legacy one for another chain', of: { ...legacy, chainId: 114 } },
  ]
test.each(forged)('a transaction in our name is dropped: $name', async ({ by, of, lie }) => {
  expect(await foundIn({ ...(await told(of ?? eip1559, by)), ...lie })).toEqual([])
})

describe('of several nodes', () => {
  const hashesOf = (calls: readonly { readonly txHash: string }[]) =>
    calls.map(({ txHash }) => txHash)

  test('one that leaves a call out hides nothing, whoever answers first', async () => {
    const one = await told(eip1559)
    const shows = aNode({ 95: [one] }, 20)
    const omits = aNode({})
    for (const nodes of [
      [shows, omits],
      [omits, shows],
    ]) {
      expect(await foundBy(nodes)).toMatchObject([{ txHash: one.hash, isAlone: true }])
    }
  })

  test('what two show is one call, and neither is alone with it', async () => {
    const one = await told(eip1559)
    const nodes = [aNode({ 95: [one] }), aNode({ 95: [one] }), aNode({})]
    const [found, ...others] = await foundBy(nodes)
    expect(others).toEqual([])
    expect(found).not.toHaveProperty('isAlone')
    // Twice from the same node is once.
    expect(await foundBy([aNode({ 95: [one], 96: [one] }), aNode({})])).toMatchObject([
      { isAlone: true },
    ])
  })

  test('calls are in the order of their nonces, whatever blocks a node puts them in', async () => {
    const first = await told(eip1559)
    const second = await told({ ...eip1559, nonce: 5 })
    const third = await told({ ...eip1559, nonce: 6 })
    const honest = aNode({ 94: [first], 95: [second], 96: [third] })
    const lies = { 94: [third], 97: [first] }
    for (const nodes of [
      [honest, aNode(lies)],
      [honest, aNode(lies, 20)],
    ]) {
      expect(hashesOf(await foundBy(nodes))).toEqual([first, second, third].map(({ hash }) => hash))
    }
  })

  test('one that never answers holds up the others no longer than the patience', async () => {
    const one = await told(eip1559)
    const found = await foundBy([aNode({}, 3_600_000), aNode({ 95: [one] })], 50)
    expect(hashesOf(found)).toEqual([one.hash])
  })
})
