import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  decodeFeedValues,
  encodeFeedValues,
  type FeedValueEntry,
} from '../../../src/protocol/feed-values.ts'

const decimals = fc.integer({ min: -10, max: 12 })
const good: fc.Arbitrary<FeedValueEntry> = fc
  .record({ value: fc.integer({ min: 1, max: 2 ** 31 - 2 }), decimals })
  .map((feed) => ({ price: feed.value / 10 ** feed.decimals, decimals: feed.decimals }))

/** Every way in which an entry can have no value that may be written. */
const bad: fc.Arbitrary<FeedValueEntry> = fc.oneof(
  decimals.map((places) => ({ decimals: places })),
  fc
    .constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, -1, 1e300)
    .chain((price) => decimals.map((places) => ({ price, decimals: places }))),
  fc.constantFrom(
    { price: 1, decimals: 400 },
    { price: 1, decimals: -400 },
    { price: 1, decimals: Number.NaN },
    { price: 1, decimals: 1.5 },
    { price: 1e-11, decimals: 10 },
  ),
)

function slotsOf(values: Hex): string[] {
  return values.slice(2).match(/.{8}/g) ?? []
}

/** The slot of one price. */
function slotOf(price: number, places: number): Hex {
  return encodeFeedValues([{ price, decimals: places }]).values
}

describe('encodeFeedValues', () => {
  test('writes each price as an integer of its own decimals, 2^31 above zero', () => {
    expect(
      encodeFeedValues([
        { price: 174.2399, decimals: 4 },
        { price: 0.5729, decimals: 5 },
        { price: 64_321.12, decimals: 2 },
      ]),
    ).toEqual({
      // prettier-ignore
      values:
        '0x' +
        '801a963f' + // 2^31 + 1 742 399
        '8000dfca' + // 2^31 +    57 290
        '80622570', // 2^31 + 6 432 112
      encoded: [1_742_399, 57_290, 6_432_112],
    })
  })

  test('leaves the slot of a feed without a price empty, and the others in their places', () => {
    expect(
      encodeFeedValues([{ price: 1, decimals: 0 }, { decimals: 5 }, { price: 2, decimals: 0 }]),
    ).toEqual({
      values: '0x' + '80000001' + '00000000' + '80000002',
      encoded: [1, undefined, 2],
    })
  })

  test('leaves out the empty slots at the end', () => {
    expect(
      encodeFeedValues([
        { decimals: 5 },
        { price: 2, decimals: 0 },
        { decimals: 5 },
        { decimals: 2 },
      ]),
    ).toEqual({
      values: '0x' + '00000000' + '80000002',
      encoded: [undefined, 2, undefined, undefined],
    })
  })

  test('keeps one slot where every slot is empty', () => {
    expect(encodeFeedValues([{ decimals: 5 }, { decimals: 5 }]).values).toBe('0x00000000')
  })

  test('of no feeds there is nothing to write', () => {
    expect(encodeFeedValues([])).toEqual({ values: '0x', encoded: [] })
  })

  // JavaScript's Math.round over the floating-point product: what the other providers compute.
  test.each([
    { why: 'a tie goes up', price: 2.5, places: 0, value: 3 },
    { why: 'a tie goes up from an odd number too', price: 1.5, places: 0, value: 2 },
    { why: 'a half is the smallest price with a value', price: 0.5, places: 0, value: 1 },
    { why: '1.005 is a little less than it says', price: 1.005, places: 2, value: 100 },
    { why: '1.255 is too', price: 1.255, places: 2, value: 125 },
    { why: '8.345 times 100 is a little more', price: 8.345, places: 2, value: 835 },
    { why: 'the product decides, not the decimal text', price: 4.35, places: 1, value: 44 },
    { why: 'one step of eight decimals', price: 0.000_000_01, places: 8, value: 1 },
    { why: 'a tie at eight decimals', price: 0.000_000_025, places: 8, value: 3 },
    { why: 'a tie on paper whose product is less', price: 0.000_000_015, places: 8, value: 1 },
    {
      why: 'eight decimals of PEPE’s kind',
      price: 0.000_012_345_678_9,
      places: 10,
      value: 123_457,
    },
    { why: 'negative decimals count hundreds', price: 12_350, places: -2, value: 124 },
  ])('$why: $price at $places decimals is $value', ({ price, places, value }) => {
    expect(encodeFeedValues([{ price, decimals: places }]).encoded).toEqual([value])
  })

  test('just under a half is 0 and so no vote, although adding a half makes it 1', () => {
    const price = 0.499_999_999_999_999_94
    expect(Math.floor(price + 0.5)).toBe(1)
    expect(slotOf(price, 0)).toBe('0x00000000')
  })

  test.each([
    { why: 'the largest value', price: 2_147_483_647, places: 0, slot: '0xffffffff' },
    {
      why: 'just over it but rounded to it',
      price: 2_147_483_647.4,
      places: 0,
      slot: '0xffffffff',
    },
    { why: 'rounded to one too many', price: 2_147_483_647.5, places: 0, slot: '0x00000000' },
    { why: 'one too many', price: 2_147_483_648, places: 0, slot: '0x00000000' },
    { why: 'PEPE at its ceiling', price: 0.214_748_364_7, places: 10, slot: '0xffffffff' },
    { why: 'PEPE above its ceiling', price: 0.214_748_364_8, places: 10, slot: '0x00000000' },
    { why: 'a price that rounds to 0', price: 0.000_004, places: 5, slot: '0x00000000' },
    { why: 'the smallest that does not', price: 0.000_005, places: 5, slot: '0x80000001' },
    { why: 'the price 0', price: 0, places: 5, slot: '0x00000000' },
    { why: 'minus 0', price: -0, places: 5, slot: '0x00000000' },
    { why: 'a negative price', price: -1, places: 5, slot: '0x00000000' },
    { why: 'a negative price that rounds to 0', price: -0.4, places: 0, slot: '0x00000000' },
    { why: 'not a number', price: Number.NaN, places: 5, slot: '0x00000000' },
    { why: 'infinity', price: Number.POSITIVE_INFINITY, places: 5, slot: '0x00000000' },
    { why: 'minus infinity', price: Number.NEGATIVE_INFINITY, places: 5, slot: '0x00000000' },
    { why: 'a product that overflows', price: 1e300, places: 100, slot: '0x00000000' },
    { why: 'decimals that are not a number', price: 1, places: Number.NaN, slot: '0x00000000' },
    { why: 'a broken number of decimals', price: 1, places: 0.5, slot: '0x00000000' },
  ])('$why: $slot', ({ price, places, slot }) => {
    expect(slotOf(price, places)).toBe(slot)
  })

  test('one bad feed of each kind spoils no other’s slot and is told apart by its place', () => {
    const entries = [
      { price: 1, decimals: 0 },
      { price: Number.NaN, decimals: 0 },
      { price: Number.POSITIVE_INFINITY, decimals: 0 },
      { price: 3e9, decimals: 0 },
      { price: 0, decimals: 0 },
      { price: -5, decimals: 0 },
      { price: 2, decimals: 0 },
    ]
    const { values, encoded } = encodeFeedValues(entries)
    expect(values).toBe(`0x80000001${'00000000'.repeat(5)}80000002`)
    expect(entries.filter((_, feed) => encoded[feed] === undefined)).toEqual(entries.slice(1, 6))
  })

  test('property: a bad feed changes no other slot', () => {
    fc.assert(
      fc.property(fc.array(good, { minLength: 1 }), bad, fc.nat(), (feeds, odd, seed) => {
        const at = seed % feeds.length
        const clean = slotsOf(encodeFeedValues(feeds).values)
        const spoiled = slotsOf(encodeFeedValues(feeds.toSpliced(at, 0, odd)).values)
        expect(spoiled).toEqual(clean.toSpliced(at, 0, '00000000'))
      }),
    )
  })

  test('property: rounds the product to the nearest integer, and a tie upwards', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), decimals, (price, places) => {
        const product = price * 10 ** places
        const [value] = encodeFeedValues([{ price, decimals: places }]).encoded
        if (value === undefined) {
          expect(product < 0.5 || product >= 2 ** 31 - 0.5).toBe(true)
        } else {
          expect(value - product).toBeGreaterThan(-0.5)
          expect(value - product).toBeLessThanOrEqual(0.5)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('property: whatever the prices, no slot is a vote for 0 or less', () => {
    const any = fc.record({ price: fc.double(), decimals: fc.integer({ min: -128, max: 127 }) })
    fc.assert(
      fc.property(fc.array(fc.oneof(any, good, bad), { minLength: 1 }), (entries) => {
        for (const slot of slotsOf(encodeFeedValues(entries).values)) {
          expect(slot === '00000000' || slot > '80000000').toBe(true)
        }
      }),
    )
  })

  test('property: the last slot is full, or it is the only one', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(good, bad), { minLength: 1 }), (entries) => {
        const slots = slotsOf(encodeFeedValues(entries).values)
        expect(slots.length === 1 || slots.at(-1) !== '00000000').toBe(true)
      }),
    )
  })
})

