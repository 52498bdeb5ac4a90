import { describe, expect, test } from 'vitest'
import type { Asked } from '../../../src/exchanges/asking.ts'
import { ExchangeError, type ExchangeErrorCode } from '../../../src/exchanges/exchange.ts'
import {
  addressAt,
  healthAfter,
  marketsWorthAsking,
  newcomer,
  type SourceHealth,
  sourceHealthSchema,
} from '../../../src/exchanges/health.ts'
import { rememberedLatencies } from '../../../src/exchanges/latency.ts'
import { aTicker } from '../../support/quotes.ts'
import { answered, failed, whenAt } from '../../support/health.ts'

/** What comes of several askings, one a second. */
function healthOver(...askings: readonly Asked[]): SourceHealth {
  return askings.reduce(
    (health, asked, i) => healthAfter(health, asked, whenAt(i * 1_000)),
    newcomer,
  )
}

describe('a source that sends us away', () => {
  test.each<{ code: ExchangeErrorCode; seconds: number[] }>([
    { code: 'rate-limited', seconds: [5, 10, 20, 40, 80, 160, 320, 600, 600] },
    { code: 'blocked-here', seconds: [15, 30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_200, 7_200] },
  ])('by $code is left alone twice as long each time, up to a limit', ({ code, seconds }) => {
    let health = newcomer
    const waits = seconds.map(() => {
      health = healthAfter(health, failed(code), whenAt(0))
      return (health.circuit?.untilMs ?? 0) / 1_000
    })
    expect(waits).toEqual(seconds)
  })

  test('is left alone as long as it asked, to the millisecond, whatever it answered', () => {
    for (const code of ['rate-limited', 'http-status'] as const) {
      const health = healthAfter(newcomer, failed(code, 120_000), whenAt(1_000, 0.9))
      expect(health.circuit).toMatchObject({ untilMs: 121_000, code })
    }
  })

  test('chance takes up to a quarter off a wait that is ours, also off the longest', () => {
    const waitOf = (chance: number, before = newcomer) =>
      healthAfter(before, failed('rate-limited'), whenAt(0, chance)).circuit?.untilMs
    expect([waitOf(0), waitOf(0.5), waitOf(1)]).toEqual([5_000, 4_375, 3_750])
    const worn = healthOver(...Array.from({ length: 20 }, () => failed('rate-limited')))
    expect(waitOf(1, worn)).toBe(450_000)
  })

  test('starts from the beginning once it has answered', () => {
    const better = healthOver(failed('rate-limited'), failed('rate-limited'), answered())
    expect(better).not.toHaveProperty('circuit')
    const again = healthAfter(better, failed('rate-limited'), whenAt(20_000))
    expect(again.circuit).toMatchObject({ untilMs: 25_000, times: 1 })
  })

  test('is blocked until it answers, whatever else fails meanwhile', () => {
    const health = healthOver(failed('blocked-here'), failed('timed-out'))
    expect(health.circuit).toMatchObject({ isBlocked: true, code: 'timed-out', times: 2 })
    expect(healthOver(failed('timed-out'), failed('rate-limited')).circuit?.isBlocked).toBe(false)
  })
})

describe('a source that fails otherwise', () => {
  test('is given three tries, and then left alone', () => {
    const timedOut = failed('timed-out')
    expect(healthOver(timedOut, timedOut)).not.toHaveProperty('circuit')
    expect(healthOver(timedOut, timedOut, timedOut).circuit).toMatchObject({ untilMs: 7_000 })
    expect(healthOver(timedOut, timedOut, answered(), timedOut)).not.toHaveProperty('circuit')
  })

  test('and fails again when it is tried is left alone at once, for longer, up to half a minute', () => {
    let health = healthOver(failed('timed-out'), failed('timed-out'))
    const waits = [5, 10, 20, 30, 30].map(() => {
      health = healthAfter(health, failed('unreachable'), whenAt(0))
      return (health.circuit?.untilMs ?? 0) / 1_000
    })
    expect(waits).toEqual([5, 10, 20, 30, 30])
  })

  test('half-way has answered, unless it sent us away', () => {
    const part = { tickers: [aTicker()] }
    const health = healthOver({ ...failed('timed-out'), ...part })
    expect(health).toMatchObject({
      consecutiveFailures: 0,
      lastSuccessAtMs: 0,
      lastTickers: 1,
      lastError: { code: 'timed-out' },
    })
    const sentAway = healthOver({ ...failed('rate-limited'), ...part })
    expect(sentAway).toMatchObject({ consecutiveFailures: 1, circuit: { times: 1 } })
  })
})

