/** What the daily budget looks back on. */

import type { CallBook } from './journal/calls.ts'
import type { RelayBook } from './journal/relays.ts'

/** What is older counts towards no budget. */
export const budgetDayMs = 86_400_000

/** What calls and relays have cost in the day before this instant. Wei. */
export function spentOfDay(
  journal: Pick<CallBook, 'spentSince'> & Pick<RelayBook, 'relaysSpentSince'>,
  nowMs: number,
): bigint {
  const sinceMs = Math.round(nowMs) - budgetDayMs
  return journal.spentSince(sinceMs) + journal.relaysSpentSince(sinceMs)
}
