/**
 * What the bridge takes the time to be among nodes of which one lies, with a wall clock that may be
 * wrong: never so far ahead that a reveal goes out early, and never so far behind that it is lost.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { belief } from '../../../signer-bridge/chain/belief.ts'
import type { Telling } from '../../../signer-bridge/chain/time-line.ts'
import { bearsOut } from '../../../signer-bridge/clock.ts'
import { headsOf } from '../../../signer-bridge/heads.ts'
import { chainTimeMs, type Head, isProvenPast } from '../../../signer-bridge/timeline.ts'

const startMs = 1_700_000_000_000
const schedule = { roundSec: 90 }
const leadMs = 5_000
const blockMs = 1_800

/** The block that an honest node knows which hears of it so late. */
function honestHead(atMs: number, lateMs: number): Head {
  const sinceMs = Math.floor((atMs - lateMs) / blockMs) * blockMs
  return {
    number: 1_000_000 + Math.floor(sinceMs / blockMs),
    timestampSec: Math.floor((startMs + sinceMs) / 1_000),
    baseFeeWei: 1n,
  }
}

/** What a liar says at a look: nothing, or a true head with other figures. */
type Lie = { readonly isSilent: boolean; readonly aheadSec: number; readonly blocks: number }

const honest: Lie = { isSilent: false, aheadSec: 0, blocks: 0 }

/** The bridge's view, over nodes that a test speaks for. */
function aView(wallOffMs: number) {
  let atMs = 0
  let told: readonly Telling[] = []
  const nowOf = () => ({ steadyMs: atMs, wallMs: startMs + atMs + wallOffMs })
  const believed = belief(() => {}, schedule, nowOf)
  const heads = headsOf({
    nowMs: () => nowOf().wallMs,
    steadyMs: () => atMs,
    log: () => undefined,
    metrics: { headSeen: () => undefined } as unknown as Parameters<typeof headsOf>[0]['metrics'],
    chain: {
      head: async () => {
        const found = believed(told)
        if (found === undefined) throw new Error('No node tells of a block that can be.')
        const { head, ...others } = found
        return { ...head, ...others }
      },
    },
  })
  return {
    /** Looks at an instant. */
    look: async (lookMs: number, tellings: readonly Telling[]) => {
      atMs = lookMs
      told = tellings
      await heads.refresh()
    },
    /** How far the time of what is owed is ahead of the truth at an instant. */
    aheadMs: (instantMs: number) => {
      atMs = instantMs
      return chainTimeMs(heads.moment()) - startMs - instantMs
    },
    moment: heads.moment,
  }
}

/** What nodes say at an instant: honest ones first, then the liar, unless it is silent. */
function tellings(atMs: number, honestLateMs: readonly number[], lie: Lie): readonly Telling[] {
  const told = honestLateMs.map((lateMs, by) => ({ by, head: honestHead(atMs, lateMs) }))
  if (lie.isSilent) return told
  const { number, timestampSec, baseFeeWei } = honestHead(atMs, 0)
  const stamp = Math.max(0, timestampSec + lie.aheadSec)
  const head = { number: Math.max(0, number + lie.blocks), timestampSec: stamp, baseFeeWei }
  return [...told, { by: 'liar', head }]
}

const span = (mostMs: number) => fc.integer({ min: 250, max: mostMs })
const lateArb = fc.integer({ min: 0, max: 1_500 })
const wallArb = fc.oneof(
  fc.integer({ min: -60_000, max: 60_000 }),
  fc.integer({ min: -3_600_000, max: 3_600_000 }),
)
/** Lies that hold for some looks: constant, drifting, or as they come. */
const planArb = fc.array(
  fc.record({
    looks: fc.integer({ min: 1, max: 40 }),
    isSilent: fc.boolean(),
    aheadSec: fc.oneof(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -7, max: 7 })),
    driftSec: fc.integer({ min: -2, max: 2 }),
    blocks: fc.oneof(fc.constant(0), fc.integer({ min: -1_000_000, max: 1_000_000 })),
  }),
  { minLength: 1, maxLength: 8 },
)
type Plan = readonly (Lie & { readonly looks: number; readonly driftSec: number })[]

function liesOf(plan: Plan): readonly Lie[] {
  return plan.flatMap(({ looks, driftSec, aheadSec, ...lie }) =>
    Array.from({ length: looks }, (_, i) => ({ ...lie, aheadSec: aheadSec + i * driftSec })),
  )
}

const runs = { numRuns: 300 }

/** The lie, unless a clock that is wrong by as much bears it out: then the truth. */
function notBorneOut(lie: Lie, atMs: number, wallOffMs: number): Lie {
  const { timestampSec } = honestHead(atMs, 0)
  return bearsOut(startMs + atMs + wallOffMs, timestampSec + lie.aheadSec) ? honest : lie
}

