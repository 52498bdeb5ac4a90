import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, test } from 'vitest'
import type { TickSummary } from '../../durable-objects/schedule.ts'
import { tickStatusSchema } from '../../src/protocol/status.ts'

afterEach(reset)

const t0 = Date.UTC(2026, 10, 22, 10)
const book = () => env.SCHEDULE.getByName('schedule:v1')
const report = (nowMs = t0) => book().report(nowMs)

const none = {
  completed: 0,
  died: 0,
  skipped: 0,
  doubled: 0,
  quotesAccepted: 0,
  quotesLost: 0,
  quotesRefused: 0,
  intervalsChecked: 0,
  intervalsHeld: 0,
  recent: [],
}

function aSummary(differing: Partial<TickSummary> = {}): TickSummary {
  return {
    accepted: 165,
    ids_sha256: 'ab'.repeat(32),
    kept: 'stored',
    refused: 0,
    priced: 55,
    took_ms: 812,
    ...differing,
  }
}

test('an empty book has nothing to tell', async () => {
  expect(await report()).toEqual(none)
})

describe('an event', () => {
  test('begins once, however many ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => book().begin('tick', t0, t0)),
    )
    expect(answers.toSorted()).toEqual(['begun', 'doubled', 'doubled', 'doubled', 'doubled'])
    expect(await report()).toMatchObject({ doubled: 4, recent: [{ at: t0, state: 'running' }] })
  })

  test('begins once also over an eviction, and when it has ended or died', async () => {
    await book().begin('tick', t0, t0)
    await evictDurableObject(book())
    expect(await book().begin('tick', t0, t0)).toBe('doubled')
    await book().endTick(t0, aSummary())
    expect(await book().begin('tick', t0, t0)).toBe('doubled')
    await book().begin('tick', t0 + 30_000, t0 + 30_000)
    await report(t0 + 100_000)
    expect(await book().begin('tick', t0 + 30_000, t0 + 100_000)).toBe('doubled')
  })

  test('of one instant and another kind is another', async () => {
    expect(await book().begin('tick', t0, t0)).toBe('begun')
    expect(await book().begin('round-close', t0, t0)).toBe('begun')
    expect(await book().begin('sweep', t0, t0)).toBe('begun')
  })

  test('that is no tick is not counted as one', async () => {
    await book().begin('round-close', t0, t0)
    await book().begin('round-close', t0, t0)
    await book().begin('sweep', t0, t0)
    await book().end('sweep', t0)
    expect(await report(t0 + 100_000)).toEqual(none)
  })
})

describe('a tick that ends', () => {
  test('is told with all that it has to say, as the wire promises', async () => {
    await book().begin('tick', t0, t0)
    await book().endTick(t0, aSummary())
    const { recent, ...totals } = await report()
    expect(recent).toEqual([{ at: t0, state: 'completed', ...aSummary() }])
    expect(recent.map((tick) => tickStatusSchema.parse(tick))).toEqual(recent)
    expect(totals).toMatchObject({ completed: 1, died: 0, quotesAccepted: 165, quotesLost: 0 })
  })

  test('ends once', async () => {
    await book().begin('tick', t0, t0)
    await book().endTick(t0, aSummary())
    await book().endTick(t0, aSummary({ accepted: 0 }))
    expect(await report()).toMatchObject({
      completed: 1,
      quotesAccepted: 165,
      recent: [{ accepted: 165 }],
    })
  })

  test('though its beginning was never told is told all the same', async () => {
    await book().endTick(t0, aSummary())
    expect(await report()).toMatchObject({ completed: 1, recent: [{ at: t0, accepted: 165 }] })
  })

  test('whose quotes nobody took is counted as a loss', async () => {
    await book().begin('tick', t0, t0)
    await book().endTick(t0, aSummary({ kept: 'lost' }))
    expect(await report()).toMatchObject({ quotesAccepted: 165, quotesLost: 165 })
  })

  test('says how many quotes history refused', async () => {
    await book().begin('tick', t0, t0)
    await book().endTick(t0, aSummary({ refused: 2 }))
    const { recent, ...totals } = await report()
    expect(totals).toMatchObject({ quotesAccepted: 165, quotesLost: 0, quotesRefused: 2 })
    expect(recent).toMatchObject([{ refused: 2 }])
  })

  test('goes on counting where an older book knows of no refusals', async () => {
    const {
      quotesRefused: _unknown,
      intervalsChecked: _nor,
      intervalsHeld: _this,
      recent: _none,
      ...older
    } = none
    await runInDurableObject(book(), (_, { storage }) => {
      storage.sql.exec(
        'INSERT INTO totals VALUES (1, ?)',
        JSON.stringify({ ...older, completed: 3 }),
      )
    })
    await book().endTick(t0, aSummary({ refused: 2 }))
    expect(await report()).toMatchObject({ completed: 4, quotesRefused: 2 })
  })
})

