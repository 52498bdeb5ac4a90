import { expect, test } from 'vitest'
import { healthAfter, newcomer } from '../../../src/exchanges/health.ts'
import { sourceStatusOf } from '../../../src/exchanges/source-status.ts'
import { sourceStatusSchema } from '../../../src/protocol/status.ts'
import { aTicker } from '../../support/quotes.ts'
import { answered, failed, whenAt } from '../../support/health.ts'

const bybit = { name: 'bybit', alternateUrls: ['https://api.bytick.com'] }

test('of a source that answers', () => {
  const asked = answered({
    tickers: [aTicker()],
    refusedMarkets: ['ZUSD', 'AUSD'],
    usedShare: 0.25,
    address: 1,
  })
  const status = sourceStatusOf(bybit, healthAfter(newcomer, asked, whenAt(1_000)), 2_000)
  expect(sourceStatusSchema.parse(status)).toEqual({
    source: 'bybit',
    ok: true,
    circuit: 'closed',
    last_asked_at: 1_000,
    last_success_at: 1_000,
    last_tickers: 1,
    consecutive_failures: 0,
    last_latency_ms: 80,
    latency_ms: { p50: 80, p90: 80, p99: 80 },
    used_share: 0.25,
    address: 'https://api.bytick.com',
    refused_markets: ['AUSD', 'ZUSD'],
  })
})

test('of a source that failed twice tells when it was well and what is wrong', () => {
  let health = healthAfter(newcomer, answered(), whenAt(1_000))
  health = healthAfter(health, failed('unreachable'), whenAt(2_000))
  health = healthAfter(health, failed('timed-out'), whenAt(3_000))
  expect(sourceStatusOf(bybit, health, 4_000)).toEqual({
    source: 'bybit',
    ok: false,
    circuit: 'closed',
    last_asked_at: 3_000,
    last_success_at: 1_000,
    last_tickers: 0,
    consecutive_failures: 2,
    last_latency_ms: 80,
    latency_ms: { p50: 80, p90: 80, p99: 80 },
    last_error: { code: 'timed-out', message: 'HTTP 429.', at: 3_000 },
  })
})

test.each([
  { atMs: 0, circuit: 'open' },
  { atMs: 15_000, circuit: 'half-open' },
])('of a source that refuses the place: at $atMs its circuit is $circuit', ({ atMs, circuit }) => {
  const health = healthAfter(newcomer, failed('blocked-here'), whenAt(0))
  expect(sourceStatusOf(bybit, health, atMs)).toMatchObject({
    ok: false,
    circuit,
    blocked_here: true,
    retry_at: 15_000,
  })
})
