/**
 * The events of a cron minute: ticks and round closes, each named by its instant. Pure; the
 * handler sleeps from one to the next, since waiting is free and only work is billed.
 */

import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from './protocol/epoch.ts'

export type ScheduledEvent =
  | { readonly kind: 'tick'; readonly atMs: number }
  /** The end of a voting round: its window is put to the vote. */
  | { readonly kind: 'round-close'; readonly atMs: number; readonly votingRoundId: number }
  /** Spilled batches that the queue forgot are sent through it again. */
  | { readonly kind: 'sweep'; readonly atMs: number }

export type Cadence = {
  readonly schedule: EpochSchedule
  /** Time between ticks, milliseconds. Ticks count from the network's T0. */
  readonly tickMs: number
  /** Time between the ticks in between, which run while somebody wants fresh prices. Milliseconds. */
  readonly demandTickMs: number
}

export const minuteMs = 60_000

/** Every so many minutes the spill is swept. */
const sweepEveryMinutes = 5

/**
 * The events in `[minuteAtMs, minuteAtMs + 60 s)`, in the order in which they are to run: at one
 * instant the tick comes before the close, whose `spot` it makes.
 *
 * @param minuteAtMs Start of a minute, Unix milliseconds.
 */
export function eventsOfMinute(minuteAtMs: number, cadence: Cadence): readonly ScheduledEvent[] {
  const events: ScheduledEvent[] = [
    ...ticksOf(minuteAtMs, cadence),
    ...closesOf(minuteAtMs, cadence),
  ]
  if ((minuteAtMs / minuteMs) % sweepEveryMinutes === 0) {
    events.push({ kind: 'sweep', atMs: minuteAtMs })
  }
  return events.toSorted((a, b) => a.atMs - b.atMs || order[a.kind] - order[b.kind])
}

/**
 * The instants in `[minuteAtMs, minuteAtMs + 60 s)` at which prices are refreshed between two ticks,
 * if anybody wants them: counted from T0 too, and none so near a tick that it would crowd it.
 */
export function betweenTicks(minuteAtMs: number, cadence: Cadence): readonly number[] {
  const { schedule, tickMs, demandTickMs } = cadence
  const genesisMs = schedule.genesisSec * 1_000
  return [...instantsOf(minuteAtMs, genesisMs, demandTickMs)].filter((atMs) => {
    const sinceTickMs = (((atMs - genesisMs) % tickMs) + tickMs) % tickMs
    return Math.min(sinceTickMs, tickMs - sinceTickMs) >= demandTickMs / 2
  })
}

/** The minute that holds an instant; a cron that fires late still runs its own minute. */
export function minuteOf(atMs: number): number {
  return Math.floor(atMs / minuteMs) * minuteMs
}

/**
 * Whether an event's moment has gone. A tick past by more than half an interval would crowd the
 * next one; a close or sweep still means the same one round later, but no longer.
 */
export function isPast(event: ScheduledEvent, nowMs: number, cadence: Cadence): boolean {
  const allowedMs = event.kind === 'tick' ? cadence.tickMs / 2 : cadence.schedule.roundSec * 1_000
  return nowMs - event.atMs > allowedMs
}

const order = { tick: 0, 'round-close': 1, sweep: 2 } as const

function* ticksOf(minuteAtMs: number, { schedule, tickMs }: Cadence): Generator<ScheduledEvent> {
  for (const atMs of instantsOf(minuteAtMs, schedule.genesisSec * 1_000, tickMs)) {
    yield { kind: 'tick', atMs }
  }
}

function* instantsOf(minuteAtMs: number, genesisMs: number, everyMs: number): Generator<number> {
  const first = genesisMs + Math.ceil((minuteAtMs - genesisMs) / everyMs) * everyMs
  for (let atMs = first; atMs < minuteAtMs + minuteMs; atMs += everyMs) yield atMs
}

function* closesOf(minuteAtMs: number, { schedule }: Cadence): Generator<ScheduledEvent> {
  // The round that is open just before the minute is the first that can end within it.
  for (let round = votingRoundAt(schedule, minuteAtMs - 1); ; round += 1) {
    const atMs = votingRoundStartMs(schedule, round + 1)
    if (atMs >= minuteAtMs + minuteMs) return
    yield { kind: 'round-close', atMs, votingRoundId: round }
  }
}
