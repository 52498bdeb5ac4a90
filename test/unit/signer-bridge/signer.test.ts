import { keccak256, parseSignature, parseTransaction, recoverTransactionAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import { type Call, signCall, type Signer } from '../../../signer-bridge/signer.ts'

const account = privateKeyToAccount(keccak256('0x01'))
const call: Call = {
  chainId: 31_337,
  nonce: 0,
  calldata: '0x6c532fae00',
  fees: { maxFeePerGas: 3_000n, maxPriorityFeePerGas: 1_000n },
}

test('signs a type-2 transaction to Submission, without value, and nothing else', async () => {
  const { raw, txHash, signature } = await signCall(account, account.address, call)
  // It is what was just made.
  expect(parseTransaction(raw as `0x02${string}`)).toEqual({
    type: 'eip1559',
    chainId: 31_337,
    nonce: 0,
    to: '0x2ca6571daa15ce734bbd0bf27d5c9d16787fc33f',
    data: '0x6c532fae00',
    gas: 100_000n,
    maxFeePerGas: 3_000n,
    maxPriorityFeePerGas: 1_000n,
    ...parsedSignature(signature),
  })
  expect(txHash).toBe(keccak256(raw))
  const serializedTransaction = raw as `0x02${string}`
  expect(await recoverTransactionAddress({ serializedTransaction })).toBe(account.address)
})

test('the same call signed again is the same transaction', async () => {
  const first = await signCall(account, account.address, { ...call, nonce: 7 })
  expect(await signCall(account, account.address, { ...call, nonce: 7 })).toEqual(first)
})

test('what another key has signed is thrown away', async () => {
  const other = privateKeyToAccount(keccak256('0x02'))
  await expect(signCall(other, account.address, call)).rejects.toMatchObject({
    code: 'signer-differs',
  })
})

test.each([
  { name: 'another nonce', change: { nonce: 1 } },
  { name: 'another chain', change: { chainId: 14 } },
  { name: 'value', change: { value: 1n } },
  { name: 'other calldata', change: { data: '0x6c532fae01' as const } },
  { name: 'another recipient', change: { to: account.address } },
  { name: 'higher fees', change: { maxFeePerGas: 3_001n } },
  { name: 'more gas', change: { gas: 100_001n } },
  {
    name: 'an access list',
    change: { accessList: [{ address: account.address, storageKeys: [] }] },
  },
])('a signer that signs $name instead is refused', async ({ change }) => {
  const forger: Signer = {
    address: account.address,
    // The type of a transaction depends on its fields, which are all of type 2 here.
    signTransaction: (transaction) =>
      account.signTransaction({ ...transaction, ...change } as Parameters<
        typeof account.signTransaction
      >[0]),
  }
  await expect(signCall(forger, account.address, call)).rejects.toMatchObject({
    code: 'transaction-differs',
  })
})

function parsedSignature(signature: `0x${string}`) {
  const { r, s, yParity } = parseSignature(signature)
  return { r, s, yParity, ...(yParity === 0 ? { v: 27n } : { v: 28n }) }
}
