import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { twapOf, vwapOf } from '../../../src/core/vwap-twap.ts'

const minute = { fromMs: 0, toMs: 60_000 }

describe('vwapOf', () => {
  test('weighs prices by volume', () => {
    const vwap = vwapOf([
      { price: 45_120, volume: 100 },
      { price: 45_125, volume: 150 },
      { price: 45_118, volume: 80 },
    ])
    expect(vwap?.toFixed(4)).toBe('45121.7879')
  })

  test('of one price is that price, exactly', () => {
    expect(vwapOf([{ price: 0.1, volume: 3 }])).toBe(0.1)
  })

  test.each([0, -5, Number.NaN, Number.POSITIVE_INFINITY])('%d counts as no volume', (volume) => {
    expect(vwapOf([{ price: 100, volume }])).toBeUndefined()
    expect(
      vwapOf([
        { price: 100, volume },
        { price: 200, volume: 1 },
      ]),
    ).toBe(200)
  })

  test('of nothing is nothing', () => {
    expect(vwapOf([])).toBeUndefined()
  })

  test('a price given twice counts twice', () => {
    const once = { price: 100, volume: 1 }
    expect(vwapOf([once, once, { price: 103, volume: 1 }])).toBeCloseTo(101, 12)
  })

  test('volumes that no sum could hold do not overflow it', () => {
    const huge = Number.MAX_VALUE
    expect(
      vwapOf([
        { price: 100, volume: huge },
        { price: 102, volume: huge },
      ]),
    ).toBeCloseTo(101, 12)
    expect(
      vwapOf([
        { price: 50, volume: Number.MIN_VALUE },
        { price: 60, volume: Number.MIN_VALUE },
        { price: 100, volume: huge },
      ]),
    ).toBeCloseTo(100, 12)
  })

  test('property: lies between the lowest and the highest price, in whatever order', () => {
    const price = fc.record({
      price: fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
      volume: fc.double({ min: 1e-9, max: 1e15, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(price, { minLength: 1, maxLength: 30 }), (prices) => {
        const vwap = vwapOf(prices) ?? Number.NaN
        const all = prices.map((each) => each.price)
        expect(vwap).toBeGreaterThanOrEqual(Math.min(...all))
        expect(vwap).toBeLessThanOrEqual(Math.max(...all))
        expect((vwapOf(prices.toReversed()) ?? Number.NaN) / vwap).toBeCloseTo(1, 12)
      }),
    )
  })
})

describe('twapOf', () => {
  test('weighs each price by the time it stood', () => {
    const steps = [
      { atMs: 0, price: 100 },
      { atMs: 45_000, price: 104 },
    ]
    expect(twapOf(steps, minute)).toBe(101)
    expect(twapOf(steps.toReversed(), minute)).toBe(101)
  })

  test('of one price is that price, from whenever it stood', () => {
    expect(twapOf([{ atMs: 59_999, price: 7 }], minute)).toBe(7)
  })

  test('time before the first price weighs nothing', () => {
    const steps = [
      { atMs: 40_000, price: 100 },
      { atMs: 50_000, price: 102 },
    ]
    expect(twapOf(steps, minute)).toBe(101)
  })

  test('the newest price from before the window stands at its start', () => {
    const steps = [
      { atMs: -90_000, price: 1 },
      { atMs: -30_000, price: 100 },
      { atMs: 30_000, price: 102 },
    ]
    expect(twapOf(steps, minute)).toBe(101)
  })

  test('a gap is filled by the price before it', () => {
    const regular = [0, 20_000, 40_000].map((atMs, i) => ({ atMs, price: 100 + 3 * i }))
    expect(twapOf(regular, minute)).toBeCloseTo(103, 12)
    const gapped = regular.filter(({ atMs }) => atMs !== 20_000)
    expect(twapOf(gapped, minute)).toBeCloseTo((100 * 40 + 106 * 20) / 60, 12)
  })

  test('prices of one instant count as one, their median', () => {
    const steps = [
      { atMs: 0, price: 100 },
      { atMs: 0, price: 900 },
      { atMs: 0, price: 102 },
      { atMs: 30_000, price: 104 },
    ]
    expect(twapOf(steps, minute)).toBe(103)
  })

  test('what comes after the window is not looked at', () => {
    const steps = [
      { atMs: 0, price: 100 },
      { atMs: 60_001, price: 900 },
    ]
    expect(twapOf(steps, minute)).toBe(100)
  })

  test('where no time passes it is the price that stands at the end', () => {
    const instant = { fromMs: 5_000, toMs: 5_000 }
    const steps = [
      { atMs: 0, price: 100 },
      { atMs: 5_000, price: 101 },
    ]
    expect(twapOf(steps, instant)).toBe(101)
    expect(twapOf(steps.slice(0, 1), instant)).toBe(100)
    expect(twapOf([{ atMs: 60_000, price: 9 }], minute)).toBe(9)
  })

  test('of no price, or of a window that ends before it starts, is nothing', () => {
    expect(twapOf([], minute)).toBeUndefined()
    expect(twapOf([{ atMs: 60_001, price: 1 }], minute)).toBeUndefined()
    expect(twapOf([{ atMs: 0, price: 1 }], { fromMs: 1, toMs: 0 })).toBeUndefined()
  })

  test('property: a price that is stated again while it stands changes nothing', () => {
    const step = fc.record({
      atMs: fc.integer({ min: 0, max: 59_000 }),
      price: fc.double({ min: 1, max: 1e6, noNaN: true }),
    })
    const steps = fc.uniqueArray(step, { minLength: 1, maxLength: 10, selector: (s) => s.atMs })
    fc.assert(
      fc.property(steps, (given) => {
        const last = given.reduce((latest, each) => (each.atMs > latest.atMs ? each : latest))
        const again = [...given, { ...last, atMs: last.atMs + 500 }]
        const before = twapOf(given, minute) ?? Number.NaN
        expect((twapOf(again, minute) ?? Number.NaN) / before).toBeCloseTo(1, 9)
      }),
    )
  })
})
