import { describe, expect, test } from 'vitest'
import { connectionView } from '../../../pages/src/lib/connection.ts'
import { bridgeLines, sourceLines, storeLines, tickViews } from '../../../pages/src/lib/health.ts'
import { stripText } from '../../../pages/src/lib/round-strip.ts'
import type { Status } from '../../../src/protocol/status.ts'

const status: Status = {
  mode: 'live',
  network: 'flare',
  served_at: 1_000_000,
  degraded: true,
  round: { id: 1, started_at: 0, ends_at: 90_000, seconds: 90 },
  tick_seconds: 30,
  feeds: 55,
  stores: { cache: { ok: true }, history: { ok: false, error: 'No route to the database.' } },
  ticks: {
    completed: 1_200,
    died: 0,
    skipped: 2,
    doubled: 7,
    quotes_accepted: 10,
    quotes_refused: 1,
    intervals_checked: 0,
    intervals_held: 0,
    quotes_lost: 3,
    recent: [],
  },
  sources: [
    { source: 'kraken', ok: true, consecutive_failures: 0, last_latency_ms: 86.6 },
    {
      source: 'binance',
      ok: true,
      consecutive_failures: 0,
      last_latency_ms: 12,
      refused_markets: ['FLRUSDT'],
    },
    {
      source: 'okx',
      ok: false,
      consecutive_failures: 4,
      last_success_at: 880_000,
      last_error: { code: 'timed-out', message: 'No answer within 2 s.', at: 990_000 },
    },
    { source: 'gate', ok: false, consecutive_failures: 1 },
  ],
}

describe('sourceLines', () => {
  const plain = (text: string) => text.replaceAll('\u202f', ' ')

  test('troubled sources come first, with since when and why', () => {
    const lines = sourceLines(status, 1_000_000)
    expect(lines.map(({ name, note }) => `${name}: ${plain(note)}`)).toEqual([
      'gate: 1 failure, never answered',
      'okx: 4 failures, last answered 2 m 00 s ago',
      'binance: 12 ms, refuses 1 market',
      'kraken: 87 ms',
    ])
    expect(lines[1]?.error).toBe('No answer within 2 s.')
  })

  test('an error that is over is not shown', () => {
    const [recovered] = sourceLines(
      {
        ...status,
        sources: [
          {
            source: 'okx',
            ok: true,
            consecutive_failures: 0,
            last_error: { code: 'timed-out', message: 'Old.', at: 1 },
          },
        ],
      },
      1_000_000,
    )
    expect(recovered).toEqual({ name: 'okx', isWell: true, note: '', error: undefined })
  })
})

test('stores say whether they answer', () => {
  expect(storeLines(status)).toEqual([
    { name: 'Cache (Upstash)', isWell: true, note: 'answers', error: undefined },
    {
      name: 'History (Neon)',
      isWell: false,
      note: 'does not answer',
      error: 'No route to the database.',
    },
  ])
})

test('the bridge is told of where there is one, and that nobody commits while it is silent', () => {
  expect(bridgeLines(status, 1_000_000)).toEqual([])
  const bridge = { heard_at: 995_000, silent: false, standbys: 1 }
  expect(bridgeLines({ ...status, bridge }, 1_000_000)).toMatchObject([
    { name: 'Signer bridge', isWell: true, error: undefined },
  ])
  const silent = { heard_at: 900_000, silent: true, standbys: 0 }
  expect(bridgeLines({ ...status, bridge: silent }, 1_000_000)).toMatchObject([
    { isWell: false, error: 'Nobody commits while the bridge is silent.' },
  ])
})

test('ticks are four numbers, and three of them are bad unless they are zero', () => {
  expect(tickViews(status)).toEqual([
    { label: 'completed', value: 1_200, isBad: false },
    { label: 'skipped', value: 2, isBad: true },
    { label: 'died', value: 0, isBad: false },
    { label: 'quotes lost', value: 4, isBad: true },
  ])
  const { ticks: _, ...withoutTicks } = status
  expect(tickViews(withoutTicks)).toEqual([])
})

test.each([
  [{ kind: 'open' }, 'good', 'Live'],
  [{ kind: 'connecting' }, 'busy', 'Connecting'],
  [{ kind: 'waiting', waitMs: 1, reason: 'silent' }, 'bad', 'Reconnecting'],
  [{ kind: 'closed' }, 'bad', 'Closed'],
] as const)('the connection %o is %s and called %s', (state, tone, label) => {
  expect(connectionView(state)).toMatchObject({ tone, label })
})

test('rounds are counted by how far they came', () => {
  const round = { epoch_id: 1, started_at: 0, ends_at: 1 }
  const stages = ['open', 'committed', 'revealed', 'missed', 'revealed'] as const
  expect(stripText(stages.map((stage) => ({ ...round, stage })))).toBe(
    'Last 5 rounds: 2 revealed, 1 missed',
  )
})
