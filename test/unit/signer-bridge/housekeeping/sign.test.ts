import { encodeFunctionData, type Hex, parseTransaction, recoverAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import { rewardManagerAbi } from '../../../../signer-bridge/housekeeping/abis.ts'
import {
  houseCalldata,
  type HouseDeed,
  readHouseCalldata,
} from '../../../../signer-bridge/housekeeping/calldata.ts'
import { maxHouseGas } from '../../../../signer-bridge/housekeeping/policy.ts'
import {
  type HouseTransaction,
  signHouse,
  signRegistration,
} from '../../../../signer-bridge/housekeeping/sign.ts'
import type { Role, RoleKey } from '../../../../signer-bridge/roles.ts'
import { eip191Digest } from '../../../../src/protocol/digests.ts'
import { registrationHash } from '../../../../src/protocol/voter-messages.ts'
import { aClaim, aClaimDeed, anAddress, owner } from '../../../support/house-claims.ts'
import { houseAccount } from '../../../support/housekeeping.ts'

const account = houseAccount('identity')
const key: RoleKey = { role: 'identity', address: account.address, signer: account }
const contract = anAddress(0xc0)
const listed = anAddress(0x77)
const policy = { claimRecipients: [listed] }

function aTransaction(differing: Partial<HouseTransaction> = {}): HouseTransaction {
  return {
    kind: 'claim',
    chainId: 14,
    contract,
    nonce: 3,
    calldata: houseCalldata(aClaimDeed()),
    gas: 200_000n,
    fees: { maxFeePerGas: 30n, maxPriorityFeePerGas: 10n },
    ...differing,
  }
}

const aSignature = { v: 27, r: `0x${'11'.repeat(32)}`, s: `0x${'22'.repeat(32)}` } as const

describe('calldata of housekeeping', () => {
  test.each<HouseDeed>([
    aClaimDeed(),
    aClaimDeed({ recipient: listed, isWrapped: true, proofs: [] }),
    { kind: 'register', owner, signature: aSignature },
    { kind: 'pre-register', owner, signature: aSignature },
  ])('is read back as the deed that it was written from: $kind', (deed) => {
    const calldata = houseCalldata(deed)
    expect(readHouseCalldata(deed.kind, calldata)).toEqual(deed)
    expect(readHouseCalldata(deed.kind, `${calldata}00`)).toBeUndefined()
    const other = deed.kind === 'claim' ? 'register' : 'claim'
    expect(readHouseCalldata(other, calldata)).toBeUndefined()
  })

  test('that another function of the same contract would be called with is no claim', () => {
    const calldata = encodeFunctionData({
      abi: rewardManagerAbi,
      functionName: 'getStateOfRewards',
      args: [owner],
    })
    expect(readHouseCalldata('claim', calldata)).toBeUndefined()
  })
})

describe('a transaction of housekeeping', () => {
  test('is of type 2, to the contract, without value, and says what was asked for', async () => {
    const { raw } = await signHouse(key, aTransaction(), policy)
    const transaction = parseTransaction(raw)
    expect(transaction).toMatchObject({ type: 'eip1559', chainId: 14, nonce: 3, to: contract })
    expect(transaction.value).toBeUndefined()
    expect(transaction.data).toBe(houseCalldata(aClaimDeed()))
  })

  test.each<{ name: string; role?: Role; asked: Partial<HouseTransaction>; says: string }>([
    {
      name: 'a claim to a stranger',
      asked: { calldata: houseCalldata(aClaimDeed({ recipient: anAddress(0x666) })) },
      says: 'neither the owner of the rewards nor in claim_recipients',
    },
    {
      name: "a claim with another's proof",
      asked: {
        calldata: houseCalldata(
          aClaimDeed({
            proofs: [{ merkleProof: [], body: aClaim({ beneficiary: anAddress(0x99) }) }],
          }),
        ),
      },
      says: `not ${owner}'s`,
    },
    {
      name: 'calldata with more behind it',
      asked: { calldata: `${houseCalldata(aClaimDeed())}00` },
      says: 'no claim',
    },
    { name: 'another call under its name', asked: { kind: 'register' }, says: 'no register' },
    { name: 'a submit key', role: 'submit', asked: {}, says: 'does no housekeeping' },
    {
      name: 'a submitSignatures key',
      role: 'submitSignatures',
      asked: {},
      says: 'does no housekeeping',
    },
    { name: 'more gas than there may be', asked: { gas: maxHouseGas + 1n }, says: 'is above' },
    {
      name: 'a tip above the fee',
      asked: { fees: { maxFeePerGas: 1n, maxPriorityFeePerGas: 2n } },
      says: 'The tip is above',
    },
  ])('is refused before anything is signed: $name', async ({ role = 'identity', asked, says }) => {
    const signed: unknown[] = []
    const signer = {
      ...account,
      signTransaction: (transaction: unknown) => {
        signed.push(transaction)
        return Promise.reject(new Error('Never.'))
      },
    }
    await expect(signHouse({ ...key, role, signer }, aTransaction(asked), policy)).rejects.toThrow(
      expect.objectContaining({ code: 'call-refused', message: expect.stringContaining(says) }),
    )
    expect(signed).toEqual([])
  })

  test('to a recipient of the settings is signed', async () => {
    const calldata = houseCalldata(aClaimDeed({ recipient: listed }))
    await expect(signHouse(key, aTransaction({ calldata }), policy)).resolves.toBeDefined()
  })

  test.each([
    { name: 'to elsewhere', differing: { to: anAddress(0xbad) } },
    { name: 'with a value', differing: { value: 1n } },
    { name: 'at another nonce', differing: { nonce: 4 } },
    { name: 'for a higher fee', differing: { maxFeePerGas: 31n } },
    { name: 'that says something else', differing: { data: '0x1234' as Hex } },
  ])('that a signer made another one, $name, is thrown away', async ({ differing }) => {
    const signer = {
      ...account,
      signTransaction: (transaction: object) =>
        account.signTransaction({ ...transaction, ...differing, type: 'eip1559', chainId: 14 }),
    }
    await expect(signHouse({ ...key, signer }, aTransaction(), policy)).rejects.toMatchObject({
      code: 'transaction-differs',
    })
  })

  test('of another key than the pinned one is thrown away', async () => {
    const signer = houseAccount('stranger')
    await expect(signHouse({ ...key, signer }, aTransaction(), policy)).rejects.toMatchObject({
      code: 'signer-differs',
    })
  })
})

describe('a registration', () => {
  const policyAccount = houseAccount('signingPolicy')
  const policyKey: RoleKey = {
    role: 'signingPolicy',
    address: policyAccount.address,
    signer: policyAccount,
  }
  const registration = { voter: owner, rewardEpochId: 418, chainId: 14 }

  test.each(['chain-bound', 'legacy'] as const)(
    'is signed over epoch and voter, in the form that holds: %s',
    async (form) => {
      const { r, s, v } = await signRegistration(policyKey, { ...registration, form })
      const hash = eip191Digest(registrationHash(form, owner, 418, 14))
      expect(await recoverAddress({ hash, signature: { r, s, v: BigInt(v) } })).toBe(
        policyAccount.address,
      )
      expect([27, 28]).toContain(v)
    },
  )

  test('is signed by the signing-policy key alone', async () => {
    await expect(
      signRegistration(key, { ...registration, form: 'chain-bound' }),
    ).rejects.toMatchObject({ code: 'call-refused' })
    const signer = houseAccount('stranger')
    await expect(
      signRegistration({ ...policyKey, signer }, { ...registration, form: 'chain-bound' }),
    ).rejects.toMatchObject({ code: 'signer-differs' })
  })
})
