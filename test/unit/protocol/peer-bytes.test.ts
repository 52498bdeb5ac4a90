import fc from 'fast-check'
import { bytesToHex, type Hex } from 'viem'
import { expect, test } from 'vitest'
import { lowerCase } from '../../../src/protocol/address.ts'
import { isBytes, peerBytes } from '../../../src/protocol/peer-bytes.ts'

test.each<{ hex: Hex; bytes: number[] | undefined }>([
  { hex: '0x', bytes: [] },
  { hex: '0x00fF', bytes: [0, 255] },
  { hex: '0x0', bytes: undefined },
  { hex: '0xgg', bytes: undefined },
])('$hex is the bytes $bytes', ({ hex, bytes }) => {
  expect(peerBytes(hex)).toEqual(bytes && Uint8Array.from(bytes))
})

test.each<{ hex: Hex; bytes: number; is: boolean }>([
  { hex: '0x', bytes: 0, is: true },
  { hex: '0xABcd', bytes: 2, is: true },
  { hex: '0xABcd', bytes: 1, is: false },
  { hex: '0xABc', bytes: 1, is: false },
  { hex: '0xABxx', bytes: 2, is: false },
])('that $hex is $bytes bytes is $is', ({ hex, bytes, is }) => {
  expect(isBytes(hex, bytes)).toBe(is)
})

test('property: bytes are read as they were spelled', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(peerBytes(bytesToHex(bytes))).toEqual(Uint8Array.from(bytes))
      expect(isBytes(bytesToHex(bytes), bytes.length)).toBe(true)
    }),
  )
})

test('an address is compared in lower case', () => {
  expect(lowerCase('0x5E5B3f46c8dEA1EC415Bd51047e66EE14A0F433C')).toBe(
    '0x5e5b3f46c8dea1ec415bd51047e66ee14a0f433c',
  )
})
