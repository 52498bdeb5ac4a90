/** What a tick has shown beside its price: alerts, and whether an interval has kept its promise. */

import { type Alert, alertsOf, newsOf } from './alerts.ts'
import type { FeedMemory } from './feed-memory.ts'
import type { ConsensusOutcome } from './outcome.ts'

export type Noticed = {
  /** All alerts that stand; absent where none does. */
  readonly alerts?: readonly Alert[]
  /** Those of them that were not told within the hour; absent where there are none. */
  readonly news?: readonly Alert[]
  /** Whether two halves of the sources came to prices that their intervals allow; absent unchecked. */
  readonly intervalHeld?: boolean
}

/**
 * What a tick has shown, and the memory in which it is noted what has been told.
 *
 * @param memory What `learnt` has made of the tick.
 */
export function noticedAfter(
  memory: FeedMemory,
  outcome: ConsensusOutcome,
): { readonly memory: FeedMemory; readonly noticed: Noticed } {
  const alerts = alertsOf(outcome, memory)
  const { news, told } = newsOf(alerts, memory.alerted ?? {}, outcome.atMs)
  const check = memory.intervals?.latest
  return {
    memory:
      news.length === 0 && memory.alerted === undefined ? memory : { ...memory, alerted: told },
    noticed: {
      ...(alerts.length > 0 && { alerts }),
      ...(news.length > 0 && { news }),
      ...(check?.atMs === outcome.atMs && { intervalHeld: check.isHeld }),
    },
  }
}