describe('decodeFeedValues', () => {
  test('reads each slot at the decimals of its feed', () => {
    expect(decodeFeedValues('0x801a963f8000dfca', [4, 5])).toEqual([
      { value: 1_742_399, decimals: 4, price: 174.2399 },
      { value: 57_290, decimals: 5, price: 0.5729 },
    ])
  })

  test('reads negative decimals', () => {
    expect(decodeFeedValues('0x8000007b', [-2])).toEqual([
      { value: 123, decimals: -2, price: 12_300 },
    ])
  })

  test('a slot of zeros and a slot that was left out are both empty', () => {
    expect(decodeFeedValues('0x0000000080000001', [0, 0, 0])).toEqual([
      undefined,
      { value: 1, decimals: 0, price: 1 },
      undefined,
    ])
  })

  test('a vector of nothing is a reveal of the random alone: every feed is empty', () => {
    expect(decodeFeedValues('0x', [2, 2])).toEqual([undefined, undefined])
  })

  test('80000000 is a vote for the price 0, and a lower slot is one for less', () => {
    expect(decodeFeedValues('0x800000007fffffff00000001', [0, 0, 0])).toEqual([
      { value: 0, decimals: 0, price: 0 },
      { value: -1, decimals: 0, price: -1 },
      { value: -(2 ** 31) + 1, decimals: 0, price: -(2 ** 31) + 1 },
    ])
  })

  test.each<{ why: string; values: Hex }>([
    { why: 'part of a slot', values: '0x8000000100' },
    { why: 'half a byte', values: '0x8000000' },
    { why: 'more slots than feeds', values: '0x800000018000000180000001' },
  ])('refuses $why', ({ values }) => {
    expect(() => decodeFeedValues(values, [0, 0])).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })

  test('property: gives back what was encoded, feed by feed', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(good, bad)), (entries) => {
        const { values, encoded } = encodeFeedValues(entries)
        const decoded = decodeFeedValues(
          values,
          entries.map((entry) => entry.decimals),
        )
        expect(decoded.map((feed) => feed?.value)).toEqual(encoded)
      }),
    )
  })
})
