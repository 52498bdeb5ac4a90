import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  blockTimeMs,
  chainTimeMs,
  type Head,
  type Known,
  mayCommit,
  mayReveal,
  type Moment,
  type OpenRound,
  stepAt,
} from '../../../signer-bridge/timeline.ts'
import { isInWindow } from '../../../signer-bridge/windows.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks, withRoundSec } from '../../../src/protocol/networks.ts'

const { schedule } = networks.flare
const round = 1_000
const startMs = votingRoundStartMs(schedule, round)

const atSecond = (second: number, of = round) => votingRoundStartMs(schedule, of) + second * 1_000

function headAt(second: number): Head {
  return { number: 1, timestampSec: Math.floor(atSecond(second) / 1_000), baseFeeWei: 1n }
}

/** A moment at a second of the round, with a block of that second just seen. */
function aMoment(second: number, differing: Partial<Moment> = {}): Moment {
  return {
    wallMs: atSecond(second),
    isClockTrusted: true,
    head: headAt(second),
    sinceHeadMs: 0,
    ...differing,
  }
}

const nothingOpen: Known = { openRounds: [], mayBegin: true }
const committed: OpenRound = { votingRoundId: round, owesReveal: true, isCommitSettled: true }
const owing: Known = { openRounds: [committed], latestRoundId: round, mayBegin: true }

describe('a new round', () => {
  test.each([
    { second: 0, kind: 'rest' },
    { second: 69.999, kind: 'rest' },
    { second: 70, kind: 'freeze' },
    { second: 83.999, kind: 'freeze' },
    { second: 84, kind: 'rest' },
    { second: 89.999, kind: 'rest' },
  ])('at second $second: $kind', ({ second, kind }) => {
    expect(stepAt(schedule, nothingOpen, aMoment(second)).kind).toBe(kind)
  })

  test('rests until the freeze is due, and after it until that of the next round', () => {
    expect(stepAt(schedule, nothingOpen, aMoment(0))).toEqual({
      kind: 'rest',
      untilMs: atSecond(70),
    })
    expect(stepAt(schedule, nothingOpen, aMoment(84))).toEqual({
      kind: 'rest',
      untilMs: atSecond(160),
    })
  })

  test.each([
    { name: 'while the process is to end', known: { ...nothingOpen, mayBegin: false } },
    { name: 'when it was prepared before', known: { ...nothingOpen, latestRoundId: round } },
    { name: 'when a later one was', known: { ...nothingOpen, latestRoundId: round + 1 } },
  ])('is not begun $name', ({ known }) => {
    expect(stepAt(schedule, known, aMoment(75)).kind).toBe('rest')
  })

  test('is not begun by a clock that is not trusted', () => {
    expect(stepAt(schedule, nothingOpen, aMoment(75, { isClockTrusted: false })).kind).toBe('rest')
  })
})

describe('a round that was prepared and not sent', () => {
  const known: Known = {
    ...owing,
    openRounds: [{ ...committed, owesReveal: false, isCommitSettled: false }],
  }

  test.each([
    { second: 71, kind: 'commit' },
    { second: 83.999, kind: 'commit' },
    { second: 84, kind: 'drop' },
    { second: 200, kind: 'drop' },
  ])('at second $second: $kind', ({ second, kind }) => {
    expect(stepAt(schedule, known, aMoment(second)).kind).toBe(kind)
  })
})

