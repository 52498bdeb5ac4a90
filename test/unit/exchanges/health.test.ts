import { describe, expect, test } from 'vitest'
import type { Asked } from '../../../src/exchanges/ask.ts'
import { ExchangeError, type ExchangeErrorCode } from '../../../src/exchanges/exchange.ts'
import {
  healthAfter,
  marketsWorthAsking,
  newcomer,
  silenceOf,
  type SourceHealth,
  sourceHealthSchema,
  sourceStatusOf,
} from '../../../src/exchanges/health.ts'

const markets = ['XBTUSD']

function answered(differing: Partial<Asked> = {}): Asked {
  return { tickers: [], refusedMarkets: [], requests: 1, latencyMs: 80, ...differing }
}

function failed(code: ExchangeErrorCode, retryAfterMs?: number): Asked {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  return answered({ failure: new ExchangeError(code, 'HTTP 429.', wait) })
}

/** How long a source is left alone from an instant on, to the millisecond. */
function restMs(health: SourceHealth, atMs: number): number {
  return (health.rest?.untilMs ?? atMs) - atMs
}

describe('a source that sends us away', () => {
  test('is left alone as long as it asked, to the millisecond', () => {
    const health = healthAfter(newcomer, failed('rate-limited', 120_000), 1_000)
    expect(silenceOf(health, markets, 120_999)).toMatchObject({
      requests: 0,
      failure: { code: 'rate-limited' },
    })
    expect(silenceOf(health, markets, 121_000)).toBeUndefined()
  })

  test('is left alone twice as long each time, up to ten minutes', () => {
    let health = newcomer
    const waits = Array.from({ length: 9 }, () => {
      health = healthAfter(health, failed('rate-limited'), 0)
      return restMs(health, 0) / 1_000
    })
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600])
  })

  test('starts from the beginning once it has answered', () => {
    const sentAway = healthAfter(newcomer, failed('rate-limited'), 0)
    const better = healthAfter(sentAway, answered(), 10_000)
    expect(better).not.toHaveProperty('rest')
    expect(restMs(healthAfter(better, failed('rate-limited'), 20_000), 20_000)).toBe(5_000)
  })

  test('keeps its word for it while it rests', () => {
    const health = healthAfter(newcomer, failed('blocked-here'), 0)
    expect(silenceOf(health, markets, 1)).toMatchObject({ failure: { code: 'blocked-here' } })
  })
})

test.each<ExchangeErrorCode>(['timed-out', 'unreachable', 'http-status', 'not-json'])(
  'a source that failed by %s is asked again at the next tick',
  (code) => {
    expect(silenceOf(healthAfter(newcomer, failed(code), 0), markets, 0)).toBeUndefined()
  },
)

describe('a refused market', () => {
  const health = healthAfter(newcomer, answered({ refusedMarkets: ['GONEUSD'] }), 1_000)

  test('is left out for ten minutes', () => {
    expect(marketsWorthAsking(health, ['GONEUSD', 'XBTUSD'], 600_999)).toEqual(['XBTUSD'])
    expect(marketsWorthAsking(health, ['GONEUSD', 'XBTUSD'], 601_000)).toEqual([
      'GONEUSD',
      'XBTUSD',
    ])
  })

  test('is forgotten afterwards', () => {
    expect(healthAfter(health, answered(), 601_000).refusedUntilMs).toEqual({})
  })

  test('stays left out while the source fails otherwise', () => {
    const worse = healthAfter(health, failed('timed-out'), 2_000)
    expect(marketsWorthAsking(worse, ['GONEUSD'], 3_000)).toEqual([])
  })

  test('with no other market left, the source is not asked at all', () => {
    const left = marketsWorthAsking(health, ['GONEUSD'], 2_000)
    expect(silenceOf(health, left, 2_000)).toMatchObject({
      requests: 0,
      failure: { code: 'market-refused' },
    })
  })
})

describe('status', () => {
  test('of a source that answers', () => {
    const asked = answered({ refusedMarkets: ['ZUSD', 'AUSD'] })
    const health = healthAfter(newcomer, asked, 1_000)
    expect(sourceStatusOf('kraken', health, 2_000)).toEqual({
      source: 'kraken',
      ok: true,
      last_success_at: 1_000,
      consecutive_failures: 0,
      last_latency_ms: 80,
      refused_markets: ['AUSD', 'ZUSD'],
    })
  })

  test('of a source that failed twice tells when it was well and what is wrong', () => {
    let health = healthAfter(newcomer, answered(), 1_000)
    health = healthAfter(health, failed('unreachable'), 2_000)
    health = healthAfter(health, failed('timed-out'), 3_000)
    expect(sourceStatusOf('kraken', health, 4_000)).toEqual({
      source: 'kraken',
      ok: false,
      last_success_at: 1_000,
      consecutive_failures: 2,
      last_latency_ms: 80,
      last_error: { code: 'timed-out', message: 'HTTP 429.', at: 3_000 },
    })
  })
})

test('health survives being written down and read again', () => {
  let health = healthAfter(newcomer, answered({ refusedMarkets: ['GONEUSD'] }), 1_000)
  health = healthAfter(health, failed('rate-limited'), 2_000.5)
  expect(sourceHealthSchema.safeParse(health).success).toBe(false)
  health = healthAfter(health, failed('rate-limited'), 2_000)
  expect(sourceHealthSchema.parse(JSON.parse(JSON.stringify(health)))).toEqual(health)
})
