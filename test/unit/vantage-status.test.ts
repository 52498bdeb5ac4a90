import { describe, expect, test } from 'vitest'
import { type SourceStatus, sourceStatusSchema } from '../../src/protocol/status.ts'
import { vantagesOf } from '../../src/vantage.ts'
import { refugesOf, type Told, vantageStatus } from '../../src/vantage-status.ts'

const [vantage] = vantagesOf([
  { name: 'binance', regions: ['weur', 'apac'] },
  { name: 'bitget', regions: ['weur', 'apac'] },
  { name: 'kraken', regions: ['weur', 'enam'] },
])
if (vantage === undefined) throw new Error('expected a vantage point')

const atMs = 5_000
const kraken: SourceStatus = { source: 'kraken', ok: true, consecutive_failures: 0 }
const blocked: SourceStatus = {
  source: 'bitget',
  ok: false,
  consecutive_failures: 2,
  circuit: 'open',
  blocked_here: true,
  retry_at: 9_000,
  last_error: { code: 'blocked-here', message: 'HTTP 403.', at: 4_000 },
}

function tell(told: Told, abroad: readonly SourceStatus[] = []) {
  const status = vantageStatus(vantage ?? fail(), { ...told, abroad }, atMs)
  for (const each of status) sourceStatusSchema.parse(each)
  return status
}

function fail(): never {
  throw new Error('unreachable')
}

test('a source at home is told with its region and the group that it votes in', () => {
  const binance: SourceStatus = { source: 'binance', ok: true, consecutive_failures: 0 }
  expect(tell({ known: [kraken, binance] })).toEqual([
    { ...binance, region: 'weur', group: 'binance-books' },
    { ...kraken, region: 'weur' },
  ])
})

describe('a source that refuses its home', () => {
  test('is looked for in its fallback region, once however many are there', () => {
    const binance = { ...blocked, source: 'binance' }
    expect(refugesOf(vantage ?? fail(), [blocked, binance, kraken])).toEqual([
      { name: 'collector:v2:apac:for-weur-0', locationHint: 'apac' },
    ])
    expect(refugesOf(vantage ?? fail(), [kraken])).toEqual([])
  })

  test('is told as it fares there, with what its home last said', () => {
    const abroad: SourceStatus = { source: 'bitget', ok: true, consecutive_failures: 0 }
    expect(tell({ known: [blocked] }, [abroad])).toEqual([
      {
        ...abroad,
        region: 'apac',
        moved: { from: 'weur', last_error: blocked.last_error, retry_at: 9_000 },
      },
    ])
  })

  test('is told with its socket at home, which may have told a part', () => {
    const abroad: SourceStatus = { source: 'bitget', ok: true, consecutive_failures: 0 }
    const live = { socket: 'open', fresh: 1, connections: 1, came_by: 'both' } as const
    expect(tell({ known: [{ ...blocked, live }] }, [abroad])).toMatchObject([
      { ok: true, region: 'apac', live, moved: { from: 'weur' } },
    ])
  })

  test('is failing while nobody there knows of it', () => {
    expect(tell({ known: [blocked] })).toMatchObject([
      { source: 'bitget', ok: false, region: 'apac', moved: { from: 'weur' } },
    ])
  })
})

test('all sources of a collector that is silent are failing, and say why', () => {
  const told = tell({ known: [], silence: 'collector:v2:weur:0 took longer than 5000 ms.' })
  expect(told.map(({ source, ok }) => [source, ok])).toEqual([
    ['binance', false],
    ['bitget', false],
    ['kraken', false],
  ])
  expect(told[0]?.last_error).toMatchObject({ code: 'collector-unavailable', at: atMs })
})

test('a source that was never asked is not told of', () => {
  expect(tell({ known: [kraken] }).map(({ source }) => source)).toEqual(['kraken'])
})
