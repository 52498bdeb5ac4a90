/** The emulated Ledger's keys: mnemonics that are published, with the addresses published for them. */

import { keccak256, recoverAddress, toHex } from 'viem'
import { expect, test } from 'vitest'
import { hardened, isAllowed, pathText, readPath } from '../../../local/ledger/path.ts'
import { publicMnemonic, seedOf } from '../../../local/ledger/seed.ts'

const first = [hardened + 44, hardened + 60, hardened, 0, 0]

test.each([
  [publicMnemonic, '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'],
  [`${'abandon '.repeat(11)}about`, '0x9858EfFD232B4033E47d90003D41EC34EcaEda94'],
])('"%s" has its published first address', (mnemonic, address) => {
  expect(seedOf(mnemonic)(first).address).toBe(address)
})

test('spaces around and between the words make no difference', () => {
  const spaced = `  ${publicMnemonic.replaceAll(' ', ' \n ')} `
  expect(seedOf(spaced)(first).address).toBe(seedOf(publicMnemonic)(first).address)
})

test.each([
  ['too few words', 'test test test'],
  ['a word that is no word', publicMnemonic.replace('junk', 'junkk')],
  ['nothing', ''],
])('%s are refused in a sentence that does not repeat them', (_, mnemonic) => {
  expect(() => seedOf(mnemonic)).toThrow(/mnemonic/i)
  expect(() => seedOf(mnemonic)).not.toThrow(/junk/)
})

test('a key signs the same each time, with the lower s, for its own address', async () => {
  const key = seedOf(publicMnemonic)(first)
  const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n
  for (let i = 0; i < 20; i++) {
    const hash = keccak256(toHex(i))
    const { parity, rs } = key.sign(hash)
    expect(key.sign(hash)).toEqual({ parity, rs })
    expect(BigInt(toHex(rs.slice(32)))).toBeLessThanOrEqual(halfOrder)
    const signature = { r: toHex(rs.slice(0, 32)), s: toHex(rs.slice(32)), yParity: parity }
    expect(await recoverAddress({ hash, signature })).toBe(key.address)
  }
})

test('a path is read with what follows it', () => {
  const read = readPath(Uint8Array.of(2, 0x80, 0, 0, 44, 0, 0, 1, 0, 9, 8))
  expect(read).toEqual({ path: [hardened + 44, 256], rest: Uint8Array.of(9, 8) })
  expect(pathText(read?.path ?? [])).toBe("m/44'/256")
})

test.each([
  [[hardened + 44, hardened + 60], true],
  [[hardened + 45], true],
  [[hardened + 44], false],
  [[hardened + 44, hardened + 554], false],
  [[44, hardened + 60], false],
  [[45], false],
])('path %j is the app’s: %s', (path, allowed) => {
  expect(isAllowed(path)).toBe(allowed)
})
