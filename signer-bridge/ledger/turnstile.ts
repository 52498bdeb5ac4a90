/** A queue of one: whoever comes waits until everyone before has left, for as long as it has time. */

import { within } from './device.ts'
import { LedgerError } from './ledger-error.ts'

export type Turnstile = {
  /**
   * Does it when everyone before is done.
   *
   * @param patienceMs How long may be waited for the turn itself.
   * @throws {LedgerError} `ledger-busy` if too many wait already, or the turn has not come in time.
   */
  readonly inTurn: <T>(act: () => Promise<T>, patienceMs: number) => Promise<T>
  readonly isTaken: () => boolean
}

/** Two loops and a command line with a key each: more than these wait for nothing sensible. */
const maxPresent = 4

export function turnstile(): Turnstile {
  let last: Promise<void> = Promise.resolve()
  let present = 0
  return {
    isTaken: () => present > 0,
    inTurn: async (act, patienceMs) => {
      if (present >= maxPresent) throw busy()
      present += 1
      const before = last
      const { promise: mine, resolve: leave } = Promise.withResolvers<void>()
      last = mine
      try {
        await within(before, patienceMs, busy)
        return await act()
      } finally {
        present -= 1
        // Whoever gave up waiting still stands behind those before.
        void before.then(leave)
      }
    },
  }
}

function busy(): LedgerError {
  return new LedgerError('ledger-busy', 'The Ledger is busy with other requests.')
}
