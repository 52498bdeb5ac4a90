import fc from 'fast-check'
import { bytesToHex, type Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  encodeProtocolMessage,
  type ProtocolMessage,
  readProtocolMessage,
} from '../../../src/protocol/protocol-message.ts'

const root: Hex = '0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'

const message: ProtocolMessage = {
  protocolId: 200,
  votingRoundId: 12_345,
  isSecureRandom: true,
  merkleRoot: root,
}

// Published by py-flare-common b91ee1d, tests/messaging/test_parse.py.
const published: Hex = `0xc80000303901${root.slice(2)}`

const arbitrary: fc.Arbitrary<ProtocolMessage> = fc.record({
  protocolId: fc.nat(0xff),
  votingRoundId: fc.nat(0xff_ff_ff_ff),
  isSecureRandom: fc.boolean(),
  merkleRoot: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytesToHex(bytes)),
})

describe('encodeProtocolMessage', () => {
  test('is as published', () => {
    expect(encodeProtocolMessage(message)).toBe(published)
  })

  test('an insecure random is 00', () => {
    expect(encodeProtocolMessage({ ...message, isSecureRandom: false })).toBe(
      published.replace('390100', '390000'),
    )
  })

  test.each<{ why: string; differing: Partial<ProtocolMessage>; code: string }>([
    { why: 'a protocol of two bytes', differing: { protocolId: 256 }, code: 'value-out-of-range' },
    { why: 'half a round', differing: { votingRoundId: 0.5 }, code: 'value-out-of-range' },
    { why: 'a round too far', differing: { votingRoundId: 2 ** 32 }, code: 'value-out-of-range' },
    { why: 'a short root', differing: { merkleRoot: '0x00' }, code: 'malformed-payload' },
    { why: 'half a byte', differing: { merkleRoot: `${root}0` }, code: 'malformed-payload' },
  ])('refuses $why', ({ differing, code }) => {
    expect(() => encodeProtocolMessage({ ...message, ...differing })).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code }),
    )
  })
})

describe('readProtocolMessage', () => {
  test.each<{ why: string; hex: Hex }>([
    { why: 'nothing', hex: '0x' },
    { why: '37 bytes', hex: `0x${published.slice(4)}` },
    { why: '39 bytes', hex: `${published}00` },
    { why: 'half a byte', hex: `${published}0` },
    { why: 'no hex', hex: `0xzz${published.slice(4)}` },
    { why: 'a flag of 02', hex: `0x${published.slice(2).replace('390100', '390200')}` },
    { why: 'ones throughout', hex: `0x${'ff'.repeat(38)}` },
  ])('skips $why', ({ hex }) => {
    expect(readProtocolMessage(hex)).toBeUndefined()
  })

  test('takes letters of either case', () => {
    expect(readProtocolMessage(`0x${published.slice(2).toUpperCase()}`)).toEqual(message)
  })

  test('property: is the inverse of encoding', () => {
    fc.assert(
      fc.property(arbitrary, (each) => {
        expect(readProtocolMessage(encodeProtocolMessage(each))).toEqual(each)
      }),
    )
  })

  test('property: what is read is encoded to the same bytes, and no bytes throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 36, maxLength: 40 }), (bytes) => {
        const hex = bytesToHex(bytes)
        const read = readProtocolMessage(hex)
        if (read !== undefined) expect(encodeProtocolMessage(read)).toBe(hex)
      }),
    )
  })
})
