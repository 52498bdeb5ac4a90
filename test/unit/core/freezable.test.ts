import { describe, expect, test } from 'vitest'
import { unfreezableBecause } from '../../../src/core/freezable.ts'
import { networks, withRoundSec } from '../../../src/protocol/networks.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { aRound, roundStartMs } from '../../support/rounds.ts'

const { schedule } = networks.flare

function at(sec: number, differing: { readonly isAttended?: boolean } = {}) {
  const how = { schedule, isAttended: false, ...differing }
  return unfreezableBecause(aRound, how, roundStartMs + sec * 1_000)
}

test.each([
  { sec: -0.001, because: 'round-not-open' },
  { sec: 0, because: 'too-early' },
  { sec: 59.999, because: 'too-early' },
  { sec: 60, because: undefined },
  { sec: 89.999, because: undefined },
  { sec: 90, because: 'round-over' },
])('at second $sec of a round: $because', ({ sec, because }) => {
  expect(at(sec)).toBe(because)
})

test.each([
  { sec: 34.999, because: 'too-early' },
  { sec: 35, because: undefined },
])('where a person signs, at second $sec: $because', ({ sec, because }) => {
  expect(at(sec, { isAttended: true })).toBe(because)
})

describe('where rounds are shorter', () => {
  test.each([
    { sec: 6.665, because: 'too-early' },
    { sec: 6.666, because: undefined },
    { sec: 10, because: 'round-over' },
  ])('everything shrinks alike: at second $sec of ten: $because', ({ sec, because }) => {
    const short = withRoundSec(networks.local, 10).schedule
    const startMs = votingRoundStartMs(short, aRound)
    const how = { schedule: short, isAttended: false }
    expect(unfreezableBecause(aRound, how, startMs + sec * 1_000)).toBe(because)
  })
})
