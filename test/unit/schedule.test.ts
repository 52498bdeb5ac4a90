import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { networks, withRoundSec } from '../../src/protocol/networks.ts'
import {
  betweenTicks,
  type Cadence,
  eventsOfMinute,
  isPast,
  minuteMs,
  minuteOf,
  type ScheduledEvent,
} from '../../src/schedule.ts'

const { flare, songbird } = networks
/** 2026-11-22 10:01:00 UTC: no round of Flare ends here, and nothing is swept. */
const aMinuteAtMs = Date.UTC(2026, 10, 22, 10, 1)
const usual: Cadence = { schedule: flare.schedule, tickMs: 30_000, demandTickMs: 2_000 }

/** Seconds into the minute of each event of a kind. */
function secondsOf(kind: ScheduledEvent['kind'], minuteAtMs: number, cadence: Cadence): number[] {
  return eventsOfMinute(minuteAtMs, cadence)
    .filter((event) => event.kind === kind)
    .map(({ atMs }) => (atMs - minuteAtMs) / 1_000)
}

describe('ticks', () => {
  test.each([
    { name: 'every 30 s', tickMs: 30_000, expected: [0, 30] },
    { name: 'every minute', tickMs: 60_000, expected: [0] },
    { name: 'every 2 s', tickMs: 2_000, expected: Array.from({ length: 30 }, (_, i) => 2 * i) },
  ])('$name count from T0 of Flare', ({ tickMs, expected }) => {
    expect(secondsOf('tick', aMinuteAtMs, { ...usual, tickMs })).toEqual(expected)
  })

  test('count from T0 of Songbird, which lies in the middle of an interval of Flare', () => {
    const cadence = { ...usual, schedule: songbird.schedule }
    expect(secondsOf('tick', aMinuteAtMs, cadence)).toEqual([15, 45])
  })

  test('of an interval that no minute is a multiple of still count from T0', () => {
    const genesisMs = flare.schedule.genesisSec * 1_000
    const ticks = eventsOfMinute(aMinuteAtMs, { ...usual, tickMs: 7_000 }).filter(
      ({ kind }) => kind === 'tick',
    )
    expect(ticks.length).toBeGreaterThanOrEqual(8)
    for (const { atMs } of ticks) expect((atMs - genesisMs) % 7_000).toBe(0)
  })
})

describe('round closes', () => {
  test('name the round that ends, at its end', () => {
    const round = 1_000_000
    const endsAtMs = (flare.schedule.genesisSec + (round + 1) * 90) * 1_000
    expect(eventsOfMinute(minuteOf(endsAtMs), usual)).toContainEqual({
      kind: 'round-close',
      atMs: endsAtMs,
      votingRoundId: round,
    })
  })

  test('one that falls on the start of a minute belongs to that minute', () => {
    const genesisMs = flare.schedule.genesisSec * 1_000
    // Round 1 ends 180 s after T0, which is a whole minute.
    expect(secondsOf('round-close', genesisMs + 180_000, usual)).toEqual([0])
    expect(secondsOf('round-close', genesisMs + 120_000, usual)).toEqual([])
  })

  test('of short rounds all come, in order', () => {
    const { schedule } = withRoundSec(flare, 6)
    expect(secondsOf('round-close', aMinuteAtMs, { ...usual, schedule })).toHaveLength(10)
  })
})

test('at one instant the tick comes first, then the close, then the sweep', () => {
  // 900 s after T0: a multiple of tick, round and five minutes.
  const atMs = flare.schedule.genesisSec * 1_000 + 900_000
  const kinds = eventsOfMinute(atMs, usual)
    .filter((event) => event.atMs === atMs)
    .map(({ kind }) => kind)
  expect(kinds).toEqual(['tick', 'round-close', 'sweep'])
})

test('the spill is swept every fifth minute', () => {
  const swept = Array.from({ length: 10 }, (_, i) => i).filter(
    (i) => secondsOf('sweep', Date.UTC(2026, 10, 22, 10, i), usual).length > 0,
  )
  expect(swept).toEqual([0, 5])
})

test('property: consecutive minutes hold every tick and every round once, in order', () => {
  const cadence = fc.record({
    schedule: fc
      .tuple(fc.constantFrom(flare, songbird), fc.integer({ min: 6, max: 3_600 }))
      .map(([network, roundSec]) => withRoundSec(network, roundSec).schedule),
    tickMs: fc.integer({ min: 2_000, max: 60_000 }),
    demandTickMs: fc.integer({ min: 1_000, max: 60_000 }),
  })
  const firstMinute = fc.integer({ min: 27_000_000, max: 30_000_000 })
  fc.assert(
    fc.property(cadence, firstMinute, fc.integer({ min: 1, max: 12 }), (every, first, count) => {
      const fromMs = first * minuteMs
      const events = Array.from({ length: count }, (_, i) =>
        eventsOfMinute(fromMs + i * minuteMs, every),
      ).flat()
      const instants = events.map(({ atMs }) => atMs)
      expect(instants).toEqual(instants.toSorted((a, b) => a - b))

      const ticks = events.filter(({ kind }) => kind === 'tick').map(({ atMs }) => atMs)
      expectEvery(every.tickMs, ticks, { fromMs, toMs: fromMs + count * minuteMs })
      const closes = events.filter(({ kind }) => kind === 'round-close').map(({ atMs }) => atMs)
      expectEvery(every.schedule.roundSec * 1_000, closes, {
        fromMs,
        toMs: fromMs + count * minuteMs,
      })
      const rounds = events.flatMap((e) => (e.kind === 'round-close' ? [e.votingRoundId] : []))
      expect(rounds).toEqual(rounds.map((_, i) => (rounds[0] ?? 0) + i))
    }),
  )
})

