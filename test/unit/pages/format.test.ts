import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ageText,
  changeText,
  countedText,
  countText,
  hashText,
  intervalText,
  latencyText,
  namesText,
  priceText,
  shareText,
  timeText,
} from '../../../pages/src/lib/format.ts'

/** Texts with ordinary spaces and minus signs, as a test can be read. */
function plain(text: string): string {
  return text.replaceAll('\u202f', ' ').replaceAll('\u2212', '-')
}

describe('priceText', () => {
  test.each([
    [123_456.789, '123,456.79'],
    [97_500.1, '97,500.10'],
    [9_999.5, '9,999.50'],
    [999.5, '999.500'],
    [1, '1.00000'],
    [0.999_895, '0.999895'],
    [0.123_456_7, '0.123457'],
    [0.000_015_87, '0.0000158700'],
    [0.000_000_000_000_000_000_1, '0.000000000000000000'],
  ])('%d is %s', (price, text) => {
    expect(priceText(price)).toBe(text)
  })

  test('property: six digits count, and never fewer than two decimals are shown', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (price) => {
        const text = priceText(price)
        expect(Math.abs(Number(text.replaceAll(',', '')) / price - 1)).toBeLessThan(1e-5)
        expect(text.split('.')[1]?.length).toBeGreaterThanOrEqual(2)
      }),
    )
  })
})

describe('changeText', () => {
  test.each([
    [1.234, '+1.23 %'],
    [-0.4, '-0.40 %'],
    [0, '0.00 %'],
    [-0.004, '0.00 %'],
    [0.005, '+0.01 %'],
    [1_234.5, '+1,234.50 %'],
  ])('%d is %s', (percent, text) => {
    expect(plain(changeText(percent))).toBe(text)
  })
})

describe('ageText', () => {
  test.each([
    [-5_000, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 m 00 s'],
    [125_000, '2 m 05 s'],
    [3_599_999, '59 m 59 s'],
    [3_720_000, '1 h 02 m'],
    [86_400_000 * 3 + 3_600_000 * 4, '3 d 04 h'],
  ])('%d ms are %s', (ms, text) => {
    expect(plain(ageText(ms))).toBe(text)
  })
})

describe('shareText', () => {
  test.each([
    [0, '0 %'],
    [0.974, '97 %'],
    [0.999, '99 %'],
    [1, '100 %'],
  ])('%d is %s', (share, text) => {
    expect(plain(shareText(share))).toBe(text)
  })
})

test('other numbers have their units', () => {
  expect(plain(intervalText(1.54))).toBe('±1.5 bp')
  expect(plain(intervalText(13.4))).toBe('±13 bp')
  expect(plain(latencyText(86.6))).toBe('87 ms')
  expect(plain(latencyText(1_240))).toBe('1.24 s')
  expect(countText(1_234_567)).toBe('1,234,567')
  expect(countedText(1, 'source')).toBe('1 source')
  expect(countedText(0, 'source')).toBe('0 sources')
  expect(countedText(2, 'match', 'matches')).toBe('2 matches')
})

test('hashes are shown by their ends, and what is short as it is', () => {
  expect(hashText(`0x1234${'0'.repeat(56)}abcd`)).toBe('0x1234…abcd')
  expect(hashText('0x12345678')).toBe('0x12345678')
})

test('times of day are those of Greenwich', () => {
  expect(timeText(Date.UTC(2026, 10, 22, 14, 3, 59, 999))).toBe('14:03:59')
})

test('many names are cut, and it is said how many', () => {
  expect(namesText(['a', 'b', 'c'], 3)).toBe('a, b, c')
  expect(namesText(['a', 'b', 'c', 'd', 'e'], 3)).toBe('a, b, c +2')
  expect(namesText([], 3)).toBe('')
})
