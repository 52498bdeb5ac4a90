/**
 * `npm run bench:core`: how many consensuses one core makes in a second and what each puts on the
 * heap, beside yardsticks of the same run: what a plain mean and a plain median would cost.
 *
 *     node tools/bench-core.ts [--write] [--date YYYY-MM-DD] [--seconds N]
 *
 * `--write` puts the table into docs/performance.md.
 */

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { consensusOf, defaultPolicy } from '../src/core/consensus.ts'
import { learnt } from '../src/core/learning.ts'
import type { Quote } from '../src/core/quote.ts'
import { seededRandom } from '../src/core/seeded-random.ts'
import { windowConsensusOf } from '../src/core/window.ts'
import { twapOf, vwapOf } from '../src/core/vwap-twap.ts'
import { liquiditySamples, weightedMedian } from '../src/core/weighted-median.ts'
import { type Market, marketOf, windowMs, windowTicks } from './bench-core/markets.ts'
import { type Measured, measured } from './bench-core/stopwatch.ts'
import { grouped, machineFacts, type Row, tableOf, today, writeSection } from './report.ts'

const reportFile = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

/** Feeds that are measured in turn, so that no branch is learnt by heart. */
const feedCount = 64

/** Sources of a thin feed, of an ordinary one, and of more than there are exchanges. */
const sourceCounts = [6, 20, 50] as const

/** Quotes of a window: twenty sources, each fifty times. */
const windowQuotes = 1_000

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    date: { type: 'string', default: today() },
    seconds: { type: 'string', default: '1' },
  },
})
const seconds = Number(options.seconds)
if (!(seconds > 0 && seconds <= 60)) throw new Error('--seconds takes a number up to 60.')

const random = seededRandom(1)
const marketsBySources = new Map(
  sourceCounts.map((sources) => [
    sources,
    Array.from({ length: feedCount }, () => marketOf(sources, random)),
  ]),
)
const markets = marketsBySources.get(20) ?? []
const windows = Array.from({ length: feedCount }, () =>
  Array.from({ length: windowQuotes }, (_, i) => ({
    price: 100 + random(),
    volume: random() * 1_000,
    atMs: i * 180,
  })),
)

const quotesOf = ({ quotes }: Market) => quotes
const yardstick = measured('plain median of 20 (copy, sort, middle)', markets, seconds, (market) =>
  plainMedian(quotesOf(market)),
)
const fresh = sourceCounts.map((sources) =>
  measured(
    `consensus of ${sources} sources, nothing learnt`,
    marketsBySources.get(sources) ?? [],
    seconds,
    ({ quotes, atMs }) => consensusOf(quotes, defaultPolicy, atMs),
  ),
)
const learned = sourceCounts.map((sources) =>
  measured(
    `consensus of ${sources} sources, with all that is learnt`,
    marketsBySources.get(sources) ?? [],
    seconds,
    ({ quotes, atMs, memory }) => consensusOf(quotes, defaultPolicy, atMs, memory),
  ),
)
const rows = [
  measured('plain mean of 20', markets, seconds, (market) => plainMean(quotesOf(market))),
  yardstick,
  ...fresh,
  ...learned,
  measured('learning from a tick of 20 sources', markets, seconds, (market) =>
    learnt(market.memory, market.quotes, market.outcome, defaultPolicy),
  ),
  measured(
    `window consensus of ${windowTicks} ticks × 20 sources`,
    markets,
    seconds,
    ({ window, atMs }) =>
      windowConsensusOf(window, defaultPolicy, { fromMs: atMs + 1 - windowMs, toMs: atMs + 1 }),
  ),
  measured('VWAP of 1 000 quotes', windows, seconds, vwapOf),
  measured('TWAP of 1 000 quotes', windows, seconds, (steps) =>
    twapOf(steps, { fromMs: 0, toMs: 180_000 }),
  ),
  measured('weighted median of 1 000 quotes', windows, seconds, (quotes) =>
    weightedMedian(liquiditySamples(quotes)),
  ),
]

const report = `${tableOf(rows.map(rowOf))}\n\n${growthOf(fresh)} ${growthOf(learned)}\n\n${machineFacts(options.date)}`
process.stdout.write(`${report}\n`)
if (options.write) writeSection(reportFile, 'bench:core', report)

function rowOf({ name, perSecond, bytes }: Measured): Row {
  return {
    'one core': name,
    'per second': grouped(perSecond),
    'µs each': (1e6 / perSecond).toFixed(2),
    'bytes each': grouped(bytes),
    'cost in plain medians': (yardstick.perSecond / perSecond).toFixed(2),
  }
}

/** How the cost grows from the first row to the last, beside what n log n would. */
function growthOf(cases: readonly Measured[]): string {
  const [first, last] = [cases.at(0), cases.at(-1)]
  const [few, many] = [sourceCounts[0], sourceCounts[sourceCounts.length - 1] ?? 1]
  const cost = (first?.perSecond ?? 0) / (last?.perSecond ?? 1)
  const allowed = (many * Math.log2(many)) / (few * Math.log2(few))
  return `From ${few} sources to ${many} the ${last?.name.split(', ')[1]} vote costs ${cost.toFixed(1)} times as much; n log n would be ${allowed.toFixed(1)}.`
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
