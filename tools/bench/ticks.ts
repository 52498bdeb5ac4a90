/** What a tick costs: the processor time of workerd over ticks of the replayed exchanges. */

import { median } from './figures.ts'
import type { RunningWorkerd } from './workerd.ts'

/** Ticks that are not counted: the first ones make the objects and compile the code. */
const warmUpTicks = 2

const countedTicks = 10

/** Twice what the ticks take at two seconds each. Milliseconds. */
const ticksWithinMs = 50_000

const minuteMs = 60_000

/** The settings of ticks that come as fast as they may, without the close of a round among them. */
export const quickTicks = { TICK_SECONDS: '2', ROUND_SECONDS: '3600' }

export type TicksMeasured = {
  readonly ticks: number
  readonly feeds: number
  readonly quotes: number
  /** Processor time of one tick, milliseconds, if the system tells. */
  readonly cpuMs: number | undefined
  /** From a tick's instant to its last word. Median, milliseconds. */
  readonly tookMs: number
}

type Completed = { readonly accepted: number; readonly priced: number; readonly tookMs: number }

/** Ears for the Worker's log: they hear ticks as they are completed. */
export function tickEars() {
  const enough = Promise.withResolvers<undefined>()
  const begun = Promise.withResolvers<undefined>()
  const completed: Completed[] = []
  return {
    completed,
    /** Resolves when the ticks have begun that are counted. */
    begun: begun.promise,
    enough: enough.promise,
    onLine: (line: string): void => {
      const at = line.indexOf('{"event":"tick-completed"')
      if (at === -1) return
      // The Worker's own line, in the shape in which its cron writes it.
      completed.push(JSON.parse(line.slice(at)) as Completed)
      if (completed.length === warmUpTicks) begun.resolve(undefined)
      if (completed.length === warmUpTicks + countedTicks) enough.resolve(undefined)
    },
  }
}

/**
 * Lets the Worker's cron run and counts.
 *
 * @param workerd Runs `chrono` and `driver` with quick ticks.
 * @throws {Error} if ticks do not come, or price nothing.
 */
export async function measureTicks(
  workerd: RunningWorkerd,
  ears: ReturnType<typeof tickEars>,
): Promise<TicksMeasured> {
  const over = AbortSignal.timeout(ticksWithinMs)
  const late = new Promise<never>((_, reject) => {
    over.addEventListener('abort', () => reject(new Error('The ticks did not come in time.')))
  })
  const nowMs = Date.now()
  for (const atMs of [nowMs, nowMs + minuteMs]) {
    const url = `http://127.0.0.1:${workerd.portOf('driver')}/cron?at=${atMs}`
    // The minutes outlast what is measured, and end with workerd.
    fetch(url, { method: 'POST', signal: over }).catch(() => undefined)
  }

  await Promise.race([ears.begun, late])
  const before = workerd.cpuMs()
  await Promise.race([ears.enough, late])
  const after = workerd.cpuMs()

  const counted = ears.completed.slice(warmUpTicks)
  const feeds = Math.min(...counted.map(({ priced }) => priced))
  if (feeds === 0) throw new Error('A tick priced no feed.')
  const cpuMs = before === undefined || after === undefined ? undefined : after - before
  return {
    ticks: countedTicks,
    feeds,
    quotes: Math.min(...counted.map(({ accepted }) => accepted)),
    cpuMs: cpuMs === undefined ? undefined : cpuMs / countedTicks,
    tookMs: median(counted.map(({ tookMs }) => tookMs)),
  }
}
