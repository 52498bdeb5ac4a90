/** The bars that the engine is held to, cell by cell, and what of them it misses. */

import { type Cell, engineName } from './contest.ts'
import type { Fault } from './faults.ts'
import type { Score } from './scoring.ts'

export const bars = {
  /** Share of rounds within 50 bps. */
  within50: 0.999,
  /** 99th percentile of the error, in that of the best peer. */
  p99CleanRatio: 1,
  p99FaultyRatio: 1.2,
  precision: 0.95,
  recall: 0.95,
  recallOfStale: 0.8,
  /** Share of intervals that hold the truth, over all cells of the untouched world. */
  coverageLeast: 0.93,
  coverageMost: 0.97,
} as const

/** The name of a bar, and how the engine stands to it in a cell. */
export type Check = {
  readonly bar: 'within 50 bps' | 'p99 error' | 'precision' | 'recall'
  readonly cell: Cell
  readonly value: number
  readonly asked: number
  readonly isMet: boolean
}

/** Faults in which no quote is wrong: there is nothing to detect. */
const harmless: ReadonlySet<Fault> = new Set(['none', 'missing', 'mirror-honest'])
const staleFaults: ReadonlySet<Fault> = new Set(['stale', 'stale-fresh-stamp'])

/** The peer with the smallest 99th percentile in a cell. */
export function bestPeer(cell: Cell): { readonly name: string; readonly score: Score } {
  const [best] = Object.entries(cell.scores)
    .filter(([name]) => name !== engineName)
    .map(([name, score]) => ({ name, score }))
    .sort((left, right) => left.score.p99Bps - right.score.p99Bps)
  if (best === undefined) throw new Error('A cell without peers cannot be judged.')
  return best
}

/** The engine's own score in a cell. */
export function engineScore(cell: Cell): Score {
  const score = cell.scores[engineName]
  if (score === undefined) throw new Error('A cell without the engine cannot be judged.')
  return score
}

/** Every bar that applies to a cell. */
export function checksOf(cell: Cell): Check[] {
  const score = engineScore(cell)
  const ratio = cell.fault === 'none' ? bars.p99CleanRatio : bars.p99FaultyRatio
  const farthest = ratio * bestPeer(cell).score.p99Bps
  const checks: Check[] = [
    atLeast('within 50 bps', cell, score.within50, bars.within50),
    {
      bar: 'p99 error',
      cell,
      value: score.p99Bps,
      asked: farthest,
      isMet: score.p99Bps <= farthest,
    },
  ]
  if (harmless.has(cell.fault)) return checks
  const recall = staleFaults.has(cell.fault) ? bars.recallOfStale : bars.recall
  return [
    ...checks,
    atLeast('precision', cell, score.precision ?? 0, bars.precision),
    atLeast('recall', cell, score.recall ?? 0, recall),
  ]
}

/** Share of the engine's intervals that held the truth, over all cells. NaN of none. */
export function pooledCoverage(cells: readonly Cell[]): number {
  const scores = cells.map(engineScore)
  const covered = scores.reduce((sum, score) => sum + score.covered, 0)
  return covered / scores.reduce((sum, score) => sum + score.intervals, 0)
}

function atLeast(bar: Check['bar'], cell: Cell, value: number, asked: number): Check {
  return { bar, cell, value, asked, isMet: value >= asked }
}
