import { describe, expect, test } from 'vitest'
import { type CronDeps, runMinute } from '../../src/cron.ts'
import { aCronWorld, nothingNoted } from '../support/world.ts'

/** 900 s after Flare's T0: tick, close of round 9 and sweep at one instant, then a tick. */
const fullMinuteAtMs = 1_658_430_900_000
const wholeDiary = [
  'tick +0s',
  'tick-completed',
  'end tick +0s',
  'close 9 +0s',
  'round-closed',
  'end round-close +0s',
  'sweep',
  'end sweep +0s',
  'tick +30s',
  'tick-completed',
  'end tick +30s',
]

/** Wakes whoever sleeps in the order of their instants, as time does. */
function anAlarmClock(startMs: number) {
  const clock = { ms: startMs }
  const sleepers: { readonly atMs: number; readonly wake: () => void }[] = []
  return {
    nowMs: () => clock.ms,
    sleepUntil: async (atMs: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ atMs, wake })
      }),
    run: async () => {
      for (const { atMs, wake } of sleepers.toSorted((a, b) => a.atMs - b.atMs)) {
        clock.ms = Math.max(clock.ms, atMs)
        wake()
        await new Promise(setImmediate)
      }
    },
  }
}

test('a minute runs its events at their instants, and a close waits for its tick', async () => {
  const alarm = anAlarmClock(fullMinuteAtMs)
  const { deps, diary } = aCronWorld(fullMinuteAtMs, alarm)
  const minute = runMinute(fullMinuteAtMs, deps)
  await alarm.run()
  await minute
  expect(diary).toEqual(wholeDiary)
})

test('a slow tick holds up its close and nothing else', async () => {
  const alarm = anAlarmClock(fullMinuteAtMs)
  const slow = Promise.withResolvers<undefined>()
  const { deps, diary } = aCronWorld(fullMinuteAtMs, alarm)
  const minute = runMinute(fullMinuteAtMs, {
    ...deps,
    tick: async (atMs) => {
      if (atMs === fullMinuteAtMs) await slow.promise
      return deps.tick(atMs, 30_000)
    },
  })
  await alarm.run()
  expect(diary).toEqual(['tick +30s', 'tick-completed', 'end tick +30s'])
  slow.resolve(undefined)
  await minute
  expect(diary.slice(3, 7)).toEqual(wholeDiary.slice(0, 4))
})

test('a cron that fires twice runs nothing twice', async () => {
  const { deps, diary, clock } = aCronWorld(fullMinuteAtMs)
  await runMinute(fullMinuteAtMs, deps)
  diary.length = 0
  clock.ms = fullMinuteAtMs
  await runMinute(fullMinuteAtMs, deps)
  expect(diary.filter((line) => line !== 'event-doubled')).toEqual([])
  expect(diary).toHaveLength(4)
})

test('a cron that fires a second late still runs the minute it was meant for', async () => {
  const { deps, diary } = aCronWorld(fullMinuteAtMs)
  await runMinute(fullMinuteAtMs + 1_000, deps)
  expect(diary.toSorted()).toEqual(wholeDiary.toSorted())
})

describe('a late cron', () => {
  test('skips the ticks that are past and says how many, and still closes the round', async () => {
    const { deps, diary, clock } = aCronWorld(fullMinuteAtMs)
    clock.ms += 50_000
    await runMinute(fullMinuteAtMs, deps)
    expect(diary.filter((line) => line.startsWith('ticks-skipped'))).toEqual(['ticks-skipped 2'])
    expect(diary.filter((line) => line.startsWith('tick '))).toEqual([])
    expect(diary).toContain('close 9 +0s')
  })

  test('that was run in time by another skips nothing', async () => {
    const { deps, diary, clock } = aCronWorld(fullMinuteAtMs)
    await runMinute(fullMinuteAtMs, deps)
    diary.length = 0
    clock.ms = fullMinuteAtMs + 59_000
    await runMinute(fullMinuteAtMs, deps)
    expect(diary.filter((line) => line !== 'event-doubled')).toEqual([])
  })

  test('by more than a round runs nothing of its minute', async () => {
    const { deps, diary, clock } = aCronWorld(fullMinuteAtMs)
    clock.ms += 200_000
    await runMinute(fullMinuteAtMs, deps)
    expect(diary).toEqual(['ticks-skipped 2'])
  })
})

