import fc from 'fast-check'
import { bytesToHex, type Hex, numberToHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { messageDigest } from '../../../src/protocol/digests.ts'
import {
  canonicalSignature,
  encodeSignature,
  readSignature,
  recoverSigner,
  type Signature,
  signatureOfWallet,
} from '../../../src/protocol/signatures.ts'
import { addressOf, curveOrder, rsv, signed, vrs, withHighS } from '../../support/policy-signers.ts'

// submitSignatures of Flare's round 812662, published by py-flare-common b91ee1d.
const message: Hex =
  '0x64000c667601200163ea6a576ea7fc46557b8611339d01e9b0d832d80060f892e02afe770012'
const digest = messageDigest('legacy', message, 14)
const real: Signature = {
  v: 28,
  r: '0x03e351a3079a4fcbb8c3fa2a8e241107d28fd9387d25157a341c3afc29a2eead',
  s: '0x1cdc60119c390e089ecf940d61769b226b48c9056b5b095d3e83f3363442bb12',
}
const signer = '0x84824513537a6d24cfcedd' + 'c1ab8f4079a6bd4cfb'

const largestLowS: Hex = '0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0'
const smallestHighS: Hex = '0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1'

function word(value: bigint): Hex {
  return numberToHex(value, { size: 32 })
}

describe('recoverSigner', () => {
  test('of a real transaction is a voter of the real policy', async () => {
    expect(await recoverSigner(digest, real)).toBe(signer)
  })

  test.each<{ spelling: string; signature: Signature }>([
    { spelling: 'v 1', signature: { ...real, v: 1 } },
    { spelling: 'a high s', signature: withHighS(real) },
    { spelling: 'a high s and v 0', signature: { ...withHighS(real), v: 0 } },
    { spelling: 'capitals', signature: { ...real, r: `0x${real.r.slice(2).toUpperCase()}` } },
  ])('is the same for $spelling', async ({ signature }) => {
    expect(await recoverSigner(digest, signature)).toBe(signer)
  })

  test('of another digest is nobody that we know', async () => {
    const other = await recoverSigner(messageDigest('chain-bound', message, 14), real)
    expect(other).not.toBe(signer)
  })

  test.each<{ why: string; signature: Signature }>([
    { why: 'v 29', signature: { ...real, v: 29 } },
    { why: 'r of 0', signature: { ...real, r: word(0n) } },
    { why: 'r of the order', signature: { ...real, r: word(curveOrder) } },
    { why: 's of 0', signature: { ...real, s: word(0n) } },
    { why: 's of the order', signature: { ...real, s: word(curveOrder) } },
    { why: "an r that is no point's x", signature: { ...real, r: word(5n) } },
    { why: 'a short r', signature: { ...real, r: '0x01' } },
  ])('is nobody for $why', async ({ signature }) => {
    expect(await recoverSigner(digest, signature)).toBeUndefined()
  })

  test('of a digest that is none is nobody', async () => {
    expect(await recoverSigner('0x00', real)).toBeUndefined()
  })

  test('property: no bytes throw', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 1, 2, 27, 28, 255),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        async (v, bytes) => {
          const [r, s] = [bytesToHex(bytes.slice(0, 32)), bytesToHex(bytes.slice(32))]
          const address = await recoverSigner(digest, { v, r, s })
          expect(address ?? '0x').toMatch(/^0x([0-9a-f]{40})?$/)
        },
      ),
      { numRuns: 20 },
    )
  })
})

describe('canonicalSignature', () => {
  test.each<{ s: Hex; v: number; canonical: Signature }>([
    { s: largestLowS, v: 27, canonical: { ...real, v: 27, s: largestLowS } },
    { s: smallestHighS, v: 27, canonical: { ...real, v: 28, s: largestLowS } },
    { s: smallestHighS, v: 1, canonical: { ...real, v: 27, s: largestLowS } },
    { s: word(curveOrder - 1n), v: 28, canonical: { ...real, v: 27, s: word(1n) } },
  ])('of v $v and s $s', ({ s, v, canonical }) => {
    expect(canonicalSignature({ ...real, v, s })).toEqual(canonical)
  })

  test.each<{ why: string; signature: Signature }>([
    { why: 'v 2', signature: { ...real, v: 2 } },
    { why: 's of the order', signature: { ...real, s: word(curveOrder) } },
    { why: 'r of the order', signature: { ...real, r: word(curveOrder) } },
    { why: 's of 0', signature: { ...real, s: word(0n) } },
  ])('there is none for $why', ({ signature }) => {
    expect(canonicalSignature(signature)).toBeUndefined()
  })

  test('property: is what was signed, whichever way it is spelled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000 }), fc.nat(255), async (key, byte) => {
        const each = await signed(key, `0x${byte.toString(16).padStart(2, '0').repeat(38)}`)
        expect(canonicalSignature(each)).toEqual(each)
        expect(canonicalSignature(withHighS(each))).toEqual(each)
        expect(BigInt(each.s)).toBeLessThanOrEqual(BigInt(largestLowS))
      }),
      { numRuns: 20 },
    )
  })
})

describe('signatureOfWallet', () => {
  test('reads r, s, v', async () => {
    const each = await signed(7, message)
    expect(signatureOfWallet(rsv(each))).toEqual(each)
    expect(signatureOfWallet(rsv(withHighS(each)))).toEqual(each)
    expect(signatureOfWallet(rsv({ ...each, v: each.v - 27 }))).toEqual(each)
    expect(await recoverSigner(digest, each)).toBe(addressOf(7))
  })

  test.each<{ why: string; answer: Hex }>([
    { why: 'nothing', answer: '0x' },
    { why: '64 bytes', answer: `0x${'01'.repeat(64)}` },
    { why: 'zeros', answer: `0x${'00'.repeat(65)}` },
  ])('refuses $why', ({ answer }) => {
    expect(() => signatureOfWallet(answer)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })
})

describe('encodeSignature and readSignature', () => {
  test('v comes first', () => {
    expect(encodeSignature(real)).toBe(`0x1c${real.r.slice(2)}${real.s.slice(2)}`)
    expect(readSignature(encodeSignature(real))).toEqual(real)
  })

  test.each<{ why: string; signature: Signature }>([
    { why: 'a high s', signature: withHighS(real) },
    { why: 'v 1', signature: { ...real, v: 1 } },
    { why: 'no signature', signature: { ...real, r: word(0n) } },
  ])('$why is not sent', ({ signature }) => {
    expect(() => encodeSignature(signature)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })

  test("a peer's is read as it stands", () => {
    expect(readSignature(vrs(withHighS(real)))).toEqual(withHighS(real))
    expect(readSignature(`0x${'00'.repeat(65)}`)).toEqual({ v: 0, r: word(0n), s: word(0n) })
  })

  test.each<Hex>(['0x', `0x${'00'.repeat(64)}`, `0x${'00'.repeat(66)}`, `0x${'0'.repeat(129)}`])(
    '%s is none',
    (hex) => {
      expect(readSignature(hex)).toBeUndefined()
    },
  )
})
