import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gasLimitOf, roundGasOf } from '../../../signer-bridge/gas.ts'

test.each([
  { name: 'a commit', bytes: 43, needs: 27_300 },
  { name: 'a reveal of 63 feeds', bytes: 295, needs: 31_100 },
  { name: 'signatures of two protocols', bytes: 153, needs: 29_000 },
])(
  '$name gets half as much again as was measured on chain, and less than 50 000',
  ({ bytes, needs }) => {
    const limit = Number(gasLimitOf(bytes))
    expect(limit).toBeGreaterThan(needs * 1.4)
    expect(limit).toBeLessThan(50_000)
  },
)

test('much data is charged for its bytes alone, and the limit covers that', () => {
  // EIP-7623: 21 000 and 10 for each of four tokens a byte.
  expect(gasLimitOf(4_500)).toBe(21_000n + 40n * 4_500n)
})

test('a contract that has come to take more is given half as much again as it took', () => {
  expect(gasLimitOf(43, 60_000)).toBe(90_000n)
  expect(gasLimitOf(43, 1_000)).toBe(gasLimitOf(43))
})

test('property: never above the limit of the subsidy', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(1_000_000_000), (bytes, measured) => {
      expect(gasLimitOf(bytes, measured)).toBeLessThanOrEqual(3_000_000n)
    }),
  )
})

test('a round is planned with more than its calls will need', () => {
  const { commit, reveal } = roundGasOf({})
  expect(commit).toBeGreaterThanOrEqual(gasLimitOf(43))
  expect(reveal).toBeGreaterThanOrEqual(gasLimitOf(4 + 7 + 32 + 4 * 256))
  expect(roundGasOf({ reveal: 100_000 }).reveal).toBe(150_000n)
})
