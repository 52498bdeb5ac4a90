import type { Address } from 'viem'
import { expect, test } from 'vitest'
import { benchOf } from '../../../src/protocol/benching.ts'
import { providerAt } from '../../support/votes.ts'

/** Rounds `from` to `to` known in full; whoever is named offended in its round. */
function historyOf(from: number, to: number, offences: Readonly<Record<number, Address>> = {}) {
  return new Map(
    Array.from({ length: to - from + 1 }, (_, i) => {
      const offender = offences[from + i]
      return [from + i, new Set(offender === undefined ? [] : [offender])] as const
    }),
  )
}

test.each([
  { offence: 79, isBenched: false },
  { offence: 80, isBenched: true },
  { offence: 99, isBenched: true },
  { offence: 100, isBenched: false },
  { offence: 101, isBenched: false },
])('an offence in round $offence benches in round 100: $isBenched', ({ offence, isBenched }) => {
  expect(benchOf(100, historyOf(70, 110, { [offence]: providerAt(1) }))).toEqual({
    kind: 'complete',
    benched: new Set(isBenched ? [providerAt(1)] : []),
  })
})

test.each([
  { why: 'the oldest', from: 81, to: 99, missingRounds: [80] },
  { why: 'the newest', from: 80, to: 98, missingRounds: [99] },
  { why: 'two', from: 81, to: 98, missingRounds: [80, 99] },
])('without $why of the twenty rounds nobody is benched or free', ({ from, to, missingRounds }) => {
  expect(benchOf(100, historyOf(from, to))).toEqual({ kind: 'incomplete', missingRounds })
})

test('before the first round there was none to offend in', () => {
  expect(benchOf(2, historyOf(0, 1, { 1: providerAt(3) }))).toEqual({
    kind: 'complete',
    benched: new Set([providerAt(3)]),
  })
  expect(benchOf(0, new Map())).toEqual({ kind: 'complete', benched: new Set() })
})
