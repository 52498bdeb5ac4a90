import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { randomOf } from '../../../signer-bridge/random.ts'

const secret = 'a secret of at least thirty-two characters'
const of = {
  chainId: 14,
  submitAddress: '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269',
  votingRoundId: 812_576,
} as const

test('is the HMAC of the versioned text of chain, address and round', () => {
  const text = `chrono-random-v1\n14\n0xc4a19715f3dd209f01e84abe65de7c2e9c8b6269\n812576`
  expect(randomOf(secret, of)).toBe(`0x${createHmac('sha256', secret).update(text).digest('hex')}`)
})

test('is the same for an address in any case, and another for anything else', () => {
  const random = randomOf(secret, of)
  expect(
    randomOf(secret, { ...of, submitAddress: '0xC4A19715F3DD209F01E84ABE65DE7C2E9C8B6269' }),
  ).toBe(random)
  const others = [
    randomOf(`${secret}!`, of),
    randomOf(secret, { ...of, chainId: 19 }),
    randomOf(secret, { ...of, votingRoundId: 812_577 }),
    randomOf(secret, { ...of, submitAddress: '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6268' }),
  ]
  expect(new Set([random, ...others]).size).toBe(5)
})
