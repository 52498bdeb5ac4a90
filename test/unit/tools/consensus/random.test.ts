import { describe, expect, test } from 'vitest'
import { between, chosen, randomOf } from '../../../../tools/consensus/random.ts'

const drawsOf = (draw: () => number, count: number) => Array.from({ length: count }, draw)

function momentsOf(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance) }
}

describe('randomOf', () => {
  test('gives the same numbers for the same name, on every machine', () => {
    const first = drawsOf(randomOf('T', 6, 1).uniform, 5)
    expect(drawsOf(randomOf('T', 6, 1).uniform, 5)).toEqual(first)
    // Written down when the generator was made: a change of it changes every published figure.
    expect(first.map((value) => Math.round(value * 1e6))).toEqual([
      453_335, 548_129, 125_545, 41_014, 255_124,
    ])
  })

  test('gives other numbers for another name, wherever the words are parted', () => {
    const first = drawsOf(randomOf('T', 6, 1).uniform, 5)
    expect(drawsOf(randomOf('T', 6, 2).uniform, 5)).not.toEqual(first)
    expect(drawsOf(randomOf('U', 6, 1).uniform, 5)).not.toEqual(first)
    expect(drawsOf(randomOf('T', 61).uniform, 5)).not.toEqual(first)
  })

  test('draws uniformly from 0 to below 1', () => {
    const draws = drawsOf(randomOf('uniform').uniform, 100_000)
    expect(Math.min(...draws.slice(0, 50_000))).toBeGreaterThanOrEqual(0)
    expect(Math.max(...draws.slice(0, 50_000))).toBeLessThan(1)
    expect(momentsOf(draws).mean).toBeCloseTo(0.5, 2)
    expect(momentsOf(draws).deviation).toBeCloseTo(Math.sqrt(1 / 12), 2)
  })

  test.each(['normal', 'laplace', 'heavy'] as const)('%s has mean 0 and deviation 1', (kind) => {
    const { mean, deviation } = momentsOf(drawsOf(randomOf(kind)[kind], 200_000))
    expect(mean).toBeCloseTo(0, 1.5)
    expect(deviation).toBeGreaterThan(0.95)
    expect(deviation).toBeLessThan(1.05)
  })

  test('exponential is positive, finite and has mean 1', () => {
    const draws = drawsOf(randomOf('exponential').exponential, 100_000)
    expect(draws.every((value) => value >= 0 && Number.isFinite(value))).toBe(true)
    expect(momentsOf(draws).mean).toBeCloseTo(1, 1.5)
  })

  test('heavy tails reach farther than normal ones', () => {
    const beyond = (draw: () => number) =>
      drawsOf(draw, 100_000).filter((value) => Math.abs(value) > 4).length
    expect(beyond(randomOf('tails').heavy)).toBeGreaterThan(
      20 * (1 + beyond(randomOf('tails').normal)),
    )
  })
})

test('between stays between', () => {
  const random = randomOf('between')
  const draws = drawsOf(() => between(random, -2, 3), 1_000)
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(-2)
  expect(Math.max(...draws)).toBeLessThan(3)
})

describe('chosen', () => {
  test('draws different numbers below the count', () => {
    const random = randomOf('chosen')
    for (let i = 0; i < 200; i += 1) {
      const drawn = chosen(random, 3, 6)
      expect(new Set(drawn).size).toBe(3)
      expect(drawn.every((value) => value >= 0 && value < 6)).toBe(true)
    }
  })

  test('draws each of them equally often', () => {
    const random = randomOf('fair')
    const times = [0, 0, 0, 0, 0, 0]
    for (let i = 0; i < 12_000; i += 1) {
      for (const value of chosen(random, 2, 6)) times[value] = (times[value] ?? 0) + 1
    }
    for (const count of times) expect(Math.abs(count - 4_000)).toBeLessThan(250)
  })

  test('draws all where as many are asked for, or more', () => {
    expect(new Set(chosen(randomOf('all'), 3, 3))).toEqual(new Set([0, 1, 2]))
    expect(new Set(chosen(randomOf('all'), 9, 3))).toEqual(new Set([0, 1, 2]))
  })
})
