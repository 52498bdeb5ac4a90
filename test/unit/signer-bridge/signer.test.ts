import {
  keccak256,
  numberToHex,
  parseSignature,
  parseTransaction,
  recoverTransactionAddress,
  serializeSignature,
  zeroHash,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import type { RoleKey, Signer } from '../../../signer-bridge/roles.ts'
import { type Call, signCall, signRoot } from '../../../signer-bridge/signer.ts'
import { messageDigest } from '../../../src/protocol/digests.ts'
import { encodeProtocolMessage } from '../../../src/protocol/protocol-message.ts'
import { canonicalSignature, recoverSigner } from '../../../src/protocol/signatures.ts'
import { submissionCalldata } from '../../../src/protocol/submission.ts'

const account = privateKeyToAccount(keccak256('0x01'))
const key: RoleKey = { role: 'submit', address: account.address, signer: account }
const commit = { protocolId: 100, votingRoundId: 7, payload: `0x${'ab'.repeat(32)}` } as const
const calldata = submissionCalldata('submit1', [commit])
const call: Call = {
  kind: 'submit1',
  votingRoundId: 7,
  chainId: 31_337,
  nonce: 0,
  calldata,
  gas: 50_000n,
  fees: { maxFeePerGas: 3_000n, maxPriorityFeePerGas: 1_000n },
  ceilingWei: 3_000n,
}

test('signs a type-2 transaction to Submission, without value, and nothing else', async () => {
  const { raw, txHash, signature } = await signCall(key, call)
  // It is what was just made.
  expect(parseTransaction(raw as `0x02${string}`)).toEqual({
    type: 'eip1559',
    chainId: 31_337,
    nonce: 0,
    to: '0x2ca6571daa15ce734bbd0bf27d5c9d16787fc33f',
    data: calldata,
    gas: 50_000n,
    maxFeePerGas: 3_000n,
    maxPriorityFeePerGas: 1_000n,
    ...parsedSignature(signature),
  })
  expect(txHash).toBe(keccak256(raw))
  const serializedTransaction = raw as `0x02${string}`
  expect(await recoverTransactionAddress({ serializedTransaction })).toBe(account.address)
})

test('the same call signed again is the same transaction', async () => {
  const first = await signCall(key, { ...call, nonce: 7 })
  expect(await signCall(key, { ...call, nonce: 7 })).toEqual(first)
})

test('what another key has signed is thrown away', async () => {
  const other = privateKeyToAccount(keccak256('0x02'))
  await expect(signCall({ ...key, signer: other }, call)).rejects.toMatchObject({
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
  { name: 'more gas', change: { gas: 50_001n } },
  {
    name: 'an access list',
    change: { accessList: [{ address: account.address, storageKeys: [] }] },
  },
])('a signer that signs $name instead is refused', async ({ change }) => {
  const forger: Signer = {
    ...account,
    // The type of a transaction depends on its fields, which are all of type 2 here.
    signTransaction: (transaction) =>
      account.signTransaction({ ...transaction, ...change } as Parameters<
        typeof account.signTransaction
      >[0]),
  }
  await expect(signCall({ ...key, signer: forger }, call)).rejects.toMatchObject({
    code: 'transaction-differs',
  })
})

function parsedSignature(signature: `0x${string}`) {
  const { r, s, yParity } = parseSignature(signature)
  return { r, s, yParity, ...(yParity === 0 ? { v: 27n } : { v: 28n }) }
}

describe('a root', () => {
  const policyKey: RoleKey = { ...key, role: 'signingPolicy' }
  const message = encodeProtocolMessage({
    protocolId: 100,
    votingRoundId: 7,
    isSecureRandom: true,
    merkleRoot: keccak256('0x07'),
  })

  test.each(['legacy', 'chain-bound'] as const)(
    'is signed as %s: canonical, over the digest of its 38 bytes',
    async (form) => {
      const signature = await signRoot(policyKey, { message, form, chainId: 14 })
      expect(canonicalSignature(signature)).toEqual(signature)
      const digest = messageDigest(form, message, 14)
      expect(await recoverSigner(digest, signature)).toBe(account.address.toLowerCase())
      // Deterministic: signing it again gives nothing new away.
      expect(await signRoot(policyKey, { message, form, chainId: 14 })).toEqual(signature)
    },
  )

  test('of a wallet that answers with a high s is made canonical', async () => {
    const flipped: Signer = {
      ...account,
      signMessage: async (asked) => {
        const { r, s, yParity } = parseSignature(await account.signMessage(asked))
        const high = numberToHex(curveOrder - BigInt(s), { size: 32 })
        return serializeSignature({ r, s: high, yParity: yParity === 0 ? 1 : 0 })
      },
    }
    const root = { message, form: 'legacy', chainId: 14 } as const
    const signature = await signRoot({ ...policyKey, signer: flipped }, root)
    expect(signature).toEqual(await signRoot(policyKey, root))
  })

  test('that another key has signed is thrown away', async () => {
    const other = { ...policyKey, signer: privateKeyToAccount(keccak256('0x02')) }
    const root = { message, form: 'legacy', chainId: 14 } as const
    await expect(signRoot(other, root)).rejects.toMatchObject({ code: 'signer-differs' })
  })

  test('has no other form: a bare hash is refused, and so is a key of another role', async () => {
    const root = { form: 'legacy', chainId: 14 } as const
    const bare = { ...root, message: keccak256('0x07') }
    await expect(signRoot(policyKey, bare)).rejects.toMatchObject({ code: 'malformed-payload' })
    await expect(signRoot(key, { ...root, message })).rejects.toMatchObject({
      code: 'call-refused',
    })
  })

  test.each([
    { name: 'whose root is zero', differing: { merkleRoot: zeroHash }, says: 'The root is zero.' },
    { name: 'of a protocol that is not spoken here', differing: { protocolId: 7 }, says: /7/ },
  ])('$name is refused before anything is signed', async ({ differing, says }) => {
    const said = { protocolId: 100, votingRoundId: 7, isSecureRandom: true }
    const merkleRoot = keccak256('0x07')
    const odd = encodeProtocolMessage({ ...said, merkleRoot, ...differing })
    const signer: Signer = { ...account, signMessage: () => Promise.reject(new Error('Asked.')) }
    await expect(
      signRoot({ ...policyKey, signer }, { message: odd, form: 'legacy', chainId: 14 }),
    ).rejects.toMatchObject({ code: 'call-refused', message: expect.stringMatching(says) })
  })
})

test.each([
  { name: 'more gas than any call takes', differing: { gas: 3_000_001n }, says: /3000001 gas/ },
  { name: 'a fee above the ceiling', differing: { ceilingWei: 2_999n }, says: /above the ceiling/ },
  {
    name: 'a tip above the fee',
    differing: { fees: { maxFeePerGas: 1n, maxPriorityFeePerGas: 2n } },
    says: /tip is above/,
  },
])('$name is refused before anything is signed', async ({ differing, says }) => {
  const signer: Signer = { ...account, signTransaction: () => Promise.reject(new Error('Asked.')) }
  await expect(signCall({ ...key, signer }, { ...call, ...differing })).rejects.toMatchObject({
    code: 'call-refused',
    message: expect.stringMatching(says),
  })
})

test('calldata that is not what was named is refused before anything is signed', async () => {
  let asked = 0
  const signer: Signer = {
    ...account,
    signTransaction: (...args) => {
      asked += 1
      return account.signTransaction(...args)
    },
  }
  const odd = { ...call, votingRoundId: 8 }
  await expect(signCall({ ...key, signer }, odd)).rejects.toMatchObject({ code: 'call-refused' })
  expect(asked).toBe(0)
})

/** The order of secp256k1's group. */
const curveOrder =
  0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n
