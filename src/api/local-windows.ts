/**
 * Request counts of one isolate, for while the shared ones are out of reach: a fixed window from a
 * client's first request on, of the same length as the cache's.
 */

import { ShortMemory } from './short-memory.ts'

export type WindowCount = {
  /** Requests counted in the window, this one included. */
  readonly count: number
  /** When the window ends, Unix milliseconds. */
  readonly resetAtMs: number
}

export class LocalWindows {
  readonly #windowMs: number
  readonly #windows: ShortMemory<{ count: number; readonly resetAtMs: number }>

  /** @param maxClients When more are counted, those whose windows began first are let go. */
  constructor(windowMs: number, maxClients: number) {
    this.#windowMs = windowMs
    this.#windows = new ShortMemory({ lifetimeMs: windowMs, maxEntries: maxClients })
  }

  /** Counts a request of a client. */
  count(client: string, nowMs: number): WindowCount {
    const open = this.#windows.get(client, nowMs)
    if (open !== undefined) {
      open.count += 1
      return { count: open.count, resetAtMs: open.resetAtMs }
    }
    const begun = { count: 1, resetAtMs: nowMs + this.#windowMs }
    this.#windows.set(client, begun, nowMs)
    return { count: 1, resetAtMs: begun.resetAtMs }
  }
}
