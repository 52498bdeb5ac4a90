import { describe, expect, test } from 'vitest'
import { uuidOf } from '../../../src/protocol/uuid.ts'

describe('uuidOf', () => {
  const ones = new Uint8Array(16).fill(0xff)

  test('writes version and variant over the bytes, and nothing else', () => {
    expect(uuidOf(ones, 4)).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff')
    expect(uuidOf(ones, 5)).toBe('ffffffff-ffff-5fff-bfff-ffffffffffff')
    expect(uuidOf(new Uint8Array(16), 4)).toBe('00000000-0000-4000-8000-000000000000')
  })

  test('takes the first sixteen of more, and refuses fewer', () => {
    expect(uuidOf(new Uint8Array(20), 5)).toBe('00000000-0000-5000-8000-000000000000')
    expect(() => uuidOf(new Uint8Array(15), 5)).toThrow(RangeError)
  })
})
