import { describe, expect, test } from 'vitest'
import { bars, bestPeer, checksOf, pooledCoverage } from '../../../../tools/consensus/bars.ts'
import { type Cell, engineName } from '../../../../tools/consensus/contest.ts'
import type { Score } from '../../../../tools/consensus/scoring.ts'

const aScore = (score: Partial<Score> = {}): Score => ({
  rounds: 1_000,
  absent: 0,
  p50Bps: 1,
  p99Bps: 5,
  maxBps: 9,
  within50: 1,
  within5: 0.9,
  precision: 1,
  recall: 1,
  falseAlarmShare: 0,
  intervals: 1_000,
  covered: 950,
  coverage: 0.95,
  microsEach: 1,
  ...score,
})

/** Nine sources; the best peer's 99th percentile is 5 bps. */
const aCell = (cell: Partial<Cell> = {}, engine: Partial<Score> = {}): Cell => ({
  world: 'T',
  sources: 9,
  fault: 'offset',
  faulty: 4,
  scores: { [engineName]: aScore(engine), mean: aScore({ p99Bps: 90 }), median: aScore() },
  ...cell,
})

const missedIn = (cell: Cell) =>
  checksOf(cell)
    .filter(({ isMet }) => !isMet)
    .map(({ bar }) => bar)

test('the best peer is the one with the smallest 99th percentile, and never the engine', () => {
  expect(bestPeer(aCell({}, { p99Bps: 1 })).name).toBe('median')
})

describe('checksOf', () => {
  test('a cell that is good in all has nothing missed', () => {
    expect(missedIn(aCell())).toEqual([])
  })

  test.each([
    { what: 'exactly 99.9 % within 50 bps', within50: bars.within50, missed: [] },
    { what: 'a little less', within50: 0.9989, missed: ['within 50 bps'] },
  ])('$what', ({ within50, missed }) => {
    expect(missedIn(aCell({}, { within50 }))).toEqual(missed)
  })

  test.each([
    { fault: 'offset', p99Bps: 6, missed: [] },
    { fault: 'offset', p99Bps: 6.01, missed: ['p99 error'] },
    { fault: 'none', p99Bps: 5, missed: [] },
    { fault: 'none', p99Bps: 5.01, missed: ['p99 error'] },
  ] as const)(
    'an error of $p99Bps bps where the best peer has 5, fault $fault',
    ({ fault, p99Bps, missed }) => {
      expect(missedIn(aCell({ fault }, { p99Bps }))).toEqual(missed)
    },
  )

  test.each([
    { fault: 'drift', recall: 0.949, missed: ['recall'] },
    { fault: 'drift', recall: 0.95, missed: [] },
    { fault: 'stale', recall: 0.8, missed: [] },
    { fault: 'stale-fresh-stamp', recall: 0.8, missed: [] },
    { fault: 'stale', recall: 0.79, missed: ['recall'] },
  ] as const)('a recall of $recall, fault $fault', ({ fault, recall, missed }) => {
    expect(missedIn(aCell({ fault }, { recall }))).toEqual(missed)
  })

  test('a precision below 0.95 is missed, and so is one that there is none of', () => {
    expect(missedIn(aCell({}, { precision: 0.94 }))).toEqual(['precision'])
    const { precision: _, ...none } = aScore({ recall: 0 })
    const cell = aCell()
    expect(missedIn({ ...cell, scores: { ...cell.scores, [engineName]: none } })).toEqual([
      'precision',
      'recall',
    ])
  })

  test.each(['none', 'missing', 'mirror-honest'] as const)(
    'nothing is to be detected where the fault is %s',
    (fault) => {
      expect(missedIn(aCell({ fault }, { precision: 0, recall: 0 }))).toEqual([])
    },
  )
})

test('coverage is pooled over rounds, not over cells', () => {
  const few = aCell({}, { intervals: 100, covered: 100 })
  const many = aCell({}, { intervals: 900, covered: 800 })
  expect(pooledCoverage([few, many])).toBe(0.9)
})