describe('a tick that does not end', () => {
  test.each([
    { name: 'exactly as long as it may take', afterMs: 60_000, state: 'running', died: 0 },
    { name: 'longer', afterMs: 60_001, state: 'died', died: 1 },
  ])('has not ended for $name: $state', async ({ afterMs, state, died }) => {
    await book().begin('tick', t0, t0)
    await book().begin('tick', t0 + 30_000, t0 + afterMs)
    const { recent, ...totals } = await report(t0 + afterMs)
    expect(recent.at(-1)).toEqual({ at: t0, state })
    expect(totals).toMatchObject({ died })
  })

  test('is found to have died also when nothing begins any more', async () => {
    await book().begin('tick', t0, t0)
    expect(await report(t0 + 60_001)).toMatchObject({ died: 1, recent: [{ state: 'died' }] })
    expect(await report(t0 + 90_000)).toMatchObject({ died: 1 })
  })

  test('and ends after all has not died', async () => {
    await book().begin('tick', t0, t0)
    await report(t0 + 60_001)
    await book().endTick(t0, aSummary())
    expect(await report(t0 + 90_000)).toMatchObject({
      completed: 1,
      died: 0,
      quotesAccepted: 165,
      recent: [{ state: 'completed' }],
    })
  })
})

describe('skipped ticks', () => {
  test('are counted once each, and are none that were run', async () => {
    expect(await book().skip([t0, t0 + 30_000])).toBe(2)
    expect(await book().skip([t0, t0 + 30_000])).toBe(0)
    expect(await report()).toEqual({ ...none, skipped: 2 })
  })

  test('that somebody ran are none', async () => {
    await book().begin('tick', t0, t0)
    await book().endTick(t0, aSummary())
    await book().begin('tick', t0 + 30_000, t0 + 30_000)
    expect(await book().skip([t0, t0 + 30_000, t0 + 60_000])).toBe(1)
    expect(await report(t0 + 60_000)).toMatchObject({ completed: 1, skipped: 1, died: 0 })
  })
})

test('totals and ticks survive eviction', async () => {
  await book().begin('tick', t0, t0)
  await book().begin('tick', t0, t0)
  await book().endTick(t0, aSummary())
  await book().skip([t0 + 30_000])
  const before = await report()
  await evictDurableObject(book())
  expect(await report()).toEqual(before)
  expect(before).toMatchObject({ completed: 1, doubled: 1, skipped: 1 })
})

test('the report has the newest forty ticks, newest first', async () => {
  for (let i = 0; i < 45; i += 1) await book().begin('tick', t0 + i * 30_000, t0 + i * 30_000)
  const { recent } = await report(t0 + 44 * 30_000)
  expect(recent.map(({ at }) => (at - t0) / 30_000)).toEqual(
    Array.from({ length: 40 }, (_, i) => 44 - i),
  )
})

test('the book forgets events of more than two hours ago, but no total', async () => {
  const nowMs = t0 + 7_200_000
  await book().begin('tick', t0, t0)
  await book().begin('tick', t0 - 1, t0)
  await book().begin('tick', nowMs, nowMs)
  const left = await runInDurableObject(book(), (_, { storage }) =>
    storage.sql.exec<{ at_ms: number }>('SELECT at_ms FROM event ORDER BY at_ms').toArray(),
  )
  expect(left).toEqual([{ at_ms: t0 }, { at_ms: nowMs }])
  expect(await report(nowMs)).toMatchObject({ died: 2 })
})

describe('the demand for fresh prices', () => {
  test('is nobody’s at first, and outlives the object', async () => {
    expect(await book().wantedUntilMs()).toBe(0)
    await book().want(t0 + 60_000, t0)
    await evictDurableObject(book())
    expect(await book().wantedUntilMs()).toBe(t0 + 60_000)
  })

  test('is never shortened by somebody who wants less, and bounded for whoever wants more', async () => {
    await book().want(t0 + 60_000, t0)
    await book().want(t0 + 30_000, t0)
    expect(await book().wantedUntilMs()).toBe(t0 + 60_000)
    await book().want(Number.MAX_SAFE_INTEGER, t0)
    expect(await book().wantedUntilMs()).toBe(t0 + 120_000)
  })
})
