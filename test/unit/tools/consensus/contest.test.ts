import { describe, expect, test } from 'vitest'
import {
  breakdownPoint,
  type Cell,
  contestOf,
  engineName,
} from '../../../../tools/consensus/contest.ts'
import { peers } from '../../../../tools/consensus/peers.ts'
import { workOff } from '../../../../tools/consensus/threads.ts'

const aJob = {
  world: 'T',
  sources: 5,
  fault: 'offset',
  counts: [1, 2],
  seeds: 2,
  epochs: 40,
} as const

/** All but the times, which differ from run to run. */
function errorsOf(cells: readonly Cell[]) {
  return cells.map(({ scores, ...cell }) => ({
    ...cell,
    scores: Object.fromEntries(
      Object.entries(scores).map(([name, score]) => [name, { ...score, microsEach: 0 }]),
    ),
  }))
}

test.each([
  { sources: 3, most: 1 },
  { sources: 5, most: 2 },
  { sources: 6, most: 2 },
  { sources: 9, most: 4 },
  { sources: 20, most: 9 },
])('of $sources sources $most can be borne', ({ sources, most }) => {
  expect(breakdownPoint(sources)).toBe(most)
})

describe('contestOf', () => {
  const cells = contestOf(aJob)

  test('has a cell for each number of faulty sources, with every method in it', () => {
    expect(cells.map(({ faulty }) => faulty)).toEqual([1, 2])
    for (const { scores } of cells) {
      expect(Object.keys(scores)).toEqual([engineName, ...Object.keys(peers)])
    }
  })

  test('scores each round after the warm-up once a seed', () => {
    for (const { scores } of cells) {
      for (const score of Object.values(scores)) expect(score.rounds).toBe(2 * 30)
    }
  })

  test('has the same errors each time', () => {
    expect(errorsOf(contestOf(aJob))).toEqual(errorsOf(cells))
  })

  test('shows what is known of the peers: an offset pulls the mean and hardly the median', () => {
    const [, two] = cells
    expect(two?.scores['mean']?.p99Bps).toBeGreaterThan(50)
    expect(two?.scores['median']?.p99Bps).toBeLessThan(25)
  })

  test('has an interval and detections from the engine', () => {
    const score = cells[1]?.scores[engineName]
    expect(score?.intervals).toBeGreaterThan(50)
    expect(score?.recall).toBeGreaterThan(0.8)
  })
})

describe('workOff', () => {
  const jobs = [
    { ...aJob, counts: [1], seeds: 1, epochs: 12 },
    { ...aJob, fault: 'none', counts: [0], seeds: 1, epochs: 12 },
  ] as const

  test('gives the cells in the order of the jobs, whoever worked them', async () => {
    const { cells, left } = await workOff(jobs, 2, performance.now() + 60_000)
    expect(left).toBe(0)
    expect(errorsOf(cells)).toEqual(errorsOf(jobs.flatMap(contestOf)))
  })

  test('begins no job after the deadline, and says how many are left', async () => {
    expect(await workOff(jobs, 1, performance.now() - 1)).toEqual({ cells: [], left: 2 })
  })

  test('fails as a thread fails', async () => {
    const broken = { ...aJob, epochs: -1 }
    await expect(workOff([broken], 1, performance.now() + 60_000)).rejects.toThrow('length')
  })
})
