import { describe, expect, test } from 'vitest'
import { headAmong, noveltyOf, type SeenHead } from '../../../signer-bridge/chain/head-choice.ts'
import { leadOf, timeLine } from '../../../signer-bridge/chain/time-line.ts'
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

/** What is believed of several nodes, look by look. */
function choice({ wallOffMs = 0 } = {}) {
  const timingOf = timeLine({ roundSec: 90 })
  let seen: SeenHead | undefined
  return (sec: number, heads: readonly Head[]) => {
    const now = { steadyMs: sec * 1_000, wallMs: (startSec + sec) * 1_000 + wallOffMs }
    const told = heads.map((head, by) => ({ by, head }))
    const head = headAmong(heads, seen, now, timingOf(told, now).line)
    if (head !== undefined && noveltyOf(head, seen, now) === 'new') {
      seen = { head, atMs: now.steadyMs }
    }
    return head
  }
}

describe('a node that lies about the time', () => {
  test.each([
    { wallOffMs: 0, clock: 'right' },
    { wallOffMs: -3_600_000, clock: 'an hour slow' },
  ])('never leads it away by more than the lead, by a clock that is $clock', ({ wallOffMs }) => {
    const look = choice({ wallOffMs })
    const leads: number[] = []
    let believed = look(0, [aHead(0), aHead(0)])
    for (let sec = 0.5; sec <= 60; sec += 0.5) {
      for (const aheadSec of [15, 5, 1]) {
        const stampSec = (believed?.timestampSec ?? startSec) + aheadSec
        const lie = aHead(Math.floor(sec), { timestampSec: stampSec })
        believed = look(sec, [aHead(Math.floor(sec)), lie]) ?? believed
        leads.push((believed?.timestampSec ?? 0) - startSec - sec)
      }
    }
    expect(Math.max(...leads)).toBeLessThanOrEqual(5)
    expect(Math.max(...leads)).toBeGreaterThan(3)
  })

  test('draws no line by itself while the other does not answer', () => {
    const look = choice()
    look(0, [aHead(0), aHead(0)])
    for (let sec = 1; sec <= 20; sec += 1)
      look(sec, [aHead(sec, { timestampSec: startSec + 3_600 })])
    expect(look(21, [aHead(21), aHead(21, { timestampSec: startSec + 30 })])).toEqual(aHead(21))
  })

  test('by going back hides no true head that the wall clock bears out', () => {
    const look = choice()
    for (let sec = 0; sec <= 60; sec += 1) {
      expect(look(sec, [aHead(-600), aHead(sec)])).toEqual(sec === 0 ? aHead(-600) : aHead(sec))
    }
  })
})

test.each([0, -3_600_000])(
  'a chain that has stood still for a minute is followed at once, wall clock off by %i ms',
  (wallOffMs) => {
    const look = choice({ wallOffMs })
    for (let sec = 0; sec <= 60; sec += 1) look(sec, [aHead(0), aHead(0)])
    expect(look(61, [aHead(61), aHead(61)])).toEqual(aHead(61))
  },
)

test.each([
  { roundSec: 90, leadMs: 5_000 },
  { roundSec: 10, leadMs: 2_000 },
])('in rounds of $roundSec s a node may lead by $leadMs ms', ({ roundSec, leadMs }) => {
  expect(leadOf({ roundSec })).toBe(leadMs)
})
