import { describe, expect, test } from 'vitest'
import { cachedForMs, retryAfterOf } from '../../../src/exchanges/header-times.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')

describe('retryAfterOf', () => {
  test.each([
    { text: '1', waitMs: 1_000 },
    { text: ' 120 ', waitMs: 120_000 },
    { text: 'Sun, 22 Nov 2026 12:00:30 GMT', waitMs: 30_000 },
    { text: '259200', waitMs: 259_200_000 },
    { text: '259201', waitMs: 259_200_000 },
  ])('"$text" is a wait of $waitMs ms', ({ text, waitMs }) => {
    expect(retryAfterOf(new Headers({ 'Retry-After': text }), nowMs)).toBe(waitMs)
  })

  test.each(['0', '-5', '1.5 s', '', 'never', 'Sun, 22 Nov 2026 12:00:00 GMT'])(
    '"%s" is none',
    (text) => {
      expect(retryAfterOf(new Headers({ 'Retry-After': text }), nowMs)).toBeUndefined()
    },
  )

  test('none is none', () => {
    expect(retryAfterOf(new Headers(), nowMs)).toBeUndefined()
  })
})

describe('cachedForMs', () => {
  test.each([
    { text: '0', stayMs: 0 },
    { text: '17', stayMs: 17_000 },
    { text: '86401', stayMs: 86_400_000 },
    { text: '-17', stayMs: 0 },
    { text: 'old', stayMs: 0 },
    { text: '17, 17', stayMs: 0 },
  ])('"$text" is $stayMs ms', ({ text, stayMs }) => {
    expect(cachedForMs(new Headers({ Age: text }))).toBe(stayMs)
  })

  test('an answer that says nothing was in no cache', () => {
    expect(cachedForMs(new Headers())).toBe(0)
  })
})
