/**
 * Ticks of a collector: at each multiple of its interval every source is asked at once, and what they
 * said goes to the outbox. A tick that takes longer than the interval lets the next instant pass.
 */

import { type Collected, type SourcePlan, together } from '../../src/exchanges/collected.ts'
import type { IngestRequest } from '../../src/protocol/ingest-wire.ts'
import { batchesOf, type Tick } from './batches.ts'

export type TickingDeps = {
  readonly plans: readonly SourcePlan[]
  /** What a source has to say, over within a deadline of its own. */
  readonly ask: (plan: SourcePlan, tickAtMs: number) => Promise<Collected>
  readonly send: (batch: IngestRequest) => void
  readonly collector: Tick['collector']
  readonly newId: Tick['newId']
  readonly nowMs: () => number
  /** Resolves after so many milliseconds, or at once when `wake` is aborted. */
  readonly pause: (ms: number, wake: AbortSignal) => Promise<void>
  readonly log: (event: Readonly<Record<string, unknown> & { event: string }>) => void
}

/** Ticks until the signal says that it is over. */
export async function tickUntil(
  over: AbortSignal,
  intervalMs: number,
  deps: TickingDeps,
): Promise<void> {
  while (!over.aborted) {
    const tickAtMs = Math.floor(deps.nowMs() / intervalMs + 1) * intervalMs
    await deps.pause(tickAtMs - deps.nowMs(), over)
    if (!over.aborted) await tick(tickAtMs, deps)
  }
}

/** One tick under the name of an instant, Unix milliseconds. */
export async function tick(tickAtMs: number, deps: TickingDeps): Promise<void> {
  const { plans, ask, send, collector, newId, log } = deps
  const answers = await Promise.all(plans.map(async (plan) => ask(plan, tickAtMs)))
  const collected = together(answers)
  const batches = batchesOf(collected, { collector, tickAtMs, newId })
  log({
    event: 'tick-collected',
    tick_at: tickAtMs,
    tickers: batches.reduce((sum, { tickers }) => sum + tickers.length, 0),
    failures: collected.failures.map(({ source, code }) => `${source} ${code}`),
  })
  for (const batch of batches) send(batch)
}
