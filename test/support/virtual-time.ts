/** Time that passes only when everybody waits: hours of a bridge's life in a moment of ours. */

import { setImmediate as turn } from 'node:timers/promises'

type Waiter = { readonly atMs: number; readonly order: number; readonly wake: () => void }

export class VirtualTime {
  #nowMs: number
  #order = 0
  readonly #waiters: Waiter[] = []

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  readonly nowMs = (): number => this.#nowMs

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#order += 1
      this.#waiters.push({ atMs: this.#nowMs + Math.max(0, ms), order: this.#order, wake })
    })

  /** Lets time pass up to an instant, or until `isOver`. */
  async runUntil(endMs: number, isOver: () => boolean = () => false): Promise<void> {
    for (;;) {
      await settled()
      if (isOver()) return
      const next = this.#waiters.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)[0]
      if (next === undefined || next.atMs > endMs) {
        this.#nowMs = Math.max(this.#nowMs, endMs)
        return
      }
      this.#waiters.splice(this.#waiters.indexOf(next), 1)
      this.#nowMs = next.atMs
      next.wake()
    }
  }
}

/** Signing loads modules on the way, which takes a few turns and not only microtasks. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i += 1) await turn()
}
