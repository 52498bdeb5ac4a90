import { describe, expect, test } from 'vitest'
import { healthAfter, newcomer, type SourceHealth } from '../../../src/exchanges/health.ts'
import { turnOf } from '../../../src/exchanges/turn.ts'
import { answered, failed, whenAt } from '../../support/health.ts'

const markets = ['XBTUSD', 'ETHUSD']
const exchange = { minIntervalMs: 5_000 }

function turn(health: SourceHealth, atMs: number, isMovable = false) {
  return turnOf(health, { exchange, markets, isMovable }, atMs)
}

test('a newcomer is asked for everything, at its first address', () => {
  expect(turn(newcomer, 0)).toEqual({
    kind: 'ask',
    markets,
    doubted: [],
    isProbe: false,
    address: 0,
  })
})

describe('an open circuit', () => {
  const health = healthAfter(newcomer, failed('rate-limited'), whenAt(1_000))

  test('leaves the source alone, and says why and for how long', () => {
    expect(turn(health, 3_500)).toEqual({
      kind: 'silence',
      code: 'rate-limited',
      message: 'Left alone for another 3 s (HTTP 429.)',
    })
  })

  test.each([
    { atMs: 5_999, kind: 'silence' },
    { atMs: 6_000, kind: 'ask' },
  ])('is half open at its end: at $atMs it is $kind', ({ atMs, kind }) => {
    expect(turn(health, atMs).kind).toBe(kind)
  })

  test('half open, one small request comes first', () => {
    expect(turn(health, 6_000)).toMatchObject({ kind: 'ask', isProbe: true })
  })
})

describe('a source that refuses the place', () => {
  const health = healthAfter(newcomer, failed('blocked-here'), whenAt(0))

  test('is asked elsewhere, where somebody can', () => {
    expect(turn(health, 1_000, true)).toEqual({ kind: 'elsewhere' })
    expect(turn(health, 1_000)).toMatchObject({ kind: 'silence', code: 'blocked-here' })
  })

  test('is tried here again after a while', () => {
    expect(turn(health, 15_000, true)).toMatchObject({ kind: 'ask', isProbe: true })
  })

  test('stays elsewhere if that fails, in whatever way', () => {
    const later = healthAfter(health, failed('timed-out'), whenAt(15_000))
    expect(turn(later, 16_000, true)).toEqual({ kind: 'elsewhere' })
  })

  test('one that only sends us away is not asked elsewhere: its limit may be everywhere', () => {
    const limited = healthAfter(newcomer, failed('rate-limited'), whenAt(0))
    expect(turn(limited, 1_000, true).kind).toBe('silence')
  })
})

describe('the pace of a source', () => {
  const asked = healthAfter(newcomer, answered(), whenAt(10_000))

  test.each([
    { afterMs: 4_749, kind: 'repeat' },
    { afterMs: 4_750, kind: 'ask' },
  ])('$afterMs ms after it was asked: $kind', ({ afterMs, kind }) => {
    expect(turn(asked, 10_000 + afterMs).kind).toBe(kind)
  })

  test('is counted from when the request was sent, not from its answer', () => {
    const slow = healthAfter(newcomer, answered(), { askedAtMs: 0, atMs: 4_000, chance: 0 })
    expect(turn(slow, 5_000).kind).toBe('ask')
  })

  test.each([
    { usedShare: 0.79, afterMs: 5_000, kind: 'ask' },
    { usedShare: 0.8, afterMs: 5_000, kind: 'repeat' },
    { usedShare: 0.8, afterMs: 20_000, kind: 'ask' },
  ])('with $usedShare of its limit used up, after $afterMs ms: $kind', (crowd) => {
    const health = healthAfter(newcomer, answered({ usedShare: crowd.usedShare }), whenAt(0))
    expect(turn(health, crowd.afterMs).kind).toBe(crowd.kind)
  })

  test('holds after a failure, too', () => {
    expect(turn(healthAfter(newcomer, failed('timed-out'), whenAt(0)), 1_000).kind).toBe('repeat')
  })
})

describe('refused markets', () => {
  test('are left out', () => {
    const health = healthAfter(newcomer, answered({ refusedMarkets: ['ETHUSD'] }), whenAt(0))
    expect(turn(health, 5_000)).toMatchObject({ kind: 'ask', markets: ['XBTUSD'] })
  })

  test('are doubted half an hour later', () => {
    const health = healthAfter(newcomer, answered({ refusedMarkets: ['ETHUSD'] }), whenAt(0))
    const later = { markets: ['XBTUSD'], doubted: ['ETHUSD'] }
    expect(turn(health, 1_800_000)).toMatchObject({ kind: 'ask', ...later })
  })

  test('with no other left, the source is not asked at all', () => {
    const health = healthAfter(newcomer, answered({ refusedMarkets: markets }), whenAt(0))
    expect(turn(health, 5_000)).toMatchObject({ kind: 'silence', code: 'market-refused' })
  })
})
