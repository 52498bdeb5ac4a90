/** Transactions of a full block, as a node tells of them: which of them prove themselves. */

import {
  type Hex,
  keccak256,
  numberToHex,
  parseTransaction,
  type TransactionSerializable,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { doubtsIn, toldSchema } from '../../../signer-bridge/observer/proofs.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { submissionSelectors } from '../../../src/protocol/submission.ts'

const chainId = 14
const account = privateKeyToAccount(keccak256('0x02'))
const call = {
  nonce: 4,
  gas: 21_000n,
  to: submissionAddress,
  data: `${submissionSelectors.submit2}0102`,
} as const
const accessList = [{ address: submissionAddress, storageKeys: [] }] as const
const eip1559: TransactionSerializable = {
  ...call,
  type: 'eip1559',
  chainId,
  maxFeePerGas: 7n,
  maxPriorityFeePerGas: 3n,
}

const typeNumbers: Readonly<Record<string, Hex>> = {
  legacy: '0x0',
  eip2930: '0x1',
  eip1559: '0x2',
}

/** As JSON-RPC has it. */
async function told(transaction: TransactionSerializable, place = 0) {
  const raw = await account.signTransaction(transaction)
  const fields = parseTransaction(raw)
  const { type = 'legacy', data } = fields
  const hexed = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'bigint' || typeof value === 'number' ? numberToHex(value) : value,
    ]),
  )
  return {
    nonce: '0x0',
    value: '0x0',
    ...hexed,
    accessList: fields.accessList ?? [],
    // A type that was never signed for one chain says the parity alone.
    v: hexed['v'] ?? hexed['yParity'],
    type: typeNumbers[type],
    input: data ?? '0x',
    from: account.address,
    transactionIndex: numberToHex(place),
    hash: keccak256(raw),
  }
}

function doubtsAbout(...transactions: readonly unknown[]) {
  return doubtsIn([{ number: 9, told: transactions.map((one) => toldSchema.parse(one)) }], chainId)
}

test.each<[string, TransactionSerializable]>([
  ['of type 2', eip1559],
  ['of type 1', { ...call, type: 'eip2930', chainId, gasPrice: 7n, accessList }],
  ['of the legacy type', { ...call, type: 'legacy', chainId, gasPrice: 7n }],
  ['of the legacy type for any chain', { ...call, type: 'legacy', gasPrice: 7n }],
  ['to somebody else', { ...eip1559, to: account.address }],
])('a transaction %s proves itself', async (_, transaction) => {
  expect(await doubtsAbout(await told(transaction), await told(transaction, 1))).toEqual([])
})

describe('another node has to confirm', () => {
  const stranger = privateKeyToAccount(keccak256('0x03')).address

  test.each<[string, Record<string, unknown>]>([
    [
      'a call that says something else than its hash',
      { input: `${submissionSelectors.submit2}0103` },
    ],
    ['a call that is said to go elsewhere', { to: stranger }],
    ['a call that is said to be another’s', { from: stranger }],
    ['a transaction in another place', { transactionIndex: '0x1' }],
    ['a transaction of a kind that is not known', { type: '0x7f' }],
    ['a transaction whose fields are none', { nonce: 'many' }],
  ])('%s', async (_, change) => {
    const honest = await told(eip1559)
    const [doubt, ...more] = await doubtsAbout({ ...honest, ...change })
    expect(doubt).toMatchObject({ blockNumber: 9, txHash: honest.hash })
    expect(more).toEqual([])
  })

  test('in words that differ with all that a result depends on', async () => {
    const odd = { ...(await told(eip1559)), type: '0x7f' }
    const changes = [
      {},
      { from: stranger },
      { to: stranger },
      { input: '0x' },
      { transactionIndex: '0x1' },
    ]
    const words = await Promise.all(
      changes.map(async (change) => (await doubtsAbout({ ...odd, ...change }))[0]?.said),
    )
    expect(new Set(words).size).toBe(changes.length)
  })
})

test('whoever sends signatures is recovered from them, so that its sender proves nothing and need not', async () => {
  const signatures = { ...eip1559, data: `${submissionSelectors.submitSignatures}01` } as const
  expect(await doubtsAbout({ ...(await told(signatures)), from: submissionAddress })).toEqual([])
})
