import { describe, expect, test } from 'vitest'
import { type FaultyTape, warmUpEpochs } from '../../../../tools/consensus/faults.ts'
import type { Answer } from '../../../../tools/consensus/peers.ts'
import {
  count,
  newTally,
  offBps,
  percentile,
  scoreOf,
} from '../../../../tools/consensus/scoring.ts'
import { blankTape, sightingsPerEpoch } from '../../../../tools/consensus/tape.ts'

/** Two sources at 100, and as many scored epochs as asked for. */
function aTape(scored: number): FaultyTape {
  const tape = blankTape(2, warmUpEpochs + scored)
  tape.truth.fill(100)
  tape.price.fill(100)
  return { ...tape, fault: 'offset', isFaulty: new Uint8Array(tape.price.length) }
}

const freezeCell = (epoch: number, source: number) =>
  ((warmUpEpochs + epoch) * sightingsPerEpoch + sightingsPerEpoch - 1) * 2 + source

const anAnswer = (answer: Partial<Answer> = {}): Answer => ({ price: 100, rejected: [], ...answer })

function scored(tape: FaultyTape, answers: readonly Answer[]) {
  const tally = newTally()
  const warmUp = Array.from({ length: warmUpEpochs }, () =>
    anAnswer({ price: 1, rejected: ['s00'] }),
  )
  count(tally, tape, [...warmUp, ...answers])
  return scoreOf(tally)
}

describe('errors', () => {
  test('are counted after the warm-up only, in bps', () => {
    const score = scored(aTape(2), [anAnswer(), anAnswer({ price: 100.1 })])
    expect(score.rounds).toBe(2)
    expect(score.p50Bps).toBe(0)
    expect(score.maxBps).toBeCloseTo(9.995, 3)
    expect(score.within5).toBe(0.5)
    expect(score.within50).toBe(1)
  })

  test('a round without a price is absent, infinitely wrong and within nothing', () => {
    const score = scored(aTape(2), [anAnswer(), anAnswer({ price: undefined })])
    expect(score.absent).toBe(1)
    expect(score.maxBps).toBe(Number.POSITIVE_INFINITY)
    expect(score.within50).toBe(0.5)
  })

  test('exactly 50 bps off is within 50 bps', () => {
    const price = 100 * Math.exp(50e-4)
    expect(scored(aTape(1), [anAnswer({ price: price - 1e-9 })]).within50).toBe(1)
    expect(scored(aTape(1), [anAnswer({ price: price + 1e-9 })]).within50).toBe(0)
  })
})

describe('detection', () => {
  /** One scored epoch; the first source is off by so many bps. */
  function of({
    bps,
    isFaulty,
    isRejected,
  }: {
    bps: number
    isFaulty: boolean
    isRejected: boolean
  }) {
    const tape = aTape(1)
    tape.price[freezeCell(0, 0)] = 100 * Math.exp(bps * 1e-4)
    tape.isFaulty[freezeCell(0, 0)] = isFaulty ? 1 : 0
    return scored(tape, [anAnswer({ rejected: isRejected ? ['s00'] : [] })])
  }

  test.each([
    {
      what: 'a wrong quote that is rejected is found',
      bps: 11,
      isFaulty: true,
      isRejected: true,
      precision: 1,
      recall: 1,
    },
    {
      what: 'one that is not is overlooked',
      bps: 11,
      isFaulty: true,
      isRejected: false,
      precision: undefined,
      recall: 0,
    },
    {
      what: 'an honest close one that is rejected is a false alarm',
      bps: 9,
      isFaulty: false,
      isRejected: true,
      precision: 0,
      recall: undefined,
    },
    {
      what: 'an honest far one that is rejected is no false alarm',
      bps: 11,
      isFaulty: false,
      isRejected: true,
      precision: 1,
      recall: undefined,
    },
    {
      what: 'an honest far one that is not is nobody’s fault',
      bps: 11,
      isFaulty: false,
      isRejected: false,
      precision: undefined,
      recall: undefined,
    },
    {
      what: 'a faulty one that is right by chance counts neither way',
      bps: 9,
      isFaulty: true,
      isRejected: true,
      precision: undefined,
      recall: undefined,
    },
  ])('$what', ({ bps, isFaulty, isRejected, precision, recall }) => {
    const score = of({ bps, isFaulty, isRejected })
    expect(score.precision).toBe(precision)
    expect(score.recall).toBe(recall)
  })

  test('false alarms are counted by honest close quotes', () => {
    expect(of({ bps: 0, isFaulty: false, isRejected: true }).falseAlarmShare).toBe(0.5)
    expect(of({ bps: 20, isFaulty: true, isRejected: true }).falseAlarmShare).toBe(0)
  })

  test('a source that shows nothing is not counted', () => {
    const tape = aTape(1)
    tape.price[freezeCell(0, 0)] = Number.NaN
    const score = scored(tape, [anAnswer({ rejected: ['s00'] })])
    expect(score.precision).toBeUndefined()
    expect(score.falseAlarmShare).toBe(0)
  })
})

test('coverage is the share of intervals that hold the truth, their ends included', () => {
  const price = 100 * Math.exp(-10e-4)
  const answers = [
    anAnswer({ price, intervalBps: offBps(price, 100) }),
    anAnswer({ price, intervalBps: 9.9 }),
    anAnswer({ price: undefined }),
    anAnswer({ price }),
  ]
  const score = scored(aTape(4), answers)
  expect(score.intervals).toBe(2)
  expect(score.coverage).toBe(0.5)
})

test.each([
  { share: 0.5, value: 2 },
  { share: 0.51, value: 3 },
  { share: 0.99, value: 4 },
  { share: 1, value: 4 },
  { share: 0, value: 1 },
])('of 1, 2, 3, 4 the percentile $share is $value', ({ share, value }) => {
  expect(percentile(Float64Array.of(1, 2, 3, 4), share)).toBe(value)
})

test('a tenth and ten times are equally far off', () => {
  expect(offBps(10, 100)).toBeCloseTo(offBps(1_000, 100), 9)
  expect(offBps(100, 100)).toBe(0)
})