describe('a commit that may be out', () => {
  test.each([
    { second: 75, isCommitSettled: false, kind: 'commit' },
    { second: 75, isCommitSettled: true, kind: 'rest' },
    { second: 84, isCommitSettled: false, kind: 'await-commit' },
    { second: 89.999, isCommitSettled: true, kind: 'rest' },
    { second: 95, isCommitSettled: false, kind: 'await-commit' },
    { second: 99.999, isCommitSettled: true, kind: 'rest' },
    { second: 100, isCommitSettled: true, kind: 'reveal' },
    { second: 100, isCommitSettled: false, kind: 'reveal' },
    { second: 134.999, isCommitSettled: true, kind: 'reveal' },
    { second: 135, isCommitSettled: true, kind: 'await-reveal' },
    { second: 139.999, isCommitSettled: true, kind: 'await-reveal' },
    { second: 140, isCommitSettled: true, kind: 'close' },
    { second: 9_000, isCommitSettled: false, kind: 'close' },
  ])('settled: $isCommitSettled, at second $second: $kind', ({ second, isCommitSettled, kind }) => {
    const known = { ...owing, openRounds: [{ ...committed, isCommitSettled }] }
    expect(stepAt(schedule, known, aMoment(second)).kind).toBe(kind)
  })

  test('is not revealed before a block of the next round was seen, whatever the clock says', () => {
    const moment = aMoment(120, { head: headAt(89), sinceHeadMs: 31_000 })
    expect(stepAt(schedule, owing, moment).kind).toBe('await-reveal')
    expect(mayReveal(schedule, round, moment)).toBe(false)
  })

  test('is not given up before a block proves that the window is over', () => {
    const moment = aMoment(500, { head: headAt(130), sinceHeadMs: 370_000 })
    expect(stepAt(schedule, owing, moment).kind).toBe('await-reveal')
  })

  test('is revealed by block time alone when the clock is off by hours', () => {
    for (const offMs of [-7_200_000, 7_200_000]) {
      const moment = aMoment(101, { wallMs: atSecond(101) + offMs, isClockTrusted: false })
      expect(stepAt(schedule, owing, moment)).toEqual({ kind: 'reveal', votingRoundId: round })
    }
  })

  test('is revealed whatever a clock says that jumps and is trusted still', () => {
    for (const offMs of [-60_000, -5_000, 35_000, 60_000, 7_200_000]) {
      const moment = aMoment(101, { wallMs: atSecond(101) + offMs })
      expect(stepAt(schedule, owing, moment)).toEqual({ kind: 'reveal', votingRoundId: round })
    }
  })

  test('is rested for until it is due by the stamps of blocks', () => {
    // The clock says it is due, the blocks that it is in two seconds.
    const moment = aMoment(101, { head: headAt(97), sinceHeadMs: 1_000 })
    const step = stepAt(schedule, owing, moment)
    expect(step).toEqual({ kind: 'rest', untilMs: atSecond(103) })
  })

  test('of two, the older comes first', () => {
    const both = { ...owing, openRounds: [committed, { ...committed, votingRoundId: round + 1 }] }
    expect(stepAt(schedule, both, aMoment(9_000))).toMatchObject({ votingRoundId: round })
  })
})

describe('blockTimeMs', () => {
  test('is the trusted clock where that is ahead of the last stamp', () => {
    expect(blockTimeMs(aMoment(50, { head: headAt(48), sinceHeadMs: 500 }))).toBe(atSecond(50))
  })
  test('is the last stamp and the time since where the clock is not trusted', () => {
    const moment = aMoment(50, { head: headAt(48), sinceHeadMs: 500, isClockTrusted: false })
    expect(blockTimeMs(moment)).toBe(atSecond(48.5))
  })
  test('is the clock before the first block', () => {
    const { head: _, ...moment } = aMoment(50)
    expect(blockTimeMs(moment)).toBe(atSecond(50))
  })
})

describe('chainTimeMs', () => {
  test('is the last stamp and the time since, never the clock', () => {
    expect(chainTimeMs(aMoment(50, { head: headAt(48), sinceHeadMs: 500 }))).toBe(atSecond(48.5))
  })
  test('has not begun before the first block', () => {
    const { head: _, ...moment } = aMoment(50)
    expect(chainTimeMs(moment)).toBe(Number.NEGATIVE_INFINITY)
  })
})

