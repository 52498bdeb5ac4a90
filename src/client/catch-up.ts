/**
 * Prices that the stream could not tell (a shard that has forgotten, or was never told) and that the
 * REST interface did not tell at the first try: asked for again, with growing pauses, not for ever.
 */

import type { FeedSymbol } from '../protocol/feed.ts'
import { backoffMs } from './backoff.ts'
import type { Moment, SnapshotFailed } from './stream-event.ts'

export type CatchUp = {
  readonly symbols: readonly FeedSymbol[]
  /** When to ask again, of the machine's clock; infinite while an answer is awaited. */
  readonly atMs: number
  readonly failures: number
}

/** Every tick brings a newer price anyway: after so many failures in a row it is left to them. */
const maxFailures = 5

/** What is to be asked for, and when, after a question has failed. */
export function afterFailure(
  catchUp: CatchUp | undefined,
  { symbols, retryAfterMs }: SnapshotFailed,
  { nowMs, chance }: Moment,
): CatchUp | undefined {
  const failures = (catchUp?.failures ?? 0) + 1
  if (failures >= maxFailures) return undefined
  return {
    symbols: [...new Set([...(catchUp?.symbols ?? []), ...symbols])],
    atMs: nowMs + Math.max(retryAfterMs, backoffMs(failures, chance)),
    failures,
  }
}

/** The same while its question is on its way; failures go on being counted. */
export function underWay({ failures }: CatchUp): CatchUp {
  return { symbols: [], atMs: Number.POSITIVE_INFINITY, failures }
}
