import { expect, test } from 'vitest'
import { type CollectMeasured, collectReportOf } from '../../../../tools/bench/collect-report.ts'

const good: CollectMeasured = {
  ticks: {
    ticks: 20,
    quotes: 871,
    priced: 62,
    requests: 23,
    bytesRead: 344_519,
    rows: 871,
    bytesWritten: 347_081,
    votingMs: 13,
    cpuMs: 80,
    wallMs: 100,
    parseMs: 4,
  },
  growth: { ticks: 1_000, heapMb: [100, 102.9], rssMb: [400, 401] },
  inWorkerd: { ticks: 10, feeds: 62, quotes: 881, cpuMs: 97, tookMs: 200 },
  ingest: {
    seconds: 30,
    batches: 128,
    accepted: 34_000,
    perSecond: 1_000,
    stored: 34_000,
    sentSha256: 'a'.repeat(64),
    storedSha256: 'a'.repeat(64),
    p50Ms: 86,
    p99Ms: 186,
    again: 0,
    cpuUs: { workerd: 59, Postgres: undefined },
    residentMb: [139, undefined],
  },
  server: 'PostgreSQL 15.20',
}

test('tells each figure beside what it is held to', () => {
  const report = collectReportOf(good)
  expect(report).toMatch(/processor time +\| 80 ms +\| < 1 500 ms: met/)
  expect(report).toMatch(/against `JSON.parse` of its bodies +\| 20.0 ×/)
  expect(report).toMatch(/quotes a second +\| 1 000 +\| ≥ 1 000: met/)
  expect(report).toMatch(/the same: met/)
  expect(report).toMatch(/Postgres +\| unknown/)
  expect(report).toContain('from 100.0 to 102.9 MB')
  expect(report).toContain(': no growth.')
})

test('says what is missed, lost, or grows', () => {
  const { ticks, growth, ingest } = good
  const report = collectReportOf({
    ...good,
    ticks: { ...ticks, cpuMs: 1_500 },
    growth: { ...growth, heapMb: [100, 103] },
    ingest: { ...ingest, perSecond: 999, stored: 33_999 },
  })
  expect(report).toContain('< 1 500 ms: missed')
  expect(report).toContain('≥ 1 000: missed')
  expect(report).toContain('the same: missed')
  expect(report).toContain(': it grows.')
})
