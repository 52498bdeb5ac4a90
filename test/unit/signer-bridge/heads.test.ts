import { describe, expect, test } from 'vitest'
import { headAmong } from '../../../signer-bridge/chain/head-choice.ts'
import { headsOf } from '../../../signer-bridge/heads.ts'
import type { Head } from '../../../signer-bridge/timeline.ts'

const startSec = 1_000_000

/** The block that an honest node knows `sec` seconds after the start; one comes every 2 s. */
function aHead(sec: number, differing: Partial<Head> = {}): Head {
  const number = 5_000 + Math.floor(sec / 2)
  return { number, timestampSec: startSec + sec, baseFeeWei: 1n, ...differing }
}

/** Heads over a chain that says what it is told to. */
function watched({ wallOffMs = 0 } = {}) {
  let atMs = 0
  let next = aHead(0)
  const events: string[] = []
  const heads = headsOf({
    nowMs: () => startSec * 1_000 + atMs + wallOffMs,
    steadyMs: () => atMs,
    log: ({ event }) => void events.push(event),
    metrics: { headSeen: () => undefined } as unknown as Parameters<typeof headsOf>[0]['metrics'],
    chain: { head: async () => next } as unknown as Parameters<typeof headsOf>[0]['chain'],
  })
  return {
    events,
    see: async (sec: number, head: Head = aHead(sec)) => {
      atMs = sec * 1_000
      next = head
      await heads.refresh()
      return heads.moment().head
    },
  }
}

describe('a head is dropped', () => {
  test.each([
    { what: 'stamp', bogus: aHead(2, { timestampSec: startSec + 3_600 }) },
    { what: 'number', bogus: aHead(2, { number: 1e9 }) },
  ])('for a bogus $what, and the next true one is seen', async ({ bogus }) => {
    const { see, events } = watched()
    await see(0)
    expect(await see(2, bogus)).toEqual(aHead(0))
    expect(await see(4)).toEqual(aHead(4))
    expect(events).toEqual(['head-ignored'])
  })

  test('and that is logged once a minute at most', async () => {
    const { see, events } = watched()
    for (let sec = 0; sec <= 70; sec += 2) {
      await see(sec)
      await see(sec + 1, aHead(sec, { number: 1e9 }))
    }
    expect(events.filter((event) => event === 'head-ignored')).toHaveLength(2)
  })
})

test('a bogus head that came first is left once nothing has followed it', async () => {
  const { see } = watched()
  await see(0, aHead(0, { number: 1e9, timestampSec: startSec + 3_600 }))
  for (let sec = 2; sec <= 40; sec += 2) await see(sec)
  expect(await see(42)).toEqual(aHead(42))
})

test('a node that catches up takes leaps, which the wall clock bears out', async () => {
  const { see } = watched()
  await see(0, aHead(-7_200))
  expect(await see(1, aHead(0))).toEqual(aHead(0))
})

test('a wall clock that is wrong keeps no true head away', async () => {
  const { see } = watched({ wallOffMs: -3_600_000 })
  for (let sec = 0; sec <= 40; sec += 2) expect(await see(sec)).toEqual(aHead(sec))
})

describe('among the heads of several nodes', () => {
  const now = { steadyMs: 0, wallMs: startSec * 1_000 }
  const seen = { head: aHead(0), atMs: -2_000 }

  test('one that has stopped hides none that goes on', () => {
    expect(headAmong([aHead(-600), aHead(2)], seen, now)).toEqual(aHead(2))
  })
  test('a bogus one is passed over', () => {
    const bogus = aHead(2, { number: 1e9 })
    expect(headAmong([bogus, aHead(2)], seen, now)).toEqual(aHead(2))
    expect(headAmong([bogus], seen, now)).toBeUndefined()
  })
  test('the first is the middle one of those that the wall clock bears out', () => {
    const future = aHead(3_600)
    const bogus = aHead(0, { number: 1e9 })
    expect(headAmong([future, bogus, aHead(0), aHead(-2)], undefined, now)).toEqual(aHead(0))
    expect(headAmong([bogus, aHead(0)], undefined, now)).toEqual(aHead(0))
  })
  test('and the oldest, if it bears out none', () => {
    const late = { ...now, wallMs: 0 }
    expect(headAmong([aHead(2), aHead(0)], undefined, late)).toEqual(aHead(0))
  })
})
