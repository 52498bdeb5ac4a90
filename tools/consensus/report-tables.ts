/** The tables of the report, one world at a time. */

import { grouped, type Row, tableOf } from '../report.ts'
import { bestPeer, type Check, checksOf, engineScore, pooledCoverage } from './bars.ts'
import { breakdownPoint, type Cell, engineName } from './contest.ts'
import { peers } from './peers.ts'
import type { Score } from './scoring.ts'

/** More missed bars than this are counted and not listed. */
const mostListed = 60

const methodNames = [engineName, ...Object.keys(peers)]

/** The one peer, of those that call quotes wrong, whose rule can. */
const detectingPeer = 'Ojo'

/** What a world's cells come to, as parts of a Markdown text. */
export function tablesOf(cells: readonly Cell[]): string[] {
  const bySources = [...Map.groupBy(cells, ({ sources }) => sources)].sort(
    ([left], [right]) => left - right,
  )
  const sorted = bySources.flatMap(([, all]) => all)
  return [
    missedPart(sorted),
    '### Over all cells',
    tableOf(methodNames.map((name) => overallRow(name, sorted))),
    'The time of a round is the processor time for its four votes and three lessons, one answer of a peer.',
    '### Error by fault, with as many faulty sources as can be borne',
    '99th percentile, bps.',
    ...bySources.flatMap(([sources, all]) => {
      const most = breakdownPoint(sources)
      const worst = all.filter(({ faulty }) => faulty === 0 || faulty === most)
      return [`${sources} sources, ${most} faulty:`, tableOf(errorRows(worst))]
    }),
    '### Detection and intervals',
    `Least of all cells, of the engine and of ${detectingPeer}, the one peer whose rule can call one of a few quotes wrong.`,
    tableOf(
      [...Map.groupBy(sorted, ({ fault }) => fault)].map(([fault, all]) =>
        detectionRow(fault, all),
      ),
    ),
    'Intervals by the number of sources, over all faults:',
    tableOf(bySources.map(([sources, all]) => coverageRow(sources, all))),
  ]
}

function missedPart(cells: readonly Cell[]): string {
  const missed = cells.flatMap(checksOf).filter(({ isMet }) => !isMet)
  if (missed.length === 0) return 'No bar is missed.'
  const listed = missed.slice(0, mostListed).map(missedRow)
  const more = missed.length - listed.length
  return `Missed:\n\n${tableOf(listed)}${more > 0 ? `\n\nAnd ${more} more.` : ''}`
}

function missedRow({ bar, cell, value, asked }: Check): Row {
  const isError = bar === 'p99 error'
  const text = (figure: number) => (isError ? `${bps(figure)} bps` : percent(figure, 2))
  return {
    sources: String(cell.sources),
    faulty: String(cell.faulty),
    fault: cell.fault,
    bar,
    [engineName]: text(value),
    asked: text(asked),
    'best peer': isError ? bestPeer(cell).name : '',
  }
}

function overallRow(name: string, cells: readonly Cell[]): Row {
  const scores = cells.flatMap((cell) => cell.scores[name] ?? [])
  const clean = cells.flatMap((cell) => (cell.fault === 'none' ? (cell.scores[name] ?? []) : []))
  const best = cells.filter((cell) => leastP99(cell) === cell.scores[name]?.p99Bps).length
  const micros = meanOf(scores, ({ microsEach }) => microsEach)
  const medianMicros = meanOf(
    cells.flatMap((cell) => cell.scores['median'] ?? []),
    ({ microsEach }) => microsEach,
  )
  return {
    method: name,
    'clean p50 bps': bps(meanOf(clean, (score) => score.p50Bps)),
    'clean p99 bps': bps(meanOf(clean, (score) => score.p99Bps)),
    'worst p99 bps': bps(Math.max(...scores.map((score) => score.p99Bps))),
    'largest error bps': bps(Math.max(...scores.map((score) => score.maxBps))),
    'worst share within 50 bps': percent(Math.min(...scores.map((score) => score.within50)), 2),
    'mean share within 5 bps': percent(
      meanOf(scores, (score) => score.within5),
      1,
    ),
    'best p99 in cells': `${best} of ${cells.length}`,
    'µs a round': micros.toFixed(1),
    'cost in medians': (micros / medianMicros).toFixed(0),
  }
}

function errorRows(cells: readonly Cell[]): Row[] {
  return methodNames.map((name) => ({
    method: name,
    ...Object.fromEntries(
      cells.map((cell) => [cell.fault, bps(cell.scores[name]?.p99Bps ?? Number.NaN)]),
    ),
  }))
}

function detectionRow(fault: string, cells: readonly Cell[]): Row {
  const scores = cells.map(engineScore)
  const theirs = cells.flatMap((cell) => cell.scores[detectingPeer] ?? [])
  const hasWrong = scores.some(({ recall }) => recall !== undefined)
  const absent = meanOf(scores, (score) => score.absent / score.rounds)
  return {
    fault,
    precision: hasWrong ? leastOf(scores, ({ precision }) => precision) : '',
    recall: leastOf(scores, ({ recall }) => recall),
    [`precision of ${detectingPeer}`]: hasWrong
      ? leastOf(theirs, ({ precision }) => precision)
      : '',
    [`recall of ${detectingPeer}`]: leastOf(theirs, ({ recall }) => recall),
    'honest quotes rejected': percent(
      meanOf(scores, ({ falseAlarmShare }) => falseAlarmShare),
      2,
    ),
    'no price': percent(absent, 2),
    'interval holds': percent(pooledCoverage(cells), 1),
  }
}

function coverageRow(sources: number, cells: readonly Cell[]): Row {
  const coverages = cells.flatMap((cell) => engineScore(cell).coverage ?? [])
  return {
    sources: String(sources),
    'interval holds': percent(pooledCoverage(cells), 1),
    'least of a cell': percent(Math.min(...coverages), 1),
    'most of a cell': percent(Math.max(...coverages), 1),
  }
}

function leastOf(scores: readonly Score[], pick: (score: Score) => number | undefined): string {
  const values = scores.flatMap((score) => pick(score) ?? [])
  return values.length === 0 ? '' : Math.min(...values).toFixed(3)
}

function leastP99(cell: Cell): number {
  return Math.min(...Object.values(cell.scores).map((score) => score.p99Bps))
}

function meanOf(scores: readonly Score[], pick: (score: Score) => number): number {
  return scores.reduce((sum, score) => sum + pick(score), 0) / scores.length
}

function bps(value: number): string {
  if (!Number.isFinite(value)) return 'none'
  return value < 100 ? value.toFixed(1) : grouped(value)
}

/** A share as people read it: `99.90 %`. */
export function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`
}
