import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom, seedOf } from '../../../src/core/seeded-random.ts'

function firstOf(seed: number, count: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, random)
}

describe('seededRandom', () => {
  test('property: is the same for the same seed, and within [0, 1)', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const numbers = firstOf(seed, 50)
        expect(firstOf(seed, 50)).toEqual(numbers)
        for (const number of numbers) {
          expect(number).toBeGreaterThanOrEqual(0)
          expect(number).toBeLessThan(1)
        }
        expect(new Set(numbers).size).toBeGreaterThan(45)
      }),
    )
  })

  test('seeds that lie close together have nothing in common, and 0 is a seed as any other', () => {
    const starts = Array.from({ length: 100 }, (_, seed) => firstOf(seed, 1)[0])
    expect(new Set(starts).size).toBe(100)
  })

  test('fills the range evenly', () => {
    const tenths = Array.from({ length: 10 }, () => 0)
    for (const number of firstOf(7, 20_000)) {
      const tenth = Math.floor(number * 10)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200)
  })

  test('goes on as it was first seen to: learnt forests depend on it', () => {
    expect(firstOf(1, 3).map((number) => number * 2 ** 32)).toEqual([
      2_831_543_865, 3_042_595_768, 445_164_014,
    ])
  })
})

describe('seedOf', () => {
  test.each([
    { name: '', seed: 0x811c_9dc5 },
    { name: 'a', seed: 0xe40c_292c },
    { name: 'foobar', seed: 0xbf9c_f968 },
  ])('is FNV-1a of "$name"', ({ name, seed }) => {
    expect(seedOf(name)).toBe(seed)
  })
})
