import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { roundClockAt } from '../../../pages/src/lib/round-clock.ts'

/** Round 1000 of 90 seconds, from `t = 0`. */
const round = { id: 1_000, started_at: 0, ends_at: 90_000, seconds: 90 }

describe('roundClockAt', () => {
  test('draws the windows of this round’s commit and the last one’s reveal to scale', () => {
    const { lanes, marks } = roundClockAt(round, 0)
    expect(lanes).toEqual([
      {
        name: 'Reveal',
        votingRoundId: 999,
        allowed: { from: 0, to: 45 / 90 },
        ours: { from: 10 / 90, to: 45 / 90 },
        when: 'ahead',
      },
      {
        name: 'Commit',
        votingRoundId: 1_000,
        allowed: { from: 0, to: 1 },
        ours: { from: 70 / 90, to: 84 / 90 },
        when: 'ahead',
      },
    ])
    expect(marks.map(({ seconds }) => seconds)).toEqual([0, 10, 45, 70, 90])
  })

  test('a shorter round is the same picture, to the millisecond, with smaller numbers', () => {
    const short = { ...round, ends_at: 15_000, seconds: 15 }
    const clock = roundClockAt(short, 7_500)
    const long = roundClockAt(round, 45_000)
    const rounded = (value: unknown) =>
      JSON.parse(JSON.stringify(value), (_, each) =>
        typeof each === 'number' ? Math.round(each * 1e3) / 1e3 : each,
      )
    expect(rounded(clock.lanes)).toEqual(rounded(long.lanes))
    expect(clock.progress).toBe(long.progress)
    expect(clock.marks.map(({ seconds }) => seconds)).toEqual([0, 1.7, 7.5, 11.7, 15])
  })

  test.each([
    { sec: 0, reveal: 'ahead', commit: 'ahead', left: 90 },
    { sec: 10, reveal: 'now', commit: 'ahead', left: 80 },
    { sec: 44.999, reveal: 'now', commit: 'ahead', left: 46 },
    { sec: 45, reveal: 'over', commit: 'ahead', left: 45 },
    { sec: 70, reveal: 'over', commit: 'now', left: 20 },
    { sec: 84, reveal: 'over', commit: 'over', left: 6 },
    { sec: 89.999, reveal: 'over', commit: 'over', left: 1 },
  ])('at $sec s the reveal is $reveal and the commit $commit', ({ sec, reveal, commit, left }) => {
    const clock = roundClockAt(round, sec * 1_000)
    expect(clock.lanes.map(({ when }) => when)).toEqual([reveal, commit])
    expect(clock.secondsLeft).toBe(left)
  })

  test('says something else in each part of the round', () => {
    const said = [0, 10, 45, 70, 84].map((sec) => roundClockAt(round, sec * 1_000).sentence)
    expect(new Set(said).size).toBe(5)
  })

  test('property: it goes on by itself, also backwards, and is never out of its round', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 10_000_000 }), (nowMs) => {
        const clock = roundClockAt(round, nowMs)
        expect(clock.votingRoundId).toBe(1_000 + Math.floor(nowMs / 90_000))
        expect(clock.progress).toBeGreaterThanOrEqual(0)
        expect(clock.progress).toBeLessThan(1)
        expect(clock.secondsLeft).toBeGreaterThan(0)
        expect(clock.secondsLeft).toBeLessThanOrEqual(90)
      }),
    )
  })
})
