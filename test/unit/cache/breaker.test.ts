import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Breaker, maxFailuresInARow, openForMs } from '../../../src/cache/breaker.ts'

/** A breaker that has just been opened by failures at this instant. */
function openedAt(atMs: number): Breaker {
  const breaker = new Breaker()
  breaker.failed(atMs)
  breaker.failed(atMs)
  return breaker
}

test('lets calls through from the start, and after a single failure', () => {
  const breaker = new Breaker()
  expect(breaker.lets(0)).toBe(true)
  breaker.failed(0)
  expect(breaker.lets(0)).toBe(true)
})

test('opens at the second failure in a row, for two seconds', () => {
  const breaker = openedAt(1_000)
  expect(breaker.lets(1_000)).toBe(false)
  expect(breaker.lets(2_999)).toBe(false)
  expect(breaker.lets(3_000)).toBe(true)
})

test('failures with a success between them are not in a row', () => {
  const breaker = new Breaker()
  for (let i = 0; i < 10; i += 1) {
    breaker.failed(i)
    breaker.succeeded()
  }
  expect(breaker.lets(10)).toBe(true)
})

test('half-open lets one call through and no other until that one has succeeded', () => {
  const breaker = openedAt(0)
  expect(breaker.lets(2_000)).toBe(true)
  expect(breaker.lets(2_000)).toBe(false)
  breaker.succeeded()
  expect(breaker.lets(2_000)).toBe(true)
  expect(breaker.lets(2_000)).toBe(true)
})

test('half-open is open again at the first failure', () => {
  const breaker = openedAt(0)
  breaker.lets(2_000)
  breaker.failed(3_000)
  expect(breaker.lets(4_999)).toBe(false)
  expect(breaker.lets(5_000)).toBe(true)
})

test('a call that never tells how it ended holds up the next for two seconds only', () => {
  const breaker = openedAt(0)
  expect(breaker.lets(2_000)).toBe(true)
  expect(breaker.lets(3_999)).toBe(false)
  expect(breaker.lets(4_000)).toBe(true)
})

test('a success closes it while it is open', () => {
  const breaker = openedAt(0)
  breaker.succeeded()
  expect(breaker.lets(0)).toBe(true)
  breaker.failed(0)
  expect(breaker.lets(0)).toBe(true)
})

test('property: with nothing but failures, one call in two seconds gets through once it is open', () => {
  const gapsMs = fc.array(fc.nat(700), { maxLength: 200 })
  fc.assert(
    fc.property(gapsMs, (gaps) => {
      const breaker = new Breaker()
      const letAt: number[] = []
      let nowMs = 0
      for (const gapMs of gaps) {
        nowMs += gapMs
        if (!breaker.lets(nowMs)) continue
        letAt.push(nowMs)
        breaker.failed(nowMs)
      }
      letAt.slice(maxFailuresInARow).forEach((atMs, i) => {
        expect(atMs - (letAt[i + maxFailuresInARow - 1] ?? 0)).toBeGreaterThanOrEqual(openForMs)
      })
      if (letAt.length >= maxFailuresInARow) {
        expect(nowMs - (letAt.at(-1) ?? 0)).toBeLessThan(openForMs)
      }
    }),
  )
})
