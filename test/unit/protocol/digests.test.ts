import { concatHex, type Hex, keccak256, pad, stringToHex } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  chainBoundHash,
  type DigestForm,
  digestFormOf,
  eip191Digest,
  messageDigest,
  messageHash,
} from '../../../src/protocol/digests.ts'

const message: Hex = `0x${'5a'.repeat(38)}`
const hash: Hex = `0x${'11'.repeat(32)}`

test('EIP-191 is a hash behind the words and its length', () => {
  expect(eip191Digest(hash)).toBe(
    keccak256(concatHex([stringToHex('\u0019Ethereum Signed Message:\n32'), hash])),
  )
})

describe('messageHash', () => {
  test('before Relay v2 is that of the message alone, on every chain', () => {
    expect(messageHash('legacy', message, 14)).toBe(keccak256(message))
    expect(messageHash('legacy', message, 19)).toBe(keccak256(message))
  })

  test('since Relay v2 begins with the chain id in 32 bytes', () => {
    expect(messageHash('chain-bound', message, 14)).toBe(
      keccak256(`0x${'0'.repeat(63)}e${message.slice(2)}`),
    )
    expect(messageHash('chain-bound', message, 19)).not.toBe(
      messageHash('chain-bound', message, 14),
    )
  })

  test.each<DigestForm>(['legacy', 'chain-bound'])(
    '%s: what is signed is EIP-191 of it',
    (form) => {
      expect(messageDigest(form, message, 114)).toBe(eip191Digest(messageHash(form, message, 114)))
    },
  )

  test.each<{ why: string; odd: Hex }>([
    { why: '37 bytes', odd: `0x${'5a'.repeat(37)}` },
    { why: 'a bare hash', odd: hash },
  ])('refuses $why', ({ odd }) => {
    expect(() => messageHash('legacy', odd, 14)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })
})

describe('chainBoundHash', () => {
  test('does not fill its bytes up', () => {
    expect(chainBoundHash('0x01', 16)).toBe(keccak256(concatHex([pad('0x10'), '0x01'])))
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('%s is no chain id', (chainId) => {
    expect(() => chainBoundHash('0x', chainId)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })
})

test.each<{ round: number; first?: number; form: DigestForm }>([
  { round: 999_999, first: 1_000_000, form: 'legacy' },
  { round: 1_000_000, first: 1_000_000, form: 'chain-bound' },
  { round: 1_000_001, first: 1_000_000, form: 'chain-bound' },
  { round: 1_000_001, form: 'legacy' },
])('round $round is signed $form if Relay v2 begins with $first', ({ round, first, form }) => {
  expect(digestFormOf(round, first)).toBe(form)
})
