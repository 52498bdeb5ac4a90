/**
 * `npm run bench:collect`: what a tick of all exchanges and feeds costs, whether a thousand of them
 * leave anything behind, and how many quotes a second the ingest route takes for good.
 *
 *     node tools/bench-collect.ts [--write] [--date YYYY-MM-DD] [--ticks 1000] [--seconds 150] [--pglite]
 *
 * Quotes go to a real Postgres on 127.0.0.1:5432 where one answers, into a database of the bench's
 * own, else to PGlite. `--write` puts the tables into docs/performance.md. The exit code says whether
 * everything ran and nothing was lost; whoever is slow is told, not failed.
 */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type CollectMeasured, collectReportOf } from './bench/collect-report.ts'
import { measureCollectTicks, measureGrowth } from './bench/collect-ticks.ts'
import { benchCollector, benchSources, measureIngest } from './bench/ingest-load.ts'
import { type BenchWorld, bundled, driverOf, standInsOf } from './bench/measure.ts'
import { type ScratchDatabase, scratchDatabase } from './bench/scratch-database.ts'
import { measureTicks, quickTicks, tickEars } from './bench/ticks.ts'
import { troupeIn } from './bench/troupe.ts'
import { deployed, startWorkerd } from './bench/workerd.ts'
import { machineFacts, today, writeSection } from './report.ts'

const reportFile = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    date: { type: 'string', default: today() },
    ticks: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '150' },
    pglite: { type: 'boolean', default: false },
  },
})
const tickCount = numberIn('ticks', 20, 100_000)
const seconds = numberIn('seconds', 1, 600)

const directory = mkdtempSync(join(tmpdir(), 'chrono-bench-'))
const broken = Promise.withResolvers<never>()
const over = new AbortController()
const token = randomBytes(24).toString('hex')
const troupe = troupeIn(directory, (sentence) => broken.reject(new Error(sentence)), {
  UPSTASH_TOKEN: token,
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => broken.reject(new Error(`Ended by ${signal}.`)))
}
const database = options.pglite ? undefined : await scratchDatabase()

try {
  const world = { troupe, directory, token, signal: over.signal, say }
  const measured = await Promise.race([measure(world, database), broken.promise])
  const report = `${collectReportOf(measured)}\n\n${machineFacts(options.date)}`
  process.stdout.write(`\n${report}\n`)
  if (options.write) writeSection(reportFile, 'bench:collect', report)
  const { accepted, stored, sentSha256, storedSha256 } = measured.ingest
  if (accepted !== stored || sentSha256 !== storedSha256) process.exitCode = 1
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  over.abort()
  await troupe.stop()
  await database?.drop()
  rmSync(directory, { recursive: true, force: true })
  // What was under way when something broke would go on asking those that are gone.
  process.exit()
}

async function measure(
  world: BenchWorld,
  scratch: ScratchDatabase | undefined,
): Promise<CollectMeasured> {
  say('ticks in this process')
  const ticks = await measureCollectTicks()
  say(`${tickCount} ticks, and what they leave behind`)
  const growth = await measureGrowth(tickCount)

  say('bundling with wrangler, starting the stand-ins')
  const [bundles, settings] = await Promise.all([bundled(world), standInsOf(world, scratch?.url)])
  const { databaseUrl, ...vars } = settings
  const secret = randomBytes(24).toString('hex')
  const collectors = {
    [benchCollector]: { secret, sources: benchSources, requests_per_minute: 6_000 },
  }
  const chrono = {
    ...deployed,
    name: 'chrono',
    module: bundles.chrono,
    vars: { ...deployed.vars, ...vars, INGEST_COLLECTORS: JSON.stringify(collectors) },
  }

  say(`quotes through the ingest route for ${seconds} s`)
  const ingesting = await startWorkerd('ingesting', [chrono], world)
  const ingest = await measureIngest({ workerd: ingesting, secret, databaseUrl, seconds })
  await ingesting.stop()

  say('ticks of the deployed bundle')
  const ears = tickEars()
  const quick = { ...chrono, vars: { ...chrono.vars, ...quickTicks } }
  const ticking = await startWorkerd('ticking', [quick, driverOf(bundles)], world, ears.onLine)
  const inWorkerd = await measureTicks(ticking, ears)
  await ticking.stop()
  return { ticks, growth, inWorkerd, ingest, server: scratch?.server ?? 'PGlite' }
}

function numberIn(name: 'ticks' | 'seconds', least: number, most: number): number {
  const number = Number(options[name])
  if (number >= least && number <= most) return number
  throw new Error(`--${name} takes a number from ${least} to ${most}.`)
}

function say(line: string): void {
  process.stderr.write(`  ${line}\n`)
}