describe('what fails costs only itself', () => {
  test('a tick: its close, the other tick and the sweep go on, and the book does not hear of it', async () => {
    const { deps, diary } = aCronWorld(fullMinuteAtMs)
    await runMinute(fullMinuteAtMs, {
      ...deps,
      tick: async (atMs) => {
        if (atMs === fullMinuteAtMs) throw new Error('died')
        return deps.tick(atMs, 30_000)
      },
    })
    const left = wholeDiary.filter((line) => !line.endsWith('tick +0s'))
    left.splice(left.indexOf('tick-completed'), 1, 'event-failed Error: died')
    expect(diary.toSorted()).toEqual(left.toSorted())
  })

  test('a close and a sweep', async () => {
    const { deps, diary } = aCronWorld(fullMinuteAtMs, {
      closeRound: () => Promise.reject(new Error('closed')),
      sweep: () => Promise.reject(new Error('swept')),
    })
    await runMinute(fullMinuteAtMs, deps)
    expect(diary).toContain('event-failed Error: closed')
    expect(diary).toContain('event-failed Error: swept')
    expect(diary.filter((line) => line.startsWith('end tick'))).toHaveLength(2)
  })

  test('the book: everything runs without it', async () => {
    const down = () => Promise.reject(new Error('no book'))
    const { deps, diary } = aCronWorld(fullMinuteAtMs, {
      begin: down,
      end: down,
      endTick: down,
      skip: down,
    })
    await runMinute(fullMinuteAtMs, deps)
    const ran = diary.filter((line) => line !== 'book-unavailable Error: no book')
    expect(ran.toSorted()).toEqual(wholeDiary.filter((line) => !line.startsWith('end')).toSorted())
  })
})

test('every line of the log says the mode', async () => {
  const logged: Readonly<Record<string, unknown>>[] = []
  const { deps, clock } = aCronWorld(fullMinuteAtMs, {
    mode: 'replay',
    endTick: () => Promise.reject(new Error('no book')),
    closeRound: () => Promise.reject(new Error('closed')),
    log: (event) => {
      logged.push(event)
    },
  })
  clock.ms += 16_000
  await runMinute(fullMinuteAtMs, deps)
  await runMinute(fullMinuteAtMs, deps)
  expect(new Set(logged.map(({ event }) => event))).toEqual(
    new Set([
      'ticks-skipped',
      'event-failed',
      'tick-completed',
      'book-unavailable',
      'event-doubled',
    ]),
  )
  for (const line of logged) expect(line).toMatchObject({ mode: 'replay' })
})

describe('while fresh prices are wanted', () => {
  const until = (ms: number) => ({ wantedUntilMs: async () => fullMinuteAtMs + ms })
  /** Runs a minute as time does, from `lateMs` into it on. */
  async function aMinute(differing: Partial<CronDeps>, lateMs = 0) {
    const alarm = anAlarmClock(fullMinuteAtMs + lateMs)
    const { deps, diary } = aCronWorld(fullMinuteAtMs, { ...alarm, ...differing })
    const minute = runMinute(fullMinuteAtMs, deps)
    await alarm.run()
    await minute
    return diary
  }
  const refreshed = (diary: readonly string[]) =>
    diary.filter((line) => line.startsWith('refresh '))

  test('they are refreshed every two seconds between the ticks, and told of once', async () => {
    const diary = await aMinute(until(60_000))
    expect(refreshed(diary)).toHaveLength(28)
    expect(refreshed(diary)[0]).toBe('refresh +2s within 2000')
    expect(diary.filter((line) => line === 'prices-refreshed 28')).toHaveLength(1)
  })

  test('and no longer: the instant at which the demand ends is after it', async () => {
    const diary = await aMinute(until(8_000))
    expect(refreshed(diary)).toEqual([2, 4, 6].map((sec) => `refresh +${sec}s within 2000`))
  })

  test('a tick among them has no longer than until the first of them', async () => {
    const gaps: number[] = []
    const tick: CronDeps['tick'] = async (_, gapMs) => {
      gaps.push(gapMs)
      return { acceptedIds: [], kept: 'nothing', refused: 0, priced: 0, noted: nothingNoted }
    }
    await aMinute({ ...until(10_000), tick })
    expect(gaps).toEqual([2_000, 30_000])
  })

  test('one that takes too long costs those that it would crowd, and one that fails only itself', async () => {
    const alarm = anAlarmClock(fullMinuteAtMs)
    const slow = Promise.withResolvers<undefined>()
    const { deps, diary } = aCronWorld(fullMinuteAtMs, { ...alarm, ...until(60_000) })
    const minute = runMinute(fullMinuteAtMs, {
      ...deps,
      refresh: async (atMs, gapMs) => {
        const second = (atMs - fullMinuteAtMs) / 1_000
        if (second === 2) throw new Error('no feed')
        if (second === 56) await slow.promise
        return deps.refresh(atMs, gapMs)
      },
    })
    await alarm.run()
    slow.resolve(undefined)
    await minute
    expect(diary).toContain('refresh-failed Error: no feed')
    expect(refreshed(diary).slice(0, 1)).toEqual(['refresh +4s within 2000'])
    expect(refreshed(diary).slice(-1)).toEqual(['refresh +56s within 2000'])
    expect(diary).not.toContain('refresh +58s within 2000')
  })

  test('without the book nobody wants anything', async () => {
    const diary = await aMinute({ wantedUntilMs: () => Promise.reject(new Error('no book')) })
    expect(refreshed(diary)).toEqual([])
    expect(diary).toContain('demand-unknown Error: no book')
  })

  test('a late cron does not make up for refreshes that are past', async () => {
    const diary = await aMinute(until(60_000), 50_500)
    expect(refreshed(diary)).toEqual([50, 52, 54, 56, 58].map((s) => `refresh +${s}s within 2000`))
  })
})
