/** Recorded quotes as text: what `npm run backtest` reads, made up by a seed, in pieces. */

import { seededRandom } from '../../src/core/seeded-random.ts'

export type QuoteTape = {
  readonly ticks: number
  readonly symbols?: readonly string[]
  readonly sources?: number
  /** The last source is off by this factor in every tick whose number it accepts. */
  readonly fault?: { readonly factor: number; readonly at: (tick: number) => boolean }
}

const startMs = 1_790_000_010_000
const tickMs = 30_000

/** A piece a tick, the header first. Sources follow a random walk, each with an error of its own. */
export function* quoteTape({
  ticks,
  symbols = ['BTC/USD'],
  sources = 5,
  fault = { factor: 1, at: () => false },
}: QuoteTape): Generator<string> {
  const random = seededRandom(4)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const truths = symbols.map((_, i) => 100 * (i + 1))
  yield 'timestamp_ms,symbol,source,price,volume,bid,ask,truth\r\n'
  for (let tick = 0; tick < ticks; tick += 1) {
    let piece = ''
    for (const [i, symbol] of symbols.entries()) {
      const truth = (truths[i] ?? 1) * Math.exp(0.000_5 * normal())
      truths[i] = truth
      for (let source = 0; source < sources; source += 1) {
        const isOff = source === sources - 1 && fault.at(tick)
        const price = truth * Math.exp(0.000_15 * normal()) * (isOff ? fault.factor : 1)
        const atMs = startMs + tick * tickMs - Math.floor(random() * 3_000)
        const book = `${price * 0.999_95},${price * 1.000_05}`
        piece += `${atMs},${symbol},ex${source},${price},${1_000 / (source + 1)},${book},${truth}\r\n`
      }
    }
    yield piece
  }
}
