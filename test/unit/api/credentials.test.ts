import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  apiKeyOf,
  areEqualDigests,
  isApiKey,
  keyBytes,
  offeredSubprotocols,
} from '../../../src/api/credentials.ts'

describe('apiKeyOf', () => {
  test('is a prefix and the bytes in base64url', () => {
    expect(apiKeyOf(Uint8Array.of(0xfb, 0xff, 0xfe, 0x01))).toBe('chrono_-__-AQ')
  })

  test('property: every byte of the randomness is in the key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), (bytes) => {
        const encoded = apiKeyOf(bytes).slice('chrono_'.length)
        expect(Buffer.from(encoded, 'base64url')).toEqual(Buffer.from(bytes))
      }),
    )
  })
})

describe('isApiKey', () => {
  test('property: every key that we make is one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: keyBytes, maxLength: keyBytes }), (bytes) => {
        expect(isApiKey(apiKeyOf(bytes))).toBe(true)
      }),
    )
  })

  test.each([
    '',
    'chrono_',
    'x'.repeat(39),
    `chrono_${'a'.repeat(31)}`,
    `chrono_${'a'.repeat(33)}`,
    `chrono_${'a'.repeat(31)}=`,
    `chrono_${'a'.repeat(31)}\u0000`,
    `chrono_${'a'.repeat(32)}\n`,
    ` chrono_${'a'.repeat(32)}`,
    `CHRONO_${'a'.repeat(32)}`,
  ])('%j is none', (text) => {
    expect(isApiKey(text)).toBe(false)
  })
})

describe('offeredSubprotocols', () => {
  test.each([
    { header: null, offered: { any: false, ours: false, key: undefined } },
    { header: '', offered: { any: false, ours: false, key: undefined } },
    { header: 'chrono.v1', offered: { any: true, ours: true, key: undefined } },
    { header: ' chrono.key.YQ ,chrono.v1', offered: { any: true, ours: true, key: 'a' } },
    { header: 'chrono.v10', offered: { any: true, ours: false, key: undefined } },
  ])('of $header', ({ header, offered }) => {
    expect(offeredSubprotocols(header)).toEqual(offered)
  })

  test('property: a key arrives as it was sent', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), (bytes) => {
        const key = apiKeyOf(bytes)
        const carrier = `chrono.key.${Buffer.from(key).toString('base64url')}`
        expect(offeredSubprotocols(`chrono.v1, ${carrier}`).key).toBe(key)
      }),
    )
  })
})

describe('areEqualDigests', () => {
  test.each([
    ['ab', 'ab', true],
    ['ab', 'ac', false],
    ['bb', 'ab', false],
    ['ab', 'abc', false],
    ['', '', true],
  ])('%s and %s: %s', (one, other, equal) => {
    expect(areEqualDigests(one, other)).toBe(equal)
  })
})
