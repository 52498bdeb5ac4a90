/** `chrono-bridge status --watch`: draws the live view again and again until it is told to end. */

import { setTimeout as pause } from 'node:timers/promises'
import { OracleError } from '../src/protocol/errors.ts'
import { dutiesOf } from './deadlines.ts'
import { readMetrics } from './reading.ts'
import { screenOf } from './screen.ts'
import type { Settings } from './settings.ts'
import { type JournalStatus, journalStatus } from './status.ts'

/** Where it is drawn; standard output has all of it. */
export type Surface = {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  readonly write: (text: string) => unknown
}

export type WatchOptions = {
  /** Rounds to tell of. */
  readonly rounds: number
  readonly intervalMs: number
}

export type WatchDeps = {
  readonly surface: Surface
  readonly fetch: typeof fetch
  readonly nowMs: () => number
  /** Ends it. */
  readonly signal: AbortSignal
}

const plainWidth = 120

/** A pipe ends with whoever reads it; a terminal with Ctrl-C. */
export async function watchStatus(settings: Settings, options: WatchOptions): Promise<void> {
  const ended = new AbortController()
  const end = () => ended.abort()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  process.stdout.once('error', end)
  await watching(settings, options, {
    surface: process.stdout,
    fetch,
    nowMs: () => Date.now(),
    signal: ended.signal,
  })
}

/** The loop itself. */
export async function watching(
  settings: Settings,
  { rounds, intervalMs }: WatchOptions,
  { surface, fetch: fetchIt, nowMs, signal }: WatchDeps,
): Promise<void> {
  const isDrawn = surface.isTTY === true
  if (isDrawn) surface.write(begin)
  try {
    while (!signal.aborted) {
      const reading = await readMetrics(settings.metricsPort, fetchIt)
      const facts = {
        nowMs: nowMs(),
        network: settings.network,
        duties: dutiesOf(settings),
        journal: journalIn(settings.journalFile, rounds),
        reading,
      }
      const screen = screenOf(facts, known(surface.columns) ?? plainWidth)
      surface.write(isDrawn ? drawn(screen, known(surface.rows)) : `${screen}\n---\n`)
      // A pause that ends early is a pause all the same.
      await pause(intervalMs, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    if (isDrawn) surface.write(end)
  }
}

/** A terminal that does not know its size says 0. */
function known(size: number | undefined): number | undefined {
  return size === 0 ? undefined : size
}

const escape = '\u001b['
/** The terminal's other screen, without a cursor; what was there before comes back at the end. */
const begin = `${escape}?1049h${escape}?25l`
const end = `${escape}?25h${escape}?1049l`

/** Over what is there, line by line, each cleared behind its end: nothing is ever blank. */
function drawn(screen: string, height = Number.POSITIVE_INFINITY): string {
  const lines = screen.split('\n').slice(0, height)
  const body = lines.map((line) => `${line}${escape}K`).join('\r\n')
  return `${escape}H${body}${escape}J`
}

function journalIn(file: string, rounds: number): JournalStatus | string {
  try {
    return journalStatus(file, rounds)
  } catch (error) {
    // A bridge that makes its journal just now, or brings it up to date, is seen the next time.
    if (error instanceof OracleError) return error.message
    return error instanceof Error ? error.message.slice(0, plainWidth) : String(error)
  }
}
