/**
 * `npm run bench:core`: how many consensuses one core makes in a second, beside yardsticks of the
 * same run: what a plain mean and a plain median of the same quotes would cost.
 *
 *     node tools/bench-core.ts [--write] [--date YYYY-MM-DD] [--seconds N]
 *
 * `--write` puts the table into docs/performance.md.
 */

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { consensusOf, defaultPolicy, type WindowTick } from '../src/core/consensus.ts'
import type { Quote } from '../src/core/quote.ts'
import { windowConsensusOf } from '../src/core/window.ts'
import { feedSymbol } from '../src/protocol/feed.ts'
import { grouped, machineFacts, type Row, tableOf, today, writeSection } from './report.ts'

const sourceCount = 20
const tickCount = 6
const tickMs = 30_000
const windowMs = tickCount * tickMs
const reportFile = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

/** Feeds that are measured in turn, so that no branch is learnt by heart. */
const feedCount = 64

/** Stretches that each case is measured in; the median of their speeds counts. */
const stretches = 5

/** Runs between two looks at the clock. */
const batchSize = 256

type Measured = { readonly name: string; readonly perSecond: number }

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    date: { type: 'string', default: today() },
    seconds: { type: 'string', default: '1' },
  },
})
const seconds = Number(options.seconds)
if (!(seconds > 0 && seconds <= 60)) throw new Error('--seconds takes a number up to 60.')

let kept: unknown
const random = seededRandom(1)
const feeds = Array.from({ length: feedCount }, () => windowOf(20 + random() * 100_000))
const lastTickAtMs = windowMs - tickMs
const latest = feeds.map((ticks) => ticks.at(-1)?.quotes ?? [])

const yardstick = measure('plain median (copy, sort, middle)', latest, plainMedian)
const measured = [
  measure('plain mean', latest, plainMean),
  yardstick,
  measure(`consensus of ${sourceCount} sources`, latest, (quotes) =>
    consensusOf(quotes, defaultPolicy, lastTickAtMs),
  ),
  measure(`window consensus of ${tickCount} ticks × ${sourceCount} sources`, feeds, (ticks) =>
    windowConsensusOf(ticks, defaultPolicy, { fromMs: 0, toMs: windowMs }),
  ),
]

const report = `${tableOf(measured.map(rowOf))}\n\n${machineFacts(options.date)}`
process.stdout.write(`${report}\n`)
if (options.write) writeSection(reportFile, 'bench:core', report)

function rowOf({ name, perSecond }: Measured): Row {
  return {
    'one core': name,
    'per second': grouped(perSecond),
    'µs each': (1e6 / perSecond).toFixed(2),
    'cost in plain medians': (yardstick.perSecond / perSecond).toFixed(2),
  }
}

/** The median speed of several stretches; the first, in which the code is compiled, is not counted. */
function measure<T>(name: string, inputs: readonly T[], run: (input: T) => unknown): Measured {
  const speeds = Array.from({ length: stretches + 1 }, () => speedOf(inputs, run))
  const sorted = speeds.slice(1).toSorted((left, right) => left - right)
  return { name, perSecond: sorted[stretches >> 1] ?? 0 }
}

/** Runs a second of processor time, which neighbours on the machine disturb less than the clock's. */
function speedOf<T>(inputs: readonly T[], run: (input: T) => unknown): number {
  const untilMs = performance.now() + (seconds * 1000) / stretches
  const before = process.cpuUsage()
  let runs = 0
  while (performance.now() < untilMs) {
    for (let i = 0; i < batchSize; i += 1) {
      const input = inputs[(runs + i) % inputs.length]
      if (input !== undefined) keep(run(input))
    }
    runs += batchSize
  }
  const { user, system } = process.cpuUsage(before)
  return runs / ((user + system) / 1e6)
}

/** Ticks of one feed: 20 sources within a few bps of one another, one of them astray. */
function windowOf(price: number): WindowTick[] {
  return Array.from({ length: tickCount }, (_, tick) => ({
    atMs: tick * tickMs,
    quotes: Array.from({ length: sourceCount }, (__, source): Quote => {
      const strayed = source === 7 ? 1.05 : 1
      const seen = price * strayed * (1 + (random() - 0.5) / 1_000)
      return {
        symbol: feedSymbol('BTC/USD'),
        source: `source-${source}`,
        market: 'BTCUSD',
        price: seen,
        rawPrice: seen,
        conversionRate: 1,
        volume: 10_000 / (source + 1),
        observedAtMs: tick * tickMs - Math.floor(random() * 5_000),
        observedKind: 'ticker',
      }
    }),
  }))
}

function plainMean(quotes: readonly Quote[]): number {
  return quotes.reduce((sum, { price }) => sum + price, 0) / quotes.length
}

function plainMedian(quotes: readonly Quote[]): number {
  const sorted = quotes.map(({ price }) => price).sort((left, right) => left - right)
  const low = sorted[(sorted.length - 1) >> 1] ?? 0
  const high = sorted[sorted.length >> 1] ?? 0
  return (low + high) / 2
}

/** Hands a value to somewhere the compiler cannot see, so that it has to be computed. */
function keep(value: unknown): void {
  kept = value
  if (kept === keep) process.stdout.write('never')
}

/** Park and Miller's generator: the same quotes in every run. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
