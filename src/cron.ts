/**
 * A cron minute as it runs: sleeps to each event's instant, begins it once, runs it, and ends it in
 * the schedule's book. An event that fails costs only itself.
 */

import { type Demand, demandOf } from './demand.ts'
import type { TickReport } from './poll.ts'
import type { Mode } from './protocol/status.ts'
import type { RoundReport } from './rounds.ts'
import {
  betweenTicks,
  type Cadence,
  eventsOfMinute,
  isPast,
  minuteOf,
  type ScheduledEvent,
} from './schedule.ts'

export type CronDeps = {
  readonly mode: Mode
  readonly cadence: Cadence
  readonly nowMs: () => number
  readonly sleepUntil: (atMs: number) => Promise<void>
  /** Writes an event into the book, unless it is there. */
  readonly begin: (event: ScheduledEvent) => Promise<'begun' | 'doubled'>
  readonly endTick: (event: ScheduledEvent, report: TickReport, tookMs: number) => Promise<void>
  readonly end: (event: ScheduledEvent) => Promise<void>
  /** Writes ticks into the book as skipped, and says how many were not there yet. */
  readonly skip: (ticks: readonly ScheduledEvent[]) => Promise<number>
  /** @param gapMs How long it has until the next tick. */
  readonly tick: (atMs: number, gapMs: number) => Promise<TickReport>
  /** Refreshes prices between two ticks; keeps nothing in history. Parameters as for `tick`. */
  readonly refresh: (atMs: number, gapMs: number) => Promise<TickReport>
  /** Until when fresh prices are wanted, Unix milliseconds. */
  readonly wantedUntilMs: () => Promise<number>
  readonly closeRound: (votingRoundId: number, atMs: number) => Promise<RoundReport>
  readonly sweep: () => Promise<number>
  readonly log: (event: LogEvent) => void
}

type LogEvent = Readonly<Record<string, unknown>>

/** What a minute's events share. */
type Minute = {
  readonly demand: Demand
  /** Ticks and refreshes that have begun and not ended. */
  running: number
}

/** Runs the minute that holds `scheduledAtMs`, the instant for which cron fired. */
export async function runMinute(scheduledAtMs: number, world: CronDeps): Promise<void> {
  // Simulated input says so in every line.
  const deps = { ...world, log: (event: LogEvent) => world.log({ ...event, mode: world.mode }) }
  const events = eventsOfMinute(minuteOf(scheduledAtMs), deps.cadence)
  const byInstant = Map.groupBy(events, ({ atMs }) => atMs)
  const past = events.filter((event) => isPast(event, deps.nowMs(), deps.cadence))
  const minute = { demand: demandOf(deps), running: 0 }
  const runs = [...byInstant].map(async ([atMs, together]) => {
    await deps.sleepUntil(atMs)
    // At one instant the close waits for the tick, whose price is its `spot`.
    for (const event of together) {
      if (!past.includes(event)) await run(event, minute, deps)
    }
  })
  await Promise.all([skip(past, deps), ...runs, refreshAll(scheduledAtMs, minute, deps)])
}

/** Refreshes prices at the minute's instants between ticks, as long as they are wanted. */
async function refreshAll(scheduledAtMs: number, minute: Minute, deps: CronDeps): Promise<void> {
  const took: number[] = []
  const instants = betweenTicks(minuteOf(scheduledAtMs), deps.cadence)
  await Promise.all(
    instants.map(async (atMs) => {
      await deps.sleepUntil(atMs)
      const tookMs = await refreshAt(atMs, minute, deps)
      if (tookMs !== undefined) took.push(tookMs)
    }),
  )
  if (took.length === 0) return
  deps.log({ event: 'prices-refreshed', count: took.length, slowestMs: Math.max(...took) })
}

/** How long it took; undefined where nobody wanted it, or it would have crowded another one. */
async function refreshAt(
  atMs: number,
  minute: Minute,
  deps: CronDeps,
): Promise<number | undefined> {
  const { demandTickMs } = deps.cadence
  const startedAtMs = deps.nowMs()
  if (startedAtMs - atMs > demandTickMs / 2 || !(await minute.demand(atMs))) return undefined
  // After the question, since others may have begun while it was asked.
  if (minute.running > 0) return undefined
  minute.running += 1
  try {
    await deps.refresh(atMs, demandTickMs)
    return deps.nowMs() - startedAtMs
  } catch (error) {
    deps.log({ event: 'refresh-failed', atMs, reason: String(error) })
    return undefined
  } finally {
    minute.running -= 1
  }
}

/** A tick that is past may have been run by an earlier cron of the same minute: the book knows. */
async function skip(past: readonly ScheduledEvent[], deps: CronDeps): Promise<void> {
  const ticks = past.filter(({ kind }) => kind === 'tick')
  if (ticks.length === 0) return
  await told(deps, async () => {
    const count = await deps.skip(ticks)
    if (count > 0) deps.log({ event: 'ticks-skipped', count })
  })
}

async function run(event: ScheduledEvent, minute: Minute, deps: CronDeps): Promise<void> {
  try {
    if ((await begun(event, deps)) === 'doubled') {
      deps.log({ event: 'event-doubled', kind: event.kind, atMs: event.atMs })
      return
    }
    await work(event, minute, deps)
  } catch (error) {
    // It is not ended in the book, so the book counts it as died.
    deps.log({ event: 'event-failed', kind: event.kind, atMs: event.atMs, reason: String(error) })
  }
}

/** Without the book an event runs all the same: feeds and tables take nothing twice. */
async function begun(event: ScheduledEvent, deps: CronDeps): Promise<'begun' | 'doubled'> {
  try {
    return await deps.begin(event)
  } catch (error) {
    deps.log({ event: 'book-unavailable', reason: String(error) })
    return 'begun'
  }
}

async function work(event: ScheduledEvent, minute: Minute, deps: CronDeps): Promise<void> {
  const startedAtMs = deps.nowMs()
  const { atMs } = event
  switch (event.kind) {
    case 'tick': {
      const report = await tickAt(atMs, minute, deps)
      const tookMs = deps.nowMs() - startedAtMs
      const accepted = report.acceptedIds.length
      const { kept, refused, priced } = report
      deps.log({ event: 'tick-completed', atMs, accepted, kept, refused, priced, tookMs })
      await told(deps, () => deps.endTick(event, report, tookMs))
      return
    }
    case 'round-close': {
      const { votingRoundId } = event
      const report = await deps.closeRound(votingRoundId, atMs)
      const { aggregated, kept } = report
      const withoutQuorum = report.withoutQuorum.length
      deps.log({ event: 'round-closed', atMs, votingRoundId, aggregated, withoutQuorum, kept })
      await told(deps, () => deps.end(event))
      return
    }
    case 'sweep': {
      const found = await deps.sweep()
      if (found > 0) deps.log({ event: 'spill-swept', atMs, found })
      await told(deps, () => deps.end(event))
    }
  }
}

/** While refreshes are to follow, a tick has no longer than until the first of them. */
async function tickAt(atMs: number, minute: Minute, deps: CronDeps): Promise<TickReport> {
  const { tickMs, demandTickMs } = deps.cadence
  minute.running += 1
  try {
    return await deps.tick(atMs, (await minute.demand(atMs)) ? demandTickMs : tickMs)
  } finally {
    minute.running -= 1
  }
}

async function told(deps: CronDeps, tell: () => Promise<void>): Promise<void> {
  try {
    await tell()
  } catch (error) {
    deps.log({ event: 'book-unavailable', reason: String(error) })
  }
}
