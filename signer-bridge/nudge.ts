/** Pauses of a process: each ends early when all is over, or when whoever sleeps is woken. */

import { setTimeout as pause } from 'node:timers/promises'

export type Nudge = {
  readonly sleep: (ms: number) => Promise<void>
  /** Ends all pauses that are under way. */
  readonly wake: () => void
}

/** @param over Ends every pause, also those to come. */
export function nudgeOver(over: AbortSignal): Nudge {
  let nudge = new AbortController()
  return {
    sleep: async (ms) => {
      const signal = AbortSignal.any([over, nudge.signal])
      // A pause that ends early is a pause all the same.
      await pause(ms, undefined, { signal }).catch(() => undefined)
    },
    wake: () => {
      nudge.abort()
      nudge = new AbortController()
    },
  }
}
