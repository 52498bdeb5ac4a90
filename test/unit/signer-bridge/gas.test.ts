import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CallKind } from '../../../signer-bridge/call.ts'
import { gasLimitOf, maxCalldataBytes, maxGas, roundGasOf } from '../../../signer-bridge/gas.ts'

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

test('a node that tells of all the gas that calls were given drives no limit up for ever', () => {
  let limit = gasLimitOf(295)
  for (let call = 0; call < 100; call += 1) limit = gasLimitOf(295, Number(limit))
  expect(limit).toBe(250_000n)
})

test('property: never above the limit of the subsidy', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(1_000_000_000), (bytes, measured) => {
      expect(gasLimitOf(bytes, measured)).toBeLessThanOrEqual(3_000_000n)
    }),
  )
})

const nothing = () => undefined
const alone = { hasCompanions: false, signsRoots: true, measured: nothing }

test('a round is planned with more than its calls will need', () => {
  const { commit, reveal, late, signatures } = roundGasOf(alone)
  expect(commit).toBeGreaterThanOrEqual(gasLimitOf(43))
  expect(reveal).toBeGreaterThanOrEqual(gasLimitOf(4 + 7 + 32 + 4 * 256))
  expect(late).toBe(0n)
  expect(signatures).toBeGreaterThanOrEqual(gasLimitOf(4 + 7 + 66))
  const measured = (kind: CallKind) => (kind === 'submit2' ? 100_000 : undefined)
  expect(roundGasOf({ ...alone, measured }).reveal).toBe(150_000n)
  expect(roundGasOf({ ...alone, signsRoots: false }).signatures).toBe(0n)
})

test('with companions every call is planned as long as it may be, and so are calls of their own', () => {
  const longest = 21_000n + 40n * 4_500n
  // Also by the older rule, which such a call would have to pay: 16 a byte, and the contract's work.
  expect(longest).toBeGreaterThan(21_000n + 16n * 4_500n + 20_000n)
  expect(longest).toBeLessThan(maxGas)
  expect(roundGasOf({ ...alone, hasCompanions: true })).toEqual({
    commit: longest,
    reveal: longest,
    late: longest,
    signatures: 2n * longest,
  })
})

test('property: no call that can be composed is given more than was planned for it', () => {
  const kinds = fc.constantFrom('submit1', 'submit2', 'submitSignatures')
  fc.assert(
    fc.property(
      fc.nat(maxCalldataBytes),
      fc.option(fc.nat(4_000_000)),
      kinds,
      (bytes, took, kind) => {
        const measured = took ?? undefined
        const gas = roundGasOf({ hasCompanions: true, signsRoots: true, measured: () => measured })
        const planned = {
          submit1: gas.commit,
          submit2: gas.reveal,
          submitSignatures: gas.signatures,
        }
        expect(gasLimitOf(bytes, measured)).toBeLessThanOrEqual(planned[kind])
        expect(planned.submit2).toBeLessThanOrEqual(maxGas)
      },
    ),
  )
})
