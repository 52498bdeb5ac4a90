import { expect, test } from 'vitest'
import { hmacWith, sha256Hex, sha256OfBytes } from '../../src/digest.ts'

test('SHA-256 of the three letters that FIPS 180-2 gives as its example', async () => {
  const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  expect(await sha256Hex('abc')).toBe(digest)
  expect(await sha256OfBytes(Uint8Array.of(0x61, 0x62, 0x63))).toBe(digest)
})

test('HMAC-SHA256 of the second case of RFC 4231', async () => {
  const hmac = await hmacWith('Jefe')
  expect(await hmac('what do ya want for nothing?')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})