describe('a refused market', () => {
  const all = ['GONEUSD', 'XBTUSD']
  const health = healthAfter(newcomer, answered({ refusedMarkets: ['GONEUSD'] }), whenAt(1_000))
  const freeAtMs = 1_801_000

  test('is left out for half an hour, and then doubted', () => {
    const without = { markets: ['XBTUSD'], doubted: [] }
    expect(marketsWorthAsking(health, all, freeAtMs - 1)).toEqual(without)
    const doubting = { markets: ['XBTUSD'], doubted: ['GONEUSD'] }
    expect(marketsWorthAsking(health, all, freeAtMs)).toEqual(doubting)
  })

  test('is trusted again once it has been granted', () => {
    const better = healthAfter(health, answered(), whenAt(freeAtMs))
    expect(better.refusedUntilMs).toEqual({})
    expect(marketsWorthAsking(better, all, freeAtMs)).toEqual({ markets: all, doubted: [] })
  })

  test('is left out once more where it is refused again', () => {
    const again = healthAfter(health, answered({ refusedMarkets: ['GONEUSD'] }), whenAt(freeAtMs))
    expect(again.refusedUntilMs).toEqual({ GONEUSD: freeAtMs + 1_800_000 })
  })

  test('stays doubted where the asking ended before it came to it', () => {
    const short = { ...failed('timed-out'), tickers: [aTicker({ market: 'XBTUSD' })] }
    const later = healthAfter(health, short, whenAt(freeAtMs))
    expect(marketsWorthAsking(later, all, freeAtMs + 1)).toMatchObject({ doubted: ['GONEUSD'] })
    const late = { ...short, tickers: [aTicker({ market: 'GONEUSD' })] }
    expect(healthAfter(health, late, whenAt(freeAtMs)).refusedUntilMs).toEqual({})
  })

  test('is not forgotten by an asking that it was left out of', () => {
    const during = { askedAtMs: freeAtMs - 1, atMs: freeAtMs + 500, chance: 0 }
    expect(healthAfter(health, answered(), during).refusedUntilMs).toEqual({ GONEUSD: freeAtMs })
  })

  test('stays left out while the source fails otherwise', () => {
    const worse = healthAfter(health, failed('timed-out'), whenAt(2_000))
    expect(marketsWorthAsking(worse, ['GONEUSD'], 3_000)).toEqual({ markets: [], doubted: [] })
  })
})

describe('another address', () => {
  const halfAnHourMs = 1_800_000
  const away = healthAfter(newcomer, answered({ address: 1 }), whenAt(0))

  test('is begun with for half an hour, then the first one is', () => {
    expect(addressAt(away, halfAnHourMs - 1)).toBe(1)
    expect(addressAt(away, halfAnHourMs)).toBe(0)
  })

  test('is kept no longer because it answers', () => {
    const later = healthAfter(away, answered({ address: 1 }), whenAt(halfAnHourMs - 1))
    expect(addressAt(later, halfAnHourMs)).toBe(0)
  })

  test('is forgotten when the first one answers again', () => {
    expect(healthAfter(away, answered(), whenAt(1_000))).not.toHaveProperty('address')
  })
})

test('only so many latencies are remembered, and only those of answers', () => {
  let health = newcomer
  for (let i = 0; i < 100; i += 1) {
    health = healthAfter(health, answered({ latencyMs: i + 0.4 }), whenAt(i))
  }
  health = healthAfter(health, { ...failed('timed-out'), latencyMs: 4_000 }, whenAt(100))
  expect(health.latenciesMs).toHaveLength(rememberedLatencies)
  expect(health.latenciesMs.at(-1)).toBe(99)
  expect(health.lastLatencyMs).toBe(4_000)
})

test('health survives being written down and read again', () => {
  const health = healthOver(
    answered({ refusedMarkets: ['GONEUSD'], usedShare: 0.3, address: 1 }),
    failed('rate-limited'),
    failed('blocked-here'),
  )
  expect(sourceHealthSchema.parse(JSON.parse(JSON.stringify(health)))).toEqual(health)
  const halfAMillisecond = healthAfter(health, failed('rate-limited'), whenAt(2_000.5))
  expect(sourceHealthSchema.safeParse(halfAMillisecond).success).toBe(false)
})

test('an error keeps the words of its exchange', () => {
  const failure = new ExchangeError('exchange-refused', 'Maintenance.')
  expect(healthOver(answered({ failure })).lastError).toEqual({
    code: 'exchange-refused',
    message: 'Maintenance.',
    atMs: 0,
  })
})
