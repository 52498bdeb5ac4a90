import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimal, nonNegativeDecimal, positiveDecimal } from '../../../src/exchanges/decimal.ts'

describe('decimal', () => {
  test.each([
    ['69624.00000000', 69_624],
    ['1.282E-8', 1.282e-8],
    ['2.3822168242201668E8', 238_221_682.422_016_68],
    ['-4.5', -4.5],
    ['.5', 0.5],
    [5.313e-5, 5.313e-5],
    [0, 0],
  ])('reads %j', (written, number) => {
    expect(decimal(written)).toBe(number)
  })

  test.each([
    '',
    ' ',
    'nan',
    'NaN',
    'Infinity',
    '1e999',
    '0x10',
    '1,000.5',
    '1_000',
    '1.2.3',
    '9'.repeat(65),
    null,
    undefined,
    true,
    [1],
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])('finds no number in %j', (written) => {
    expect(decimal(written)).toBeUndefined()
  })

  test('property: reads whatever number JavaScript writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        // The text of -0 is "0".
        expect(decimal(String(number))).toBe(number + 0)
      }),
    )
  })
})

test('a price of 0 is no price, a volume of 0 is a volume, and neither is below 0', () => {
  expect(positiveDecimal('0.00000000')).toBeUndefined()
  expect(positiveDecimal('-1')).toBeUndefined()
  expect(nonNegativeDecimal('0')).toBe(0)
  expect(nonNegativeDecimal('-0.1')).toBeUndefined()
})
