import { pbkdf2Sync } from 'node:crypto'
import * as Keystore from 'ox/Keystore'
import { keccak256 } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  addressIn,
  developmentKeystore,
  readKeystore,
  unlock,
} from '../../../signer-bridge/keystore.ts'

/**
 * The two examples of the format's own specification: one password, one key, two ways to derive.
 *
 * @see https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage
 */
const password = 'testpassword'
const address = '0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b'
const shared = {
  cipher: 'aes-128-ctr',
  cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
}
const scryptExample = {
  crypto: {
    ...shared,
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262_144,
      p: 8,
      r: 1,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
    },
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
}
const pbkdf2Example = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262_144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
}

describe('the examples of the specification open', () => {
  test.each([
    { kdf: 'scrypt', example: scryptExample },
    { kdf: 'pbkdf2', example: pbkdf2Example },
  ])('with $kdf', async ({ example }) => {
    const keystore = readKeystore(JSON.stringify(example))
    expect(await addressIn(keystore, password)).toBe(address)
  })
})

test('a wrong password opens nothing', async () => {
  const { keystore } = developmentKeystore('right')
  await expect(addressIn(keystore, 'wrong')).rejects.toMatchObject({ code: 'keystore-locked' })
})

test('a development keystore opens with its password, and another program can read it', async () => {
  const key = keccak256('0x05')
  const made = developmentKeystore('dev', key)
  const read = readKeystore(JSON.stringify(made.keystore))
  const signer = await unlock(read, 'dev', { chainId: 31_337, address: made.address })
  expect(signer.address).toBe(made.address)

  const { crypto, id } = read
  if (crypto.kdf !== 'scrypt') throw new Error('Development keystores use scrypt.')
  const plain = { crypto, id, version: 3 } as const
  expect(Keystore.decrypt(plain, Keystore.toKey(plain, { password: 'dev' }))).toBe(key)
})

test.each([14, 19])('a development keystore is refused on mainnet %i', async (chainId) => {
  const { address: made, keystore } = developmentKeystore('dev')
  await expect(unlock(keystore, 'dev', { chainId, address: made })).rejects.toMatchObject({
    code: 'development-keystore',
  })
  for (const test of [16, 114, 31_337]) {
    await unlock(keystore, 'dev', { chainId: test, address: made })
  }
})

test('a keystore of another key than the pinned address is refused', async () => {
  const { keystore } = developmentKeystore('dev')
  const expected = { chainId: 31_337, address }
  await expect(unlock(keystore, 'dev', expected)).rejects.toMatchObject({ code: 'address-differs' })
})

test.each([
  { name: 'no JSON', text: '{' },
  { name: 'another version', text: JSON.stringify({ ...scryptExample, version: 4 }) },
  {
    name: 'a cost that would take all memory',
    text: JSON.stringify({
      ...scryptExample,
      crypto: {
        ...scryptExample.crypto,
        kdfparams: { ...scryptExample.crypto.kdfparams, n: 2 ** 30 },
      },
    }),
  },
])('refuses $name', ({ text }) => {
  expect(() => readKeystore(text)).toThrow(expect.objectContaining({ code: 'keystore-malformed' }))
})

test('the examples derive as the platform does', () => {
  const { kdfparams } = pbkdf2Example.crypto
  const salt = Buffer.from(kdfparams.salt, 'hex')
  expect(pbkdf2Sync(password, salt, kdfparams.c, 32, 'sha256').toString('hex')).toMatch(/^f06d69cd/)
})

test.each([
  { name: "as geth's, by the platform", n: 2 ** 12, r: 8, p: 1 },
  { name: "with the format's example's r, by ox", n: 2 ** 16, r: 1, p: 1 },
])('a keystore with costs $name opens', async ({ n, r, p }) => {
  const iv = Buffer.alloc(16, 7)
  const [key, options] = Keystore.scrypt({ password, n, r, p, iv })
  const sealed = Keystore.encrypt(keccak256('0x05'), key, options)
  expect(await addressIn(readKeystore(JSON.stringify(sealed)), password)).toBe(
    developmentKeystore('any', keccak256('0x05')).address,
  )
})
