import { expect, test } from 'vitest'
import { withLive } from '../../../../src/exchanges/live/live-status.ts'
import type { LiveReport } from '../../../../src/exchanges/live/manager.ts'
import { sourceStatusSchema } from '../../../../src/protocol/status.ts'

const atMs = Date.UTC(2026, 10, 22)
const blocked = {
  source: 'okx',
  ok: false,
  consecutive_failures: 3,
  blocked_here: true,
  retry_at: atMs + 1,
  circuit: 'open' as const,
  last_error: { code: 'blocked-here', message: 'HTTP 451.', at: atMs },
}
const plain = { source: 'kraken', ok: true, consecutive_failures: 0 }
const live: LiveReport['live'] = { socket: 'open', fresh: 3, connections: 1, came_by: 'live' }

function told(source: string, report: LiveReport): ReadonlyMap<string, LiveReport> {
  return new Map([[source, report]])
}

test('without sockets the status is what REST knows', () => {
  expect(withLive([plain, blocked], new Map())).toEqual([plain, blocked])
})

test('a source that came by its socket alone is well, however REST last fared', () => {
  const reports = told('okx', { live, last: { atMs, tickers: 3 } })
  const [, okx] = withLive([plain, blocked], reports)
  expect(okx).toEqual({
    source: 'okx',
    ok: true,
    consecutive_failures: 0,
    last_error: blocked.last_error,
    last_success_at: atMs,
    last_tickers: 3,
    live,
  })
  expect(sourceStatusSchema.parse(okx)).toEqual(okx)
})

test.each(['rest', 'both'] as const)('one that came by %s is told as REST fares', (came_by) => {
  const reports = told('okx', { live: { ...live, came_by }, last: { atMs, tickers: 3 } })
  expect(withLive([blocked], reports)).toEqual([{ ...blocked, live: { ...live, came_by } }])
})

test('one that was never asked over REST is told, too, in its place', () => {
  const reports = told('gate', { live, last: { atMs, tickers: 3 } })
  expect(withLive([plain], reports)).toMatchObject([
    { source: 'gate', ok: true, last_tickers: 3 },
    { source: 'kraken' },
  ])
})
