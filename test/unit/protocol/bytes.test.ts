import fc from 'fast-check'
import { bytesToHex, type Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { unsignedField, wholeBytes } from '../../../src/protocol/bytes.ts'

describe('wholeBytes', () => {
  test('reads digits of either case', () => {
    expect([...wholeBytes('0x00fFa9', 'text')]).toEqual([0x00, 0xff, 0xa9])
  })

  test('nothing behind the prefix is no bytes', () => {
    expect(wholeBytes('0x', 'text')).toHaveLength(0)
  })

  test.each<{ why: string; text: Hex }>([
    { why: 'half a byte', text: '0xabc' },
    { why: 'a letter that is no digit', text: '0xzz' },
    { why: 'a second prefix', text: '0x0x00' },
    { why: 'a line feed behind the digits', text: '0x000\n' },
  ])('refuses $why', ({ text }) => {
    expect(() => wholeBytes(text, 'text')).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })

  test('does not quote what it refuses, which may be secret', () => {
    expect(() => wholeBytes('0xdeadbeef0', 'random')).toThrow(
      expect.objectContaining({ message: 'The random is not whole bytes in hex.' }),
    )
  })

  test('property: is the inverse of writing bytes as hex', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(wholeBytes(bytesToHex(bytes), 'text')).toEqual(bytes)
      }),
    )
  })
})

describe('unsignedField', () => {
  test.each([
    { value: 0, bytes: 1, hex: '0x00' },
    { value: 255, bytes: 1, hex: '0xff' },
    { value: 1, bytes: 4, hex: '0x00000001' },
    { value: 0xff_ff_ff_ff, bytes: 4, hex: '0xffffffff' },
  ])('$value in $bytes bytes is $hex', ({ value, bytes, hex }) => {
    expect(unsignedField(value, bytes, 'field')).toBe(hex)
  })

  test.each([
    { value: 256, bytes: 1 },
    { value: 2 ** 32, bytes: 4 },
    { value: -1, bytes: 4 },
    { value: 1.5, bytes: 4 },
    { value: Number.NaN, bytes: 4 },
    { value: Number.POSITIVE_INFINITY, bytes: 4 },
  ])('refuses $value in $bytes bytes', ({ value, bytes }) => {
    expect(() => unsignedField(value, bytes, 'field')).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })
})
