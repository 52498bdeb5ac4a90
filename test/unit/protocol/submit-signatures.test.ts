import fc from 'fast-check'
import { bytesToHex, concatHex, type Hex, size } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  encodeSubmitSignatures,
  readSubmitSignatures,
  type SubmitSignatures,
} from '../../../src/protocol/submit-signatures.ts'
import { signed, vrs, withHighS } from '../../support/policy-signers.ts'

const message: Hex = `0x${'ff'.repeat(38)}`
const signature = await signed(1, message)

const type0: SubmitSignatures = { type: 0, message, signature, unsigned: '0x1234' }
const type1: SubmitSignatures = { type: 1, signature, unsigned: '0x' }

describe('encodeSubmitSignatures', () => {
  test('type 0 holds the message, type 1 does not', () => {
    expect(encodeSubmitSignatures(type0)).toBe(
      concatHex(['0x00', message, vrs(signature), '0x1234']),
    )
    expect(encodeSubmitSignatures(type1)).toBe(concatHex(['0x01', vrs(signature)]))
    expect(size(encodeSubmitSignatures({ ...type0, unsigned: '0x' }))).toBe(104)
    expect(size(encodeSubmitSignatures(type1))).toBe(66)
  })

  test.each<{ why: string; payload: SubmitSignatures }>([
    { why: 'a message of 37 bytes', payload: { ...type0, message: `0x${'ff'.repeat(37)}` } },
    { why: 'a high s', payload: { ...type1, signature: withHighS(signature) } },
    { why: 'half an unsigned byte', payload: { ...type1, unsigned: '0x123' } },
  ])('refuses $why', ({ payload }) => {
    expect(() => encodeSubmitSignatures(payload)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })
})

describe('readSubmitSignatures', () => {
  test.each<{ why: string; payload: Hex }>([
    { why: 'nothing', payload: '0x' },
    { why: 'a type alone', payload: '0x01' },
    { why: 'type 0 with a byte less', payload: `0x00${'00'.repeat(102)}` },
    { why: 'type 1 with a byte less', payload: `0x01${'00'.repeat(64)}` },
    { why: 'type 2', payload: `0x02${'00'.repeat(200)}` },
    { why: 'half a byte', payload: `0x01${'00'.repeat(65)}0` },
  ])('skips $why', ({ payload }) => {
    expect(readSubmitSignatures(payload)).toBeUndefined()
  })

  test("leaves a peer's signature and message as they are", () => {
    const high = withHighS(signature)
    expect(readSubmitSignatures(concatHex(['0x01', vrs(high)]))).toEqual({
      type: 1,
      signature: high,
      unsigned: '0x',
    })
    expect(readSubmitSignatures(`0x00${'00'.repeat(103)}`)).toMatchObject({
      type: 0,
      message: `0x${'00'.repeat(38)}`,
    })
  })

  test('property: is the inverse of encoding', () => {
    const unsigned = fc.uint8Array({ maxLength: 50 }).map((bytes) => bytesToHex(bytes))
    const message38 = fc
      .uint8Array({ minLength: 38, maxLength: 38 })
      .map((bytes) => bytesToHex(bytes))
    const payload = fc.oneof(
      fc.record({
        type: fc.constant(0 as const),
        message: message38,
        signature: fc.constant(signature),
        unsigned,
      }),
      fc.record({ type: fc.constant(1 as const), signature: fc.constant(signature), unsigned }),
    )
    fc.assert(
      fc.property(payload, (each) => {
        expect(readSubmitSignatures(encodeSubmitSignatures(each))).toEqual(each)
      }),
    )
  })

  test('property: no bytes throw', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.uint8Array({ maxLength: 150 }), (type, bytes) => {
        const payload = bytesToHex(Uint8Array.from([type, ...bytes]))
        const read = readSubmitSignatures(payload)
        expect(read === undefined).toBe(type > 1 || bytes.length < (type === 0 ? 103 : 65))
      }),
    )
  })
})
