import fc from 'fast-check'
import { bytesToHex, type Hex, sha256 } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  type Delta,
  fastUpdateHash,
  packDeltas,
  readDeltas,
} from '../../../src/protocol/fast-update.ts'

const delta = fc.constantFrom<Delta>(-1, 0, 1)

describe('packDeltas', () => {
  test.each<{ deltas: Delta[]; packed: Hex }>([
    { deltas: [], packed: '0x' },
    // Published by fast-updates, go-client/provider/feed_provider_test.go.
    { deltas: [1, -1, 0, 1], packed: '0x71' },
    { deltas: [1], packed: '0x40' },
    { deltas: [0, 0, 0, 0, -1], packed: '0x00c0' },
  ])('of $deltas is $packed', ({ deltas, packed }) => {
    expect(packDeltas(deltas)).toBe(packed)
  })

  test('of 64 feeds takes 16 bytes', () => {
    expect(packDeltas(Array.from({ length: 64 }, () => -1))).toBe(`0x${'ff'.repeat(16)}`)
  })

  test('refuses more feeds than any chain has', () => {
    expect(packDeltas(Array.from({ length: 1_024 }, () => 0))).toHaveLength(2 + 2 * 256)
    expect(() => packDeltas(Array.from({ length: 1_025 }, () => 0))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })
})

describe('readDeltas', () => {
  // Published by flare-foundation for bytes 14, 23 and 255.
  test('is as published', () => {
    expect(readDeltas(bytesToHex(Uint8Array.of(14, 23, 255)))).toEqual([
      0, 0, -1, 0, 0, 1, 1, -1, -1, -1, -1, -1,
    ])
  })

  test.each<Hex>(['0x0', '0xzz', `0x${'00'.repeat(257)}`])('skips %s', (packed) => {
    expect(readDeltas(packed)).toBeUndefined()
  })

  test('property: is the inverse of packing, filled up to whole bytes', () => {
    fc.assert(
      fc.property(fc.array(delta, { maxLength: 100 }), (deltas) => {
        const read = readDeltas(packDeltas(deltas)) ?? []
        expect(read.slice(0, deltas.length)).toEqual(deltas)
        expect(read.slice(deltas.length).every((each) => each === 0)).toBe(true)
        expect(read.length).toBe(Math.ceil(deltas.length / 4) * 4)
      }),
    )
  })

  test('property: no bytes throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const read = readDeltas(bytesToHex(bytes))
        if (read !== undefined) expect(read).toHaveLength(4 * bytes.length)
      }),
    )
  })
})

describe('fastUpdateHash', () => {
  const credential = { block: 1n, replicate: 2n, gammaX: 3n, gammaY: 4n, c: 5n, s: 6n }

  test('is SHA-256 over six words and the deltas', () => {
    const words = [1, 2, 3, 4, 5, 6, 7 * 32, 1].map((word) => word.toString(16).padStart(64, '0'))
    expect(fastUpdateHash(credential, '0x71')).toBe(
      sha256(`0x${words.join('')}71${'00'.repeat(31)}`),
    )
  })

  test('refuses half a byte, and what is no word', () => {
    expect(() => fastUpdateHash(credential, '0x7')).toThrow(
      expect.objectContaining({ code: 'malformed-payload' }),
    )
    expect(() => fastUpdateHash({ ...credential, c: -1n }, '0x71')).toThrow(
      expect.objectContaining({ code: 'value-out-of-range' }),
    )
  })
})
