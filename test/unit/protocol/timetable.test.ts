import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { networks, withRoundSec } from '../../../src/protocol/networks.ts'
import { timetableMs } from '../../../src/protocol/timetable.ts'

describe('timetableMs', () => {
  test.each(['flare', 'songbird', 'coston2', 'coston', 'local'] as const)(
    'is the protocol’s on %s, whose rounds last 90 seconds',
    (name) => {
      expect(timetableMs(networks[name].schedule)).toEqual({
        freezeFrom: 60_000,
        freezeFromAttended: 35_000,
        freezeAt: 70_000,
        commitBy: 76_000,
        lastCommit: 84_000,
        revealAt: 10_000,
        revealDeadline: 45_000,
        signatureGraceEnd: 60_000,
        finalisationGraceEnd: 65_000,
      })
    },
  )

  test('halves with the round', () => {
    expect(timetableMs({ roundSec: 45 })).toEqual({
      freezeFrom: 30_000,
      freezeFromAttended: 17_500,
      freezeAt: 35_000,
      commitBy: 38_000,
      lastCommit: 42_000,
      revealAt: 5_000,
      revealDeadline: 22_500,
      signatureGraceEnd: 30_000,
      finalisationGraceEnd: 32_500,
    })
  })

  test('of ten seconds is cut to whole milliseconds, never beyond them', () => {
    const { schedule } = withRoundSec(networks.local, 10)
    expect(timetableMs(schedule)).toEqual({
      freezeFrom: 6_666,
      freezeFromAttended: 3_888,
      freezeAt: 7_777,
      commitBy: 8_444,
      lastCommit: 9_333,
      revealAt: 1_111,
      revealDeadline: 5_000,
      signatureGraceEnd: 6_666,
      finalisationGraceEnd: 7_222,
    })
  })

  test('property: every moment is a whole millisecond, and reveals close exactly at half time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600 }), (roundSec) => {
        const timetable = timetableMs({ roundSec })
        expect(Object.values(timetable).every(Number.isInteger)).toBe(true)
        expect(timetable.revealDeadline).toBe(roundSec * 500)
      }),
    )
  })

  test('property: the moments keep their order and stay within the round', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600 }), (roundSec) => {
        const { freezeFromAttended, freezeFrom, freezeAt, commitBy, lastCommit, ...next } =
          timetableMs({ roundSec })
        const { revealAt, revealDeadline, signatureGraceEnd, finalisationGraceEnd } = next
        const following = [revealAt, revealDeadline, signatureGraceEnd, finalisationGraceEnd]
        const committing = [0, freezeFromAttended, freezeFrom, freezeAt, commitBy, lastCommit]
        for (const moments of [
          [...committing, roundSec * 1_000],
          [0, ...following, roundSec * 1_000],
        ]) {
          expect(moments).toEqual(moments.toSorted((one, other) => one - other))
          expect(new Set(moments).size).toBe(moments.length)
        }
      }),
    )
  })
})
