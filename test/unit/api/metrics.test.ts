import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { metricsText } from '../../../src/api/metrics-text.ts'
import type { SourceStatus } from '../../../src/protocol/status.ts'
import { anApi, aStatus } from '../../support/api.ts'

const kraken: SourceStatus = {
  source: 'kraken',
  ok: true,
  region: 'weur',
  consecutive_failures: 0,
  circuit: 'closed',
  last_success_at: 1_500,
  last_tickers: 60,
  latency_ms: { p50: 80, p90: 120, p99: 250 },
  used_share: 0.25,
}
const bitget: SourceStatus = {
  source: 'bitget',
  ok: false,
  region: 'apac',
  consecutive_failures: 3,
  circuit: 'half-open',
  moved: { from: 'weur' },
  refused_markets: ['XUSDT', 'YUSDT'],
}

/** The lines of a metric, without those that explain it. */
function samplesOf(text: string, name: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
}

describe('GET /metrics', () => {
  test('is open to anyone, like the status that it repeats', async () => {
    const { api, world } = anApi()
    const response = await api.request('/metrics')
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(await response.text()).toContain('chrono_feeds 3\n')
    expect(world.diary).toEqual(['status'])
  })
})

test('tells of the house', () => {
  const recent = [
    { at: 90_000, state: 'running' as const },
    {
      at: 60_000,
      state: 'completed' as const,
      took_ms: 812,
      priced: 61,
      alerts: { drift: 3 },
    },
  ]
  const checks = { intervals_checked: 40, intervals_held: 38 }
  const ticks = { ...(aStatus().ticks ?? fail()), died: 2, quotes_lost: 4, ...checks, recent }
  const text = metricsText(
    aStatus({
      mode: 'replay',
      degraded: true,
      ticks,
      stores: { cache: { ok: true }, history: { ok: false, error: 'Gone.' } },
      thin_feeds: [],
    }),
  )
  expect(samplesOf(text, 'chrono_info')).toEqual(['chrono_info{mode="replay",network="flare"} 1'])
  expect(samplesOf(text, 'chrono_degraded')).toEqual(['chrono_degraded 1'])
  expect(samplesOf(text, 'chrono_thin_feeds')).toEqual(['chrono_thin_feeds 0'])
  expect(samplesOf(text, 'chrono_store_up')).toEqual([
    'chrono_store_up{store="cache"} 1',
    'chrono_store_up{store="history"} 0',
  ])
  expect(text).toContain('# TYPE chrono_ticks_total counter\n')
  expect(samplesOf(text, 'chrono_ticks_total')).toContain('chrono_ticks_total{outcome="died"} 2')
  expect(samplesOf(text, 'chrono_quotes_total')).toContain('chrono_quotes_total{outcome="lost"} 4')
  expect(text).toContain('# TYPE chrono_intervals_total counter\n')
  expect(samplesOf(text, 'chrono_intervals_total')).toEqual([
    'chrono_intervals_total{outcome="held"} 38',
    'chrono_intervals_total{outcome="missed"} 2',
  ])
  expect(samplesOf(text, 'chrono_last_tick_alerts')).toEqual([
    'chrono_last_tick_alerts{kind="anomaly"} 0',
    'chrono_last_tick_alerts{kind="drift"} 3',
    'chrono_last_tick_alerts{kind="mirrors"} 0',
    'chrono_last_tick_alerts{kind="low-quorum"} 0',
    'chrono_last_tick_alerts{kind="split"} 0',
  ])
  expect(samplesOf(text, 'chrono_last_tick_timestamp_seconds')).toEqual([
    'chrono_last_tick_timestamp_seconds 60',
  ])
  expect(samplesOf(text, 'chrono_last_tick_duration_seconds')).toEqual([
    'chrono_last_tick_duration_seconds 0.812',
  ])
})

test('tells of each source where it is asked from; what is not known is not told', () => {
  const text = metricsText(aStatus({ sources: [bitget, kraken] }))
  expect(samplesOf(text, 'chrono_source_up')).toEqual([
    'chrono_source_up{source="bitget",region="apac"} 0',
    'chrono_source_up{source="kraken",region="weur"} 1',
  ])
  expect(samplesOf(text, 'chrono_source_circuit_open')).toEqual([
    'chrono_source_circuit_open{source="bitget",region="apac"} 0.5',
    'chrono_source_circuit_open{source="kraken",region="weur"} 0',
  ])
  expect(samplesOf(text, 'chrono_source_moved')[0]).toMatch(/bitget.* 1$/)
  expect(samplesOf(text, 'chrono_source_refused_markets')[0]).toMatch(/bitget.* 2$/)
  expect(samplesOf(text, 'chrono_source_last_success_timestamp_seconds')).toEqual([
    'chrono_source_last_success_timestamp_seconds{source="kraken",region="weur"} 1.5',
  ])
  expect(samplesOf(text, 'chrono_source_latency_seconds')).toEqual([
    'chrono_source_latency_seconds{source="kraken",region="weur",quantile="0.5"} 0.08',
    'chrono_source_latency_seconds{source="kraken",region="weur",quantile="0.9"} 0.12',
    'chrono_source_latency_seconds{source="kraken",region="weur",quantile="0.99"} 0.25',
  ])
})

test('tells of the bridge where there is one', () => {
  expect(metricsText(aStatus())).not.toContain('chrono_bridge')
  const bridge = { heard_at: 1_500, silent: true, standbys: 2 }
  const text = metricsText(aStatus({ bridge }))
  expect(samplesOf(text, 'chrono_bridge_heard_timestamp_seconds')).toEqual([
    'chrono_bridge_heard_timestamp_seconds 1.5',
  ])
  expect(samplesOf(text, 'chrono_bridge_silent')).toEqual(['chrono_bridge_silent 1'])
  expect(samplesOf(text, 'chrono_bridge_standbys')).toEqual(['chrono_bridge_standbys 2'])
})

test('without the book of ticks there is no word of ticks', () => {
  const { ticks: _, ...status } = aStatus()
  expect(metricsText(status)).not.toContain('tick')
})

test('property: whatever a source is called, every line is one that Prometheus can read', () => {
  const line =
    /^(# (HELP|TYPE) chrono_\w+ .+|chrono_\w+(\{(\w+="([^"\\\n]|\\["\\n])*",?)*\})? -?[\d.e+-]+)$/
  fc.assert(
    fc.property(fc.string(), (source) => {
      const lines = metricsText(aStatus({ sources: [{ ...kraken, source }] })).split('\n')
      expect(lines.pop()).toBe('')
      for (const each of lines) expect(each).toMatch(line)
    }),
  )
})

function fail(): never {
  throw new Error('A status of ours has ticks.')
}
