import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  hampelGate,
  isInside,
  lowerMedian,
  median,
  spreadAround,
} from '../../../src/core/robust.ts'

const policy = { gateWidth: 3, gateFloorBps: 10 }

function gateOf(...values: number[]) {
  const gate = hampelGate(
    values.toSorted((left, right) => left - right),
    policy,
  )
  if (gate === undefined) throw new Error('expected a gate')
  return gate
}

describe('median', () => {
  test.each([
    { values: [7], expected: 7 },
    { values: [3, 1, 2], expected: 2 },
    { values: [4, 1, 3, 2], expected: 2.5 },
    { values: [10, 9, 100], expected: 10 },
    { values: [Number.MAX_VALUE, Number.MAX_VALUE], expected: Number.MAX_VALUE },
  ])('of $values is $expected', ({ values, expected }) => {
    expect(median(values)).toBe(expected)
  })

  test('of nothing is nothing', () => {
    expect(median([])).toBeUndefined()
    expect(lowerMedian([])).toBeUndefined()
  })

  test('leaves what it is given as it was', () => {
    const values = [3, 1, 2]
    median(values)
    lowerMedian(values)
    expect(values).toEqual([3, 1, 2])
  })

  test('the lower median of an even count is one of the values', () => {
    expect(lowerMedian([40, 10, 30, 20])).toBe(20)
    expect(lowerMedian([30, 10, 20])).toBe(20)
  })
})

describe('spreadAround', () => {
  test('is the median absolute deviation, scaled to a standard deviation', () => {
    expect(spreadAround(10, [8, 9, 10, 11, 12])).toBeCloseTo(1.4826, 10)
  })

  test('of normally distributed values is near their standard deviation', () => {
    // Quantiles of the standard normal distribution at 1/8, 2/8, … 7/8.
    const quantiles = [-1.1503, -0.6745, -0.3186, 0, 0.3186, 0.6745, 1.1503]
    expect(spreadAround(0, quantiles)).toBeCloseTo(1, 3)
  })

  test('a minority of any size of error does not move it beyond the others', () => {
    expect(spreadAround(10, [9, 10, 11, 1e12, 1e12])).toBeCloseTo(1.4826, 10)
  })
})

describe('hampelGate', () => {
  test('is three spreads wide either side of the median', () => {
    const gate = gateOf(99, 100, 101)
    expect(gate.centre).toBe(100)
    expect(gate.halfWidth).toBeCloseTo(3 * 1.4826, 10)
  })

  test('three equal quotes do not reject a fourth that is 1 bp away', () => {
    expect(isInside(gateOf(100, 100, 100, 100.01), 100.01)).toBe(true)
  })

  test.each([
    { value: 1024, inside: true },
    { value: 1025, inside: true },
    { value: 1023, inside: true },
    { value: 1025.0001, inside: false },
    { value: 1022.9999, inside: false },
  ])('with a floor of 1/1024, $value beside 1024 is inside: $inside', ({ value, inside }) => {
    const floor = { gateWidth: 3, gateFloorBps: 10_000 / 1024 }
    const gate = hampelGate([1024, 1024, 1024], floor)
    if (gate === undefined) throw new Error('expected a gate')
    expect(isInside(gate, value)).toBe(inside)
  })

  test('never exceeds 5 % however evenly the values are scattered', () => {
    const gate = gateOf(100, 120, 150)
    expect(gate.halfWidth).toBeCloseTo(6, 10)
    expect([100, 120, 150].filter((value) => isInside(gate, value))).toEqual([120])
  })

  test('a pair agrees when it is 50 bps apart and not when it is farther', () => {
    const near = gateOf(10_000, 10_050)
    expect(isInside(near, 10_000) && isInside(near, 10_050)).toBe(true)

    const far = gateOf(10_000, 10_051)
    expect(isInside(far, 10_000) || isInside(far, 10_051)).toBe(false)
  })

  test('property: a lone value passes, and its gate is about itself', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (value) => {
        const gate = gateOf(value)
        expect(gate.centre).toBe(value)
        expect(isInside(gate, value)).toBe(true)
      }),
    )
  })

  test('property: of three or more values within 1 % of one another more than half pass', () => {
    const value = fc.double({ min: 100, max: 101, noNaN: true })
    fc.assert(
      fc.property(fc.array(value, { minLength: 3, maxLength: 30 }), (values) => {
        const gate = gateOf(...values)
        const passed = values.filter((each) => isInside(gate, each))
        expect(passed.length * 2).toBeGreaterThan(values.length)
      }),
    )
  })
})
