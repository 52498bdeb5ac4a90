/** The report of the benchmark: first what is missed, then the tables it was read from. */

import { cpus } from 'node:os'
import { grouped } from '../report.ts'
import { bars, checksOf, pooledCoverage } from './bars.ts'
import type { Cell, World } from './contest.ts'
import { percent, tablesOf } from './report-tables.ts'

export type Run = {
  readonly cells: readonly Cell[]
  readonly jobsLeft: number
  readonly seeds: number
  readonly epochs: number
  readonly isQuick: boolean
  readonly date: string
  readonly seconds: number
}

const worldNames: Readonly<Record<World, string>> = {
  T: 'World T (tuned)',
  U: 'World U (untouched)',
  V: 'World V (untouched, made last)',
}

/** The whole of docs/consensus.md. */
export function reportOf(run: Run): string {
  const parts = [
    '# The consensus, measured',
    verdictOf(run).trim(),
    about(run),
    ...worldsOf(run).flatMap((world) => [
      `## ${worldNames[world]}`,
      ...tablesOf(run.cells.filter((cell) => cell.world === world)),
    ]),
  ]
  return `${parts.join('\n\n')}\n`
}

/** Which bars are met and which are not, in so many words. */
export function verdictOf(run: Run): string {
  const lines = worldsOf(run).map((world) => {
    const cells = run.cells.filter((cell) => cell.world === world)
    const checks = cells.flatMap(checksOf)
    const byBar = Map.groupBy(checks, ({ bar }) => bar)
    const figures = [...byBar].map(([bar, all]) => {
      const missed = all.filter(({ isMet }) => !isMet).length
      return `${bar} ${missed === 0 ? `met in all ${all.length} cells` : `**missed in ${missed} of ${all.length} cells**`}`
    })
    return `- ${worldNames[world]}: ${[...figures, coverageVerdict(world, cells)].join('; ')}.`
  })
  const cut = run.jobsLeft > 0 ? `\n\n**The time was up: ${run.jobsLeft} jobs were not run.**` : ''
  const isCovered = worldsOf(run).every(
    (world) => world === 'T' || isCalibrated(run.cells.filter((cell) => cell.world === world)),
  )
  const isAllMet = isCovered && run.cells.flatMap(checksOf).every(({ isMet }) => isMet)
  const head = !isAllMet ? '**Not every bar is met.**' : 'Every bar is met.'
  return `${head}${cut}\n\n${lines.join('\n')}\n`
}

/** The bar on intervals is on untouched worlds; what the tuned one shows stands beside. */
function coverageVerdict(world: World, cells: readonly Cell[]): string {
  const text = `the 95 % interval holds the truth in ${percent(pooledCoverage(cells), 1)} of rounds`
  return world !== 'T' && !isCalibrated(cells) ? `**${text}**` : text
}

function isCalibrated(cells: readonly Cell[]): boolean {
  const coverage = pooledCoverage(cells)
  return coverage >= bars.coverageLeast && coverage <= bars.coverageMost
}

function about(run: Run): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return [
    `Made by \`npm run bench:consensus -- --write${run.isQuick ? ' --quick' : ''}\` on ${run.date}: ${run.seeds} ${run.seeds === 1 ? 'seed' : 'seeds'} of ${run.epochs} epochs a cell (two thirds of the seeds for 20 sources), ${grouped(run.seconds)} s on ${model}, Node ${process.versions.node}.`,
    'A cell is a world, a number of sources `n`, a fault and the number `k` of faulty sources, from one to the breakdown point `⌊(n-1)/2⌋`. Faults come and go in blocks of 10 epochs, on sources drawn anew each time. The engine votes at seconds 0, 30 and 60 of each 90-second epoch and learns from it, and answers at the freeze, second 72, from which it does not learn. Peers answer the same quotes of the freeze. Errors are against the true price of that instant, over faulty and faultless rounds alike; a round without a price counts as an infinite error.',
    `Bars, cell by cell: at least ${percent(bars.within50, 1)} of rounds within 50 bps; 99th percentile of the error at most ${bars.p99CleanRatio.toFixed(1)} of the best peer's without a fault and ${bars.p99FaultyRatio.toFixed(1)} with one; precision and recall of detection at least ${bars.precision} (recall of stale quotes: ${bars.recallOfStale}). Best peer is whichever of the eight is best in that very cell. A quote counts as wrong if a fault made it and it is more than 10 bps off. In the untouched worlds the intervals of nominally 95 % have to hold the truth in ${percent(bars.coverageLeast, 0)} to ${percent(bars.coverageMost, 0)} of all rounds.`,
    'World T, on which constants were chosen, is a log-random walk of 70 % a year with stochastic volatility and jumps of 40 bps, seen through last trades of unequal sources. World U, on which none was, has GARCH with heavy tails and regimes from 25 to 220 % a year, trades that set off trades, bid-ask bounce, venues that follow others late, latency, and three ways to date a quote. Those who built the engine knew what U is made of, and the two seconds of hidden age in the interval answer it; so world V was made when the constants were fixed: jumps of all sizes, prices of whole ticks, tickers refreshed every few seconds, and two camps of venues whose currencies differ in worth.',
    'Peers are written anew from their published rules (`tools/consensus/peers.ts`): they are the rules, not the products. The engine sees four polls of an epoch and remembers, they see one. No order books and no recorded data are in it.',
  ].join('\n\n')
}

function worldsOf(run: Run): World[] {
  return [...new Set(run.cells.map(({ world }) => world))].sort()
}
