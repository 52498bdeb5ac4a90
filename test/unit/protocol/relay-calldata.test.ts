import fc from 'fast-check'
import { bytesToHex, concatHex, type Hex, size } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  encodeRandomProof,
  type RandomProof,
  readRelayCalldata,
  relayCalldata,
  type RelayCall,
} from '../../../src/protocol/relay-calldata.ts'
import { encodeSigningPolicy } from '../../../src/protocol/signing-policy.ts'
import { aPolicy, signed, vrs, withHighS } from '../../support/policy-signers.ts'

const message: Hex = `0x64000c667601${'5a'.repeat(32)}`
const policyBytes = encodeSigningPolicy(aPolicy([10, 20, 30]))
const [one, two, three] = await Promise.all([1, 2, 3].map((key) => signed(key, message)))
if (one === undefined || two === undefined || three === undefined) throw new Error('No signatures.')

const word = (byte: string): Hex => `0x${byte.repeat(32)}`
const randomProof: RandomProof = { random: word('aa'), proof: [word('bb'), word('cc')] }

const call: RelayCall = {
  policyBytes,
  message,
  signatures: [
    { signature: one, index: 0 },
    { signature: three, index: 2 },
  ],
}

const encoded = concatHex([
  '0xb59589d1',
  policyBytes,
  message,
  '0x0002',
  vrs(one),
  '0x0000',
  vrs(three),
  '0x0002',
])

describe('relayCalldata', () => {
  test('is policy, message and signatures', () => {
    expect(relayCalldata(call)).toBe(encoded)
  })

  test('puts signatures in the order of the policy', () => {
    expect(relayCalldata({ ...call, signatures: call.signatures.toReversed() })).toBe(encoded)
  })

  test('ends with the random and its proof since Relay v2', () => {
    expect(relayCalldata({ ...call, randomProof })).toBe(
      concatHex([encoded, word('aa'), word('bb'), word('cc')]),
    )
    expect(encodeRandomProof(randomProof)).toBe(concatHex([word('aa'), word('bb'), word('cc')]))
    expect(encodeRandomProof({ random: word('aa'), proof: [] })).toBe(word('aa'))
  })

  test('of 98 voters and 23 signatures takes 3.8 kB', () => {
    const policy = encodeSigningPolicy(aPolicy(Array.from({ length: 98 }, () => 1)))
    const signatures = Array.from({ length: 23 }, (_, index) => ({ signature: one, index }))
    expect(size(relayCalldata({ policyBytes: policy, message, signatures }))).toBe(3_784)
  })

  test.each<{ why: string; differing: Partial<RelayCall>; code: string }>([
    { why: 'a bare hash', differing: { message: word('11') }, code: 'malformed-payload' },
    { why: 'half a byte of policy', differing: { policyBytes: '0x0' }, code: 'malformed-payload' },
    {
      why: 'a high s',
      differing: { signatures: [{ signature: withHighS(one), index: 0 }] },
      code: 'malformed-payload',
    },
    {
      why: 'two signatures of a voter',
      differing: {
        signatures: [
          { signature: one, index: 1 },
          { signature: two, index: 1 },
        ],
      },
      code: 'malformed-payload',
    },
    {
      why: 'an index of three bytes',
      differing: { signatures: [{ signature: one, index: 2 ** 16 }] },
      code: 'value-out-of-range',
    },
    {
      why: 'a short random',
      differing: { randomProof: { random: '0x01', proof: [] } },
      code: 'malformed-payload',
    },
    {
      why: 'a proof of 33 nodes',
      differing: {
        randomProof: { random: word('aa'), proof: Array.from({ length: 33 }, () => word('bb')) },
      },
      code: 'malformed-payload',
    },
  ])('refuses $why', ({ differing, code }) => {
    expect(() => relayCalldata({ ...call, ...differing })).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code }),
    )
  })
})

describe('readRelayCalldata', () => {
  test('reads what was encoded, with a random and without', () => {
    expect(readRelayCalldata(encoded)).toEqual(call)
    expect(readRelayCalldata(relayCalldata({ ...call, randomProof }))).toEqual({
      ...call,
      randomProof,
    })
    const alone = { random: word('aa'), proof: [] }
    expect(readRelayCalldata(relayCalldata({ ...call, randomProof: alone }))?.randomProof).toEqual(
      alone,
    )
  })

  test.each<{ why: string; calldata: Hex }>([
    { why: 'nothing', calldata: '0x' },
    { why: 'a selector alone', calldata: '0xb59589d1' },
    { why: 'another call', calldata: `0x6c532fae${encoded.slice(10)}` },
    { why: 'a policy alone', calldata: concatHex(['0xb59589d1', policyBytes]) },
    { why: 'no count', calldata: concatHex(['0xb59589d1', policyBytes, message]) },
    { why: 'a byte less', calldata: `0x${encoded.slice(2, -2)}` },
    { why: 'a byte more', calldata: `${encoded}00` },
    { why: 'half a byte', calldata: `${encoded}0` },
    { why: 'a proof of 33 nodes', calldata: concatHex([encoded, `0x${'bb'.repeat(34 * 32)}`]) },
    {
      why: 'a signing policy instead of a message',
      calldata: relayCalldata({ ...call, message: `0x00${message.slice(4)}` }),
    },
    {
      why: 'indices that do not ascend',
      calldata: concatHex([
        '0xb59589d1',
        policyBytes,
        message,
        '0x0002',
        vrs(one),
        '0x0001',
        vrs(two),
        '0x0001',
      ]),
    },
  ])('skips $why', ({ calldata }) => {
    expect(readRelayCalldata(calldata)).toBeUndefined()
  })

  test('no signature at all is for the Relay to refuse', () => {
    expect(readRelayCalldata(relayCalldata({ ...call, signatures: [] }))?.signatures).toEqual([])
  })

  test('property: is the inverse of encoding', () => {
    const bytes32 = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => bytesToHex(bytes))
    const arbitrary = fc.record({
      indices: fc.uniqueArray(fc.nat(0xff_ff), { maxLength: 5 }),
      random: fc.option(fc.record({ random: bytes32, proof: fc.array(bytes32, { maxLength: 8 }) })),
    })
    fc.assert(
      fc.property(arbitrary, ({ indices, random }) => {
        const signatures = indices
          .toSorted((left, right) => left - right)
          .map((index) => ({ signature: one, index }))
        const each = { ...call, signatures, ...(random !== null && { randomProof: random }) }
        expect(readRelayCalldata(relayCalldata(each))).toEqual(each)
      }),
    )
  })

  test('property: no bytes throw', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.uint8Array({ maxLength: 400 }), (voters, bytes) => {
        const calldata = concatHex(['0xb59589d100', bytesToHex(Uint8Array.of(voters, ...bytes))])
        const read = readRelayCalldata(calldata)
        if (read !== undefined) expect(size(read.message)).toBe(38)
      }),
    )
  })
})
