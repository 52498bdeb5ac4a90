import { describe, expect, test } from 'vitest'
import { type Cell, contestOf } from '../../../../tools/consensus/contest.ts'
import { reportOf, type Run, verdictOf } from '../../../../tools/consensus/report.ts'

const cells: readonly Cell[] = (['none', 'offset'] as const).flatMap((fault) =>
  contestOf({
    world: 'T',
    sources: 3,
    fault,
    counts: [fault === 'none' ? 0 : 1],
    seeds: 1,
    epochs: 30,
  }),
)

const aRun = (run: Partial<Run> = {}): Run => ({
  cells,
  jobsLeft: 0,
  seeds: 1,
  epochs: 30,
  isQuick: true,
  date: '2026-01-31',
  seconds: 12,
  ...run,
})

/** The same cells with the engine's score made as bad or good as wanted. */
const withEngine = (change: object): readonly Cell[] =>
  cells.map((cell) => ({
    ...cell,
    scores: Object.fromEntries(
      Object.entries(cell.scores).map(([name, score]) => [
        name,
        name === 'Chrono' ? { ...score, ...change } : score,
      ]),
    ),
  }))

const perfect = { within50: 1, p99Bps: 0, precision: 1, recall: 1, intervals: 100, covered: 95 }

describe('verdictOf', () => {
  test('says in its first line that a bar is missed, and in how many cells', () => {
    const verdict = verdictOf(aRun({ cells: withEngine({ ...perfect, within50: 0.5 }) }))
    expect(verdict.split('\n')[0]).toBe('**Not every bar is met.**')
    expect(verdict).toContain('within 50 bps **missed in 2 of 2 cells**')
    expect(verdict).toContain('p99 error met in all 2 cells')
  })

  test('says that every bar is met where it is', () => {
    const verdict = verdictOf(aRun({ cells: withEngine(perfect) }))
    expect(verdict.split('\n')[0]).toBe('Every bar is met.')
    expect(verdict).not.toContain('missed')
  })

  test('a coverage out of bounds in the untouched world is a missed bar', () => {
    const cellsOfU = withEngine({ ...perfect, covered: 92 }).map((cell) => ({
      ...cell,
      world: 'U' as const,
    }))
    const verdict = verdictOf(aRun({ cells: cellsOfU }))
    expect(verdict.split('\n')[0]).toBe('**Not every bar is met.**')
    expect(verdict).toContain('92.0 %')
  })

  test('says what the time did not suffice for', () => {
    expect(verdictOf(aRun({ jobsLeft: 3 }))).toContain('3 jobs were not run')
  })
})

describe('reportOf', () => {
  const report = reportOf(aRun())

  test('begins with the verdict', () => {
    expect(report.startsWith('# The consensus, measured\n\n')).toBe(true)
    expect(report).toContain(verdictOf(aRun()).trim())
  })

  test('says how it was made', () => {
    expect(report).toContain('on 2026-01-31: 1 seed of 30 epochs a cell')
  })

  test('has a row for each method and a column for each fault that was run', () => {
    for (const method of ['Chrono', 'mean', 'VWAP', '3-sigma', 'median', 'Pyth', 'Ojo']) {
      expect(report).toMatch(new RegExp(`\\| ${method} +\\|`))
    }
    expect(report).toMatch(/\| method +\| none +\| offset +\|/)
  })

  test('lists what is missed, with what was asked and who was best', () => {
    const missed = reportOf(aRun({ cells: withEngine({ ...perfect, p99Bps: 1_000 }) }))
    expect(missed).toMatch(/\| 3 +\| 1 +\| offset +\| p99 error \| 1 000 bps \| [\d.]+ bps +\|/)
  })

  test('has no figure that is not a number', () => {
    expect(report).not.toMatch(/NaN|undefined|Infinity/)
  })
})