describe('isInWindow', () => {
  test.each([
    { kind: 'submit1', second: -1, is: false },
    { kind: 'submit1', second: 0, is: true },
    { kind: 'submit1', second: 89, is: true },
    { kind: 'submit1', second: 90, is: false },
    { kind: 'submit2', second: 89, is: false },
    { kind: 'submit2', second: 90, is: true },
    { kind: 'submit2', second: 134, is: true },
    { kind: 'submit2', second: 135, is: false },
    { kind: 'submitSignatures', second: 134, is: false },
    { kind: 'submitSignatures', second: 135, is: true },
    { kind: 'submitSignatures', second: 179, is: true },
    { kind: 'submitSignatures', second: 180, is: false },
  ] as const)('$kind at second $second: $is', ({ kind, second, is }) => {
    const stampSec = atSecond(second) / 1_000
    expect(isInWindow(schedule, { votingRoundId: round, kind }, stampSec)).toBe(is)
  })
})

describe('properties', () => {
  const anyMoment = fc.record({
    wallMs: fc.integer({ min: startMs - 200_000, max: startMs + 400_000 }),
    isClockTrusted: fc.boolean(),
    head: fc.integer({ min: -200, max: 400 }).map((second): Head => headAt(second)),
    sinceHeadMs: fc.nat(300_000),
  })
  const anyKnown = fc.record({
    openRounds: fc.array(
      fc.record({
        votingRoundId: fc.integer({ min: round - 2, max: round + 2 }),
        owesReveal: fc.boolean(),
        isCommitSettled: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    latestRoundId: fc.integer({ min: round - 2, max: round + 2 }),
    mayBegin: fc.boolean(),
  })
  const lengths = [90, 45, 10]

  test('no reveal without a block of the next round, and none after its window', () => {
    fc.assert(
      fc.property(anyKnown, anyMoment, (known, moment) => {
        const step = stepAt(schedule, known, moment)
        if (step.kind !== 'reveal') return
        const nextMs = votingRoundStartMs(schedule, step.votingRoundId + 1)
        expect(moment.head.timestampSec * 1_000).toBeGreaterThanOrEqual(nextMs)
        expect(moment.head.timestampSec * 1_000).toBeLessThan(nextMs + 45_000)
        expect(
          known.openRounds.some(
            (open) => open.votingRoundId === step.votingRoundId && open.owesReveal,
          ),
        ).toBe(true)
      }),
    )
  })

  test('a commit is only sent in its round, six seconds before the end at the latest', () => {
    fc.assert(
      fc.property(anyMoment, fc.integer({ min: round - 2, max: round + 2 }), (moment, id) => {
        if (!mayCommit(schedule, id, moment)) return
        expect(blockTimeMs(moment)).toBeGreaterThanOrEqual(votingRoundStartMs(schedule, id))
        expect(blockTimeMs(moment)).toBeLessThan(votingRoundStartMs(schedule, id + 1) - 6_000)
      }),
    )
  })

  test('what is owed is never left for something new', () => {
    fc.assert(
      fc.property(anyKnown, anyMoment, (known, moment) => {
        const step = stepAt(schedule, known, moment)
        if (step.kind !== 'freeze') return
        // It can only be a round whose commit is settled and whose reveal is not due yet.
        for (const open of known.openRounds) {
          const dueMs = votingRoundStartMs(schedule, open.votingRoundId + 1) + 10_000
          expect(chainTimeMs(moment)).toBeLessThan(dueMs)
        }
      }),
    )
  })

  test('a rest always ends later than now', () => {
    for (const seconds of lengths) {
      const shorter = withRoundSec(networks.local, seconds).schedule
      fc.assert(
        fc.property(anyKnown, anyMoment, (known, moment) => {
          const step = stepAt(shorter, known, moment)
          if (step.kind === 'rest') expect(step.untilMs).toBeGreaterThan(blockTimeMs(moment))
        }),
      )
    }
  })
})
