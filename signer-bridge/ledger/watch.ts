/** Keeps an eye on a Ledger between signatures, so that a person hears of a lock before it matters. */

import type { LedgerSession } from './session.ts'
import type { LedgerState } from './state.ts'

/** A device that is as it must be is asked now and then; it may have locked itself. */
const readyMs = 10_000
/** An app that is reopened is away for a second or two, and must be seen to be. */
const clearingMs = 250
const firstAwayMs = 1_000
const mostAwayMs = 10_000

/** Where it has to be fetched or set right by a person, looks grow rarer. */
const pausesMs: Readonly<Partial<Record<LedgerState['kind'], number>>> = {
  ready: readyMs,
  reviewing: readyMs,
  'screen-unknown': clearingMs,
  'stale-review': firstAwayMs,
}

/** A chore: one look, and the pause until the next, milliseconds; longer while nothing changes. */
export function ledgerChore(session: Pick<LedgerSession, 'look'>): () => Promise<number> {
  let seen: LedgerState['kind'] | undefined
  let awayMs = firstAwayMs
  return async () => {
    const { kind } = await session.look()
    awayMs = kind === seen ? Math.min(awayMs * 2, mostAwayMs) : firstAwayMs
    seen = kind
    return pausesMs[kind] ?? awayMs
  }
}