/** No gap within, at either end, or between. */
function expectEvery(
  spanMs: number,
  instants: readonly number[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): void {
  for (const [i, atMs] of instants.entries()) {
    if (i > 0) expect(atMs - (instants[i - 1] ?? 0)).toBe(spanMs)
    expect(atMs).toBeGreaterThanOrEqual(fromMs)
    expect(atMs).toBeLessThan(toMs)
  }
  expect((instants[0] ?? toMs) - fromMs).toBeLessThanOrEqual(spanMs)
  expect(toMs - (instants.at(-1) ?? fromMs)).toBeLessThanOrEqual(spanMs)
}

describe('between ticks', () => {
  const seconds = (cadence: Cadence) =>
    betweenTicks(aMinuteAtMs, cadence).map((atMs) => (atMs - aMinuteAtMs) / 1_000)

  test('prices may be refreshed every two seconds, but not where a tick is', () => {
    const all = Array.from({ length: 30 }, (_, i) => i * 2)
    expect(seconds(usual)).toEqual(all.filter((second) => second % 30 !== 0))
  })

  test.each([
    { name: 'as fast as that', tickMs: 2_000 },
    { name: 'faster', tickMs: 1_500 },
  ])('there is nothing to refresh where ticks are $name', ({ tickMs }) => {
    expect(seconds({ ...usual, tickMs })).toEqual([])
  })

  test('property: no refresh is nearer to a tick than half of its interval, nor two to each other', () => {
    const spanMs = fc.integer({ min: 1_000, max: 60_000 })
    fc.assert(
      fc.property(spanMs, spanMs, (tickMs, demandTickMs) => {
        const cadence = { ...usual, tickMs, demandTickMs }
        const between = betweenTicks(aMinuteAtMs, cadence)
        const ticks = [aMinuteAtMs - minuteMs, aMinuteAtMs, aMinuteAtMs + minuteMs]
          .flatMap((minute) => eventsOfMinute(minute, cadence))
          .filter(({ kind }) => kind === 'tick')
        for (const [i, atMs] of between.entries()) {
          const nearest = Math.min(...ticks.map((tick) => Math.abs(tick.atMs - atMs)))
          expect(nearest).toBeGreaterThanOrEqual(demandTickMs / 2)
          if (i > 0) expect(atMs - (between[i - 1] ?? 0)).toBeGreaterThanOrEqual(demandTickMs)
          expect(minuteOf(atMs)).toBe(aMinuteAtMs)
        }
      }),
    )
  })
})

test.each([
  { atMs: aMinuteAtMs, minute: aMinuteAtMs },
  { atMs: aMinuteAtMs + 59_999, minute: aMinuteAtMs },
  { atMs: aMinuteAtMs + 60_000, minute: aMinuteAtMs + 60_000 },
])('an instant belongs to the minute that holds it: $atMs', ({ atMs, minute }) => {
  expect(minuteOf(atMs)).toBe(minute)
})

describe('isPast', () => {
  const tick: ScheduledEvent = { kind: 'tick', atMs: aMinuteAtMs }
  const close: ScheduledEvent = { kind: 'round-close', atMs: aMinuteAtMs, votingRoundId: 1 }
  const sweep: ScheduledEvent = { kind: 'sweep', atMs: aMinuteAtMs }

  test.each([
    { name: 'a tick that is due', event: tick, lateMs: 0, past: false },
    { name: 'a tick to come', event: tick, lateMs: -30_000, past: false },
    { name: 'a tick exactly half an interval late', event: tick, lateMs: 15_000, past: false },
    { name: 'a tick later than that', event: tick, lateMs: 15_001, past: true },
    { name: 'a close exactly a round late', event: close, lateMs: 90_000, past: false },
    { name: 'a close later than that', event: close, lateMs: 90_001, past: true },
    { name: 'a sweep exactly a round late', event: sweep, lateMs: 90_000, past: false },
    { name: 'a sweep later than that', event: sweep, lateMs: 90_001, past: true },
  ])('$name: $past', ({ event, lateMs, past }) => {
    expect(isPast(event, aMinuteAtMs + lateMs, usual)).toBe(past)
  })
})