type Course = {
  readonly view: ReturnType<typeof aView>
  readonly off: number
  readonly every: number
}

/**
 * Goes through the lies of a plan, told beside these honest nodes, and has each look judged.
 *
 * @param lieAt What is told in place of a lie.
 */
async function goThrough(
  { view, off, every }: Course,
  { lates, plan }: { readonly lates: readonly number[]; readonly plan: Plan },
  judge: (atMs: number) => void,
  lieAt: (lie: Lie, atMs: number, wallOffMs: number) => Lie = (lie) => lie,
): Promise<void> {
  let atMs = 0
  for (const lie of liesOf(plan)) {
    atMs += every
    await view.look(atMs, tellings(atMs, lates, lieAt(lie, atMs, off)))
    judge(atMs)
  }
}

describe('property: one lying node among two, from the start, and any wall clock', () => {
  test('leads what is owed away no further than a clock is wrong that bears it out', async () => {
    const arb = fc.asyncProperty(
      wallArb,
      lateArb,
      planArb,
      span(2_000),
      async (off, late, plan, every) => {
        const view = aView(off)
        await goThrough({ view, off, every }, { lates: [late], plan }, (atMs) => {
          expect(view.aheadMs(atMs)).toBeLessThanOrEqual(Math.max(leadMs, off + 2_000))
        })
      },
    )
    await fc.assert(arb, runs)
  })

  test('not borne out by the clock, never leads what is owed ahead of the truth by more than the lead', async () => {
    const arb = fc.asyncProperty(
      wallArb,
      lateArb,
      planArb,
      span(2_000),
      async (off, late, plan, every) => {
        const view = aView(off)
        const judge = (atMs: number) => {
          for (const laterMs of [0, every / 2]) {
            expect(view.aheadMs(atMs + laterMs)).toBeLessThanOrEqual(leadMs)
          }
        }
        await goThrough({ view, off, every }, { lates: [late], plan }, judge, notBorneOut)
      },
    )
    await fc.assert(arb, runs)
  })

  test('not borne out by it, proves no instant that is further ahead than the lead', async () => {
    const arb = fc.asyncProperty(
      wallArb,
      lateArb,
      planArb,
      span(2_000),
      async (off, late, plan, every) => {
        const view = aView(off)
        const judge = (atMs: number) => {
          expect(isProvenPast(view.moment(), startMs + atMs + leadMs + 1)).toBe(false)
        }
        await goThrough({ view, off, every }, { lates: [late], plan }, judge, notBorneOut)
      },
    )
    await fc.assert(arb, runs)
  })
})

/** A block's length, the cut of its stamp, how late a node may hear of it, and the time between looks. */
const mostLateMs = blockMs + 1_000 + 1_500 + 2_000

test('property: two honest nodes and a liar, any wall clock: what is owed is neither early nor late', async () => {
  const arb = fc.asyncProperty(
    wallArb,
    fc.tuple(lateArb, lateArb),
    planArb,
    span(2_000),
    async (off, lates, plan, every) => {
      const view = aView(off)
      await goThrough({ view, off, every }, { lates, plan }, (atMs) => {
        expect(view.aheadMs(atMs)).toBeLessThanOrEqual(leadMs)
        expect(view.aheadMs(atMs)).toBeGreaterThanOrEqual(-mostLateMs)
      })
    },
  )
  await fc.assert(arb, runs)
})

test('property: a node that turns after a commit loses no reveal, whatever the wall clock says then', async () => {
  const arb = fc.asyncProperty(
    wallArb,
    lateArb,
    planArb,
    span(2_000),
    async (off, late, plan, every) => {
      const view = aView(off)
      let atMs = 0
      for (; atMs <= 20_000; atMs += every) await view.look(atMs, tellings(atMs, [late], honest))
      const untilMs = atMs + 135_000
      for (const lie of liesOf(plan)) {
        atMs += every
        if (atMs > untilMs) return
        await view.look(atMs, tellings(atMs, [late], lie))
        expect(view.aheadMs(atMs)).toBeLessThanOrEqual(leadMs)
        expect(view.aheadMs(atMs)).toBeGreaterThanOrEqual(-mostLateMs)
      }
    },
  )
  await fc.assert(arb, runs)
})

