/**
 * `npm run bench:feed-values`: how fast a value provider's client is answered, by the deployed bundle
 * in workerd itself, beside a bare Hono route of the same run.
 *
 *     node tools/bench-feed-values.ts [--write] [--date YYYY-MM-DD] [--rounds 5] [--seconds 1.5]
 *
 * `--write` puts the table into docs/performance.md. Whoever is slow is told, not failed: the exit
 * code says only whether everything ran.
 */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { feedValuesReportOf } from './bench/feed-values-report.ts'
import { measureFeedValues } from './bench/feed-values.ts'
import { troupeIn } from './bench/troupe.ts'
import { machineFacts, today, writeSection } from './report.ts'

const reportFile = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    date: { type: 'string', default: today() },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1.5' },
  },
})

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

try {
  const each = {
    rounds: numberIn(options.rounds, 1, 20),
    forMs: numberIn(options.seconds, 0.1, 2) * 1_000,
  }
  const world = { troupe, directory, token, signal: over.signal, say }
  const measured = await Promise.race([measureFeedValues(world, each), broken.promise])
  const report = `${feedValuesReportOf(measured)}\n\n${machineFacts(options.date)}`
  process.stdout.write(`\n${report}\n`)
  if (options.write) writeSection(reportFile, 'bench:feed-values', report)
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  over.abort()
  await troupe.stop()
  rmSync(directory, { recursive: true, force: true })
  // What was under way when something broke would go on asking those that are gone.
  process.exit()
}

function numberIn(text: string, least: number, most: number): number {
  const value = Number(text)
  if (value >= least && value <= most) return value
  throw new Error(`${text} is not between ${least} and ${most}.`)
}

function say(line: string): void {
  process.stderr.write(`  ${line}\n`)
}
