import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isqrt,
  normalisedWeights,
  overdueThreshold,
  policyThreshold,
  registrationWeight,
} from '../../../src/protocol/voter-weight.ts'

const wei = 10n ** 18n

describe('isqrt', () => {
  test.each([
    [0n, 0n],
    [1n, 1n],
    [2n, 1n],
    [3n, 1n],
    [4n, 2n],
    [8n, 2n],
    [9n, 3n],
    [10n ** 54n, 10n ** 27n],
    [10n ** 54n - 1n, 10n ** 27n - 1n],
  ])('of %s is %s', (value, root) => {
    expect(isqrt(value)).toBe(root)
  })

  test('property: is the largest whose square is not larger', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n }), (value) => {
        const root = isqrt(value)
        expect(root * root <= value && (root + 1n) * (root + 1n) > value).toBe(true)
      }),
    )
  })

  test('a negative has none', () => {
    expect(() => isqrt(-1n)).toThrow(expect.objectContaining({ code: 'value-out-of-range' }))
  })
})

describe('registrationWeight', () => {
  const none = { nodeStake: 0n, wNat: 0n, totalWNat: 0n, stakeFactor: 1n }

  test.each([
    { why: 'nothing', backing: none, weight: 0n },
    {
      why: 'delegations below the cap',
      backing: { ...none, wNat: 10_000n, totalWNat: 10_000_000n },
      weight: 100n * 10n,
    },
    {
      why: 'delegations above the cap of 2.5 %',
      backing: { ...none, wNat: 10_000_000n, totalWNat: 400_000n },
      weight: 100n * 10n,
    },
    { why: 'stake alone, uncapped', backing: { ...none, nodeStake: 10_000n }, weight: 1_000n },
    {
      why: 'stake five times since FIP.16',
      backing: { ...none, nodeStake: 2_000n, stakeFactor: 5n },
      weight: 1_000n,
    },
    { why: 'a root rounded down', backing: { ...none, nodeStake: 99n }, weight: 9n * 3n },
    { why: "a root's root rounded down", backing: { ...none, nodeStake: 64n }, weight: 8n * 2n },
  ])('of $why', ({ backing, weight }) => {
    expect(registrationWeight(backing)).toBe(weight)
  })

  test('grows with the power of three quarters', () => {
    const one = registrationWeight({ ...none, nodeStake: 1_000_000n * wei })
    const sixteen = registrationWeight({ ...none, nodeStake: 16_000_000n * wei })
    expect(Number(sixteen) / Number(one)).toBeCloseTo(8, 6)
  })
})

describe('normalisedWeights', () => {
  test.each<{ registered: bigint[]; normalised: number[] }>([
    { registered: [1n], normalised: [65_535] },
    { registered: [1n, 1n], normalised: [32_767, 32_767] },
    { registered: [65_535n, 1n], normalised: [65_534, 0] },
    { registered: [0n, 3n], normalised: [0, 65_535] },
  ])('of $registered are $normalised', ({ registered, normalised }) => {
    expect(normalisedWeights(registered)).toEqual(normalised)
  })

  test.each<{ registered: bigint[] }>([
    { registered: [] },
    { registered: [0n] },
    { registered: [-1n, 2n] },
  ])('$registered have none', ({ registered }) => {
    expect(() => normalisedWeights(registered)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })

  test('property: fill 65535 but for less than one a voter', () => {
    const registered = fc.array(fc.bigInt({ min: 1n, max: 10n ** 30n }), {
      minLength: 1,
      maxLength: 100,
    })
    fc.assert(
      fc.property(registered, (each) => {
        const sum = normalisedWeights(each).reduce((before, weight) => before + weight, 0)
        expect(sum).toBeLessThanOrEqual(65_535)
        expect(sum).toBeGreaterThan(65_535 - each.length)
      }),
    )
  })
})

test.each([
  { sum: 65_486, threshold: 32_743 }, // Flare's reward epoch 392
  { sum: 65_533, threshold: 32_767 },
  { sum: 0, threshold: 0 },
])('half of $sum is $threshold', ({ sum, threshold }) => {
  expect(policyThreshold([sum])).toBe(threshold)
})

// The table of flare-system-client, client/finalizer/prolonged_threshold_test.go.
test.each([
  { threshold: 32_767, overdue: 39_320 },
  { threshold: 32_766, overdue: 39_319 },
  { threshold: 30_000, overdue: 36_000 },
  { threshold: 65_000, overdue: 65_535 },
])('$threshold is $overdue while the next policy is late', ({ threshold, overdue }) => {
  expect(overdueThreshold(threshold)).toBe(overdue)
})
