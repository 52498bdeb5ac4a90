/** Who of all who take part in a bench has used how much of the processors. */

import { readdirSync, readFileSync } from 'node:fs'
import { cpuMsOf } from './troupe.ts'
import type { RunningWorkerd } from './workerd.ts'

/** Processor time of all who take part, milliseconds, by name. */
export function cpuNow(
  workerd: RunningWorkerd,
  databaseUrl: string,
): Record<string, number | undefined> {
  const { user, system } = process.cpuUsage()
  return {
    workerd: workerd.cpuMs(),
    'Neon stand-in': cpuOfAll((words) => words.includes('neon.ts') && words.includes(databaseUrl)),
    Postgres: cpuOfAll(
      (words) =>
        words.includes(`postgres ${databaseUrl.split('/').at(-1)}`) ||
        (words.includes('/postgres.ts') && words.includes('chrono-bench-')),
    ),
    'collector (this process)': (user + system) / 1_000,
  }
}

/** Of all processes of this machine whose words fit; undefined if there is none, or no /proc. */
function cpuOfAll(isMeant: (words: string) => boolean): number | undefined {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isMeant(wordsOf(name)))
    const spent = pids.flatMap((pid) => cpuMsOf(pid) ?? [])
    return spent.length === 0 ? undefined : spent.reduce((sum, ms) => sum + ms, 0)
  } catch {
    // No /proc: not Linux.
    return undefined
  }
}

function wordsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}

/** What was spent between two accounts (milliseconds), microseconds a quote. */
export function usEach(
  before: number | undefined,
  after: number | undefined,
  quotes: number,
): number | undefined {
  return before === undefined || after === undefined
    ? undefined
    : ((after - before) * 1_000) / quotes
}

/** Bytes in megabytes. */
export function mb(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 1e6
}
