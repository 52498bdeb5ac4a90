import fc from 'fast-check'
import { parseEther, parseGwei } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  commitPolicy,
  defaultFeePolicy,
  feesAt,
  latePolicy,
  leavesRoom,
  replacementFees,
  roundNeedWei,
  worstCostWei,
  worstRoundWei,
} from '../../../signer-bridge/fees.ts'
import { roundGasOf } from '../../../signer-bridge/gas.ts'

const gwei = (amount: number) => parseGwei(String(amount))
const policy = defaultFeePolicy

describe('feesAt', () => {
  test.each([
    { name: "Flare's floor", base: 500, tip: 1_000, cap: 3_000 },
    { name: 'a low base fee: the tip is raised to its least', base: 25, tip: 100, cap: 200 },
    { name: 'a high one: the tip is held to its most', base: 3_000, tip: 5_000, cap: 17_000 },
    { name: 'a spike: nothing is above the ceiling', base: 10_000, tip: 5_000, cap: 20_000 },
  ])('$name', ({ base, tip, cap }) => {
    expect(feesAt(gwei(base), policy)).toEqual({
      maxFeePerGas: gwei(cap),
      maxPriorityFeePerGas: gwei(tip),
    })
  })

  test('a ceiling below the tip holds the tip too', () => {
    expect(feesAt(gwei(500), { ...policy, ceilingWei: gwei(50) })).toEqual({
      maxFeePerGas: gwei(50),
      maxPriorityFeePerGas: gwei(50),
    })
  })
})

describe('replacementFees', () => {
  const paid = { maxFeePerGas: 800n, maxPriorityFeePerGas: 81n }
  const free = { tipMinWei: 0n, tipMaxWei: 0n, ceilingWei: 10_000n }

  test('raises both parts by an eighth, rounded up', () => {
    expect(replacementFees(paid, 1n, free)).toEqual({
      maxFeePerGas: 900n,
      maxPriorityFeePerGas: 92n,
    })
  })

  test('takes what the network asks for if that is more', () => {
    expect(replacementFees(paid, 1_000n, free)?.maxFeePerGas).toBe(4_000n)
  })

  test('exactly at the ceiling is allowed, and one above it is not', () => {
    expect(replacementFees(paid, 1n, { ...free, ceilingWei: 900n })).toBeDefined()
    expect(replacementFees(paid, 1n, { ...free, ceilingWei: 899n })).toBeUndefined()
  })

  test('property: at least 12.5 % more of both, at most the ceiling, and a tip within the cap', () => {
    const wei = fc.bigInt({ min: 0n, max: gwei(30_000) })
    fc.assert(
      fc.property(wei, wei, wei, (base, cap, tip) => {
        const before = { maxFeePerGas: cap, maxPriorityFeePerGas: tip < cap ? tip : cap }
        const after = replacementFees(before, base, policy)
        if (after === undefined) return
        expect(after.maxFeePerGas * 8n).toBeGreaterThanOrEqual(before.maxFeePerGas * 9n)
        expect(after.maxPriorityFeePerGas * 8n).toBeGreaterThanOrEqual(
          before.maxPriorityFeePerGas * 9n,
        )
        expect(after.maxFeePerGas).toBeLessThanOrEqual(policy.ceilingWei)
        expect(after.maxPriorityFeePerGas).toBeLessThanOrEqual(after.maxFeePerGas)
      }),
    )
  })
})

test('a stuck commit at its dearest can be outbid by the reveal five times', () => {
  let fees = { maxFeePerGas: commitPolicy(policy).ceilingWei, maxPriorityFeePerGas: 1n }
  for (let i = 0; i < 5; i += 1) {
    const next = replacementFees(fees, gwei(500), policy)
    if (next === undefined) throw new Error(`No room after ${i} times.`)
    fees = next
  }
})

test('room is left while four times the base fee and the tip are within half the ceiling', () => {
  expect(leavesRoom(gwei(1_250), policy)).toBe(true)
  expect(leavesRoom(gwei(1_667), policy)).toBe(false)
})

const round = { signsRoots: true, measured: () => undefined }

test('commit and reveal can cost 1.75 FLR at the very most', () => {
  const worst = worstCostWei(policy, roundGasOf({ ...round, hasCompanions: false }))
  expect(worst).toBeGreaterThan(parseEther('1.5'))
  expect(worst).toBeLessThan(parseEther('1.75'))
})

test('with companions a round can cost the submit key 7.035 FLR', () => {
  const gas = roundGasOf({ ...round, hasCompanions: true })
  // 201 000 gas each: at half the ceiling, at the ceiling, and at a quarter of it.
  expect(worstCostWei(policy, gas)).toBe(
    parseEther('2.01') + parseEther('4.02') + parseEther('1.005'),
  )
})

test('signatures are counted where the budget of all keys is, and not to the submit key', () => {
  const gas = roundGasOf({ ...round, hasCompanions: false })
  expect(worstRoundWei(policy, gas) - worstCostWei(policy, gas)).toBe(
    gas.signatures * policy.ceilingWei,
  )
})

test('what companions say by themselves can be outbid by the next commit, and that by its reveal', () => {
  const late = { maxFeePerGas: latePolicy(policy).ceilingWei, maxPriorityFeePerGas: 1n }
  const next = replacementFees(late, gwei(500), commitPolicy(policy))
  expect(next).toBeDefined()
  expect(next && replacementFees(next, gwei(500), policy)).toBeDefined()
})

test('a round needs of each key what its own calls may cost', () => {
  const gas = { commit: 1n, reveal: 2n, late: 4n, signatures: 8n }
  const { ceilingWei } = defaultFeePolicy
  expect(roundNeedWei('submit', defaultFeePolicy, gas)).toBe(worstCostWei(defaultFeePolicy, gas))
  expect(roundNeedWei('submitSignatures', defaultFeePolicy, gas)).toBe(8n * ceilingWei)
  expect(roundNeedWei('signingPolicy', defaultFeePolicy, gas)).toBe(0n)
})
