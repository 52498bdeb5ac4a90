/**
 * `npm run bench:consensus`: the engine against eight peers and the truth, on simulated sources that
 * go wrong in ten ways, in a world that it was tuned on and in two that it was not.
 *
 *     node tools/bench-consensus.ts [--quick] [--write] [--date YYYY-MM-DD] [--json FILE]
 *         [--world T|U|V] [--sources N] [--fault NAME] [--seeds N] [--epochs N]
 *         [--threads N] [--minutes N]
 *
 * It stops by itself: after `--minutes` no further job is begun. `--write` makes docs/consensus.md.
 */

import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { breakdownPoint, type Job, type World } from './consensus/contest.ts'
import { type Fault, faults } from './consensus/faults.ts'
import { reportOf, verdictOf } from './consensus/report.ts'
import { workOff } from './consensus/threads.ts'
import { today } from './report.ts'

const worlds: readonly World[] = ['T', 'U', 'V']
const sourceCounts = [3, 5, 6, 9, 20] as const
/** Above this a cell costs so much that it gets two thirds of the seeds. */
const manySources = 9

/** Above this every other number of faulty sources is left out. */
const manyFaulty = 4

const reportFile = fileURLToPath(new URL('../docs/consensus.md', import.meta.url))

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    date: { type: 'string', default: today() },
    json: { type: 'string' },
    world: { type: 'string' },
    sources: { type: 'string' },
    fault: { type: 'string' },
    seeds: { type: 'string' },
    epochs: { type: 'string' },
    threads: { type: 'string' },
    minutes: { type: 'string' },
  },
})

const scale = options.quick
  ? { seeds: 6, minutes: 5, threads: 1 }
  : { seeds: 12, minutes: 10, threads: availableParallelism() }
const seeds = numberOf('seeds', scale.seeds)
const epochs = numberOf('epochs', 200)
const threads = numberOf('threads', scale.threads)
const minutes = numberOf('minutes', scale.minutes)

const startedAtMs = performance.now()
const { cells, left } = await workOff(jobs(), threads, startedAtMs + minutes * 60_000)
const run = {
  cells,
  jobsLeft: left,
  seeds,
  epochs,
  isQuick: options.quick,
  date: options.date,
  seconds: (performance.now() - startedAtMs) / 1_000,
}
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(run))
if (options.write) writeFileSync(reportFile, reportOf(run))
process.stdout.write(options.write ? verdictOf(run) : reportOf(run))

/** Those of most sources first: they take longest, and so no thread is left with one at the end. */
function jobs(): Job[] {
  const counts = sourceCounts.filter((n) => isAsked(String(n), options.sources)).toReversed()
  const asked = faults.filter((fault) => isAsked(fault, options.fault))
  return counts.flatMap((sources) =>
    worlds
      .filter((world) => isAsked(world, options.world))
      .flatMap((world) =>
        asked.map((fault): Job => ({
          world,
          sources,
          fault,
          counts: faultyCounts(world, sources, fault),
          seeds: Math.ceil(sources > manySources ? (seeds * 2) / 3 : seeds),
          epochs,
        })),
      ),
  )
}

/**
 * How many sources are faulty: from one to the breakdown point, every other number where that is far.
 * The quick run looks at both ends only, and so does every run at the world that was made last.
 */
function faultyCounts(world: World, sources: number, fault: Fault): number[] {
  if (fault === 'none') return [0]
  const most = breakdownPoint(sources)
  const step = options.quick || world === 'V' ? Math.max(1, most - 1) : most > manyFaulty ? 2 : 1
  return Array.from({ length: most }, (_, i) => i + 1).filter((count) => (count - 1) % step === 0)
}

function isAsked(value: string, asked: string | undefined): boolean {
  return asked === undefined || asked.split(',').includes(value)
}

function numberOf(name: 'seeds' | 'epochs' | 'threads' | 'minutes', otherwise: number): number {
  const value = Number(options[name] ?? otherwise)
  if (!(value > 0 && value <= 100_000)) throw new Error(`--${name} takes a positive number.`)
  return value
}
