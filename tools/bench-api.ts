/**
 * `npm run bench:api`: the deployed bundle in workerd itself, beside yardsticks of the same run: how
 * much of a bare Hono Worker's speed is left, how fast a thousand listeners hear a price, and what
 * a tick costs.
 *
 *     node tools/bench-api.ts [--write] [--date YYYY-MM-DD]
 *
 * `--write` puts the tables into docs/performance.md. Whoever is slow is told, not failed: the exit
 * code says only whether everything ran.
 */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measure } from './bench/measure.ts'
import { reportOf } from './bench/report.ts'
import { type Troupe, troupeIn } from './bench/troupe.ts'
import { machineFacts, today, writeSection } from './report.ts'

const reportFile = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    date: { type: 'string', default: today() },
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
  const measuring = measure({ troupe, directory, token, signal: over.signal, say })
  const measured = await Promise.race([measuring, broken.promise])
  const report = `${reportOf(measured)}\n\n${machineFacts(options.date)}`
  process.stdout.write(`\n${report}\n`)
  if (options.write) writeSection(reportFile, 'bench:api', report)
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  await end(troupe)
}

async function end({ stop }: Troupe): Promise<void> {
  over.abort()
  await stop()
  rmSync(directory, { recursive: true, force: true })
  // What was under way when something broke would go on asking those that are gone.
  process.exit()
}

function say(line: string): void {
  process.stderr.write(`  ${line}\n`)
}
