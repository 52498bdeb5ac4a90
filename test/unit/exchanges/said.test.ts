import { describe, expect, test } from 'vitest'
import { refusal, said } from '../../../src/exchanges/said.ts'

describe('what was said', () => {
  test.each([
    { reason: 'Too many requests', words: 'Too many requests' },
    { reason: 503, words: '503' },
    { reason: '', words: 'no reason' },
    { reason: '  ', words: 'no reason' },
    { reason: null, words: 'no reason' },
    { reason: undefined, words: 'no reason' },
    { reason: { text: 'no' }, words: 'no reason' },
    { reason: Object.create(null), words: 'no reason' },
  ])('of $reason is "$words"', ({ reason, words }) => {
    expect(said(reason)).toBe(words)
  })

  test('is cut where an exchange says a whole page', () => {
    expect(said('x'.repeat(5_000))).toBe('x'.repeat(200))
  })
})

describe('a refusal', () => {
  const codes = new Map([['429', 'rate-limited' as const]])

  test.each([
    { code: '429', kind: 'rate-limited' },
    { code: 429, kind: 'rate-limited' },
    { code: 430, kind: 'exchange-refused' },
    { code: '', kind: 'exchange-refused' },
  ])('with $code is $kind', ({ code, kind }) => {
    expect(refusal('Venue', { code, reason: 'why' }, codes)).toMatchObject({
      name: 'ExchangeError',
      code: kind,
    })
  })

  test('says who, which code and why', () => {
    const { message } = refusal('Venue', { code: 7, reason: undefined }, codes)
    expect(message).toBe('Venue refused with 7: no reason')
  })
})