describe('beside one honest node and a right wall clock', () => {
  const everyMs = 1_000

  /** Looks through lies, one a second; the second of a look names its lie. */
  async function through(lieAt: (sec: number) => Lie, untilSec: number, wallOffMs = 0) {
    const view = aView(wallOffMs)
    for (let sec = 1; sec <= untilSec; sec += 1) {
      await view.look(sec * everyMs, tellings(sec * everyMs, [200], lieAt(sec)))
    }
    return view
  }
  const behind = (aheadSec: number): Lie => ({ ...honest, aheadSec })

  test('a liar that never agreed and begins to keep pace far behind stops no reveal', async () => {
    const lieAt = (sec: number) => behind(sec <= 200 ? -60 - 20 * (sec % 7) : -60)
    const view = await through(lieAt, 200 + 135)
    expect(view.aheadMs(335_000)).toBeGreaterThan(-mostLateMs)
    // Nothing new is promised meanwhile.
    expect(view.moment().head?.apartMs).toBeGreaterThan(50_000)
  })

  test('one that has stopped holds back neither what is owed nor what is new', async () => {
    const view = await through((sec) => behind(-600 - sec), 30)
    expect(view.aheadMs(30_000)).toBeGreaterThan(-mostLateMs)
    expect(view.moment().head).not.toHaveProperty('apartMs')
  })

  test('one that catches up holds back nothing either, once that is seen', async () => {
    const view = await through((sec) => behind(-7_200 + 60 * sec), 30)
    expect(view.aheadMs(30_000)).toBeGreaterThan(-mostLateMs)
  })

  test('one that keeps pace far behind from the start holds back what is new alone', async () => {
    const view = await through(() => behind(-60), 30)
    expect(view.aheadMs(30_000)).toBeGreaterThan(-mostLateMs)
    expect(view.moment().head?.apartMs).toBeGreaterThan(50_000)
  })

  test('beside a clock that is wrong it is gone by: a limit of two nodes', async () => {
    const view = await through(() => behind(-60), 30, 20_000)
    expect(view.aheadMs(30_000)).toBeLessThan(-50_000)
  })

  test('a number that is too low makes no true block seem too high', async () => {
    const lieAt = (sec: number): Lie =>
      sec === 20 ? { isSilent: false, aheadSec: 2, blocks: -900_000 } : honest
    const view = await through(lieAt, 25)
    expect(view.moment().head?.number).toBeGreaterThanOrEqual(1_000_000)
  })
})

describe('a node that is just behind loses no reveal', () => {
  /** Looks once a second beside an honest node; `undefined` is a node that does not answer. */
  async function beside(behindAt: (sec: number) => number | undefined, untilSec: number, off = 0) {
    const view = aView(off)
    const late: { readonly sec: number; readonly apartMs: number | undefined }[] = []
    for (let sec = 1; sec <= untilSec; sec += 1) {
      const behindSec = behindAt(sec)
      const other =
        behindSec === undefined
          ? { ...honest, isSilent: true }
          : { ...honest, aheadSec: -behindSec }
      await view.look(sec * 1_000, tellings(sec * 1_000, [200], other))
      const { apartMs } = view.moment().head ?? {}
      if (view.aheadMs(sec * 1_000) < -mostLateMs) late.push({ sec, apartMs })
    }
    return late
  }

  test.each([
    { name: 'catches up at 1.2 times the pace', behindAt: (sec: number) => 120 - 0.2 * sec },
    { name: 'catches up at 1.4 times the pace', behindAt: (sec: number) => 120 - 0.4 * sec },
    { name: 'has stopped', behindAt: (sec: number) => 60 + sec },
    { name: 'lags steadily', behindAt: () => 60 },
  ])('after a restart, where it $name', async ({ behindAt }) => {
    const late = await beside((sec) => Math.floor(behindAt(sec)), 100)
    // Of the first look alone nobody can say anything.
    expect(late.filter(({ sec }) => sec > 1)).toEqual([])
  })

  test('nor one that catches up beside a clock that is wrong, once that is seen', async () => {
    const late = await beside((sec) => Math.floor(120 - 0.4 * sec), 100, 20_000)
    expect(late.at(-1)?.sec).toBeLessThanOrEqual(20)
  })

  test('nor one that comes later than the other, whatever the clock', async () => {
    const late = await beside((sec) => (sec < 90 ? undefined : 60), 150, 20_000)
    expect(late.at(-1)?.sec ?? 0).toBeLessThanOrEqual(100)
    expect(await beside((sec) => (sec < 90 ? undefined : 60), 150)).toEqual([])
  })

  test('nor one that does not always answer: nothing new is promised while it holds back', async () => {
    const late = await beside((sec) => (sec % 3 === 0 ? undefined : 60), 60, 20_000)
    expect(late.length).toBeGreaterThan(40)
    expect(late.every(({ apartMs }) => (apartMs ?? 0) > 50_000)).toBe(true)
  })
})
