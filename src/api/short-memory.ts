/**
 * What an isolate remembers for a little while: bounded in age and in number. Losing it costs
 * nothing but speed.
 */

export type MemoryLimits = {
  /** Milliseconds from when a value was set. */
  readonly lifetimeMs: number
  /** When there are more, those set first are forgotten first. */
  readonly maxEntries: number
}

type Entry<Value> = { readonly value: Value; readonly endsAtMs: number }

export class ShortMemory<Value> {
  readonly #limits: MemoryLimits
  /** In the order of setting, which is also the order of ending. */
  readonly #entries = new Map<string, Entry<Value>>()

  constructor(limits: MemoryLimits) {
    this.#limits = limits
  }

  get(name: string, nowMs: number): Value | undefined {
    const entry = this.#entries.get(name)
    return entry !== undefined && nowMs < entry.endsAtMs ? entry.value : undefined
  }

  set(name: string, value: Value, nowMs: number): void {
    // Deleted first, so that the entry moves to the end of the order.
    this.#entries.delete(name)
    this.#entries.set(name, { value, endsAtMs: nowMs + this.#limits.lifetimeMs })
    if (this.#entries.size <= this.#limits.maxEntries) return
    const { value: oldest, done } = this.#entries.keys().next()
    if (!done) this.#entries.delete(oldest)
  }

  delete(name: string): void {
    this.#entries.delete(name)
  }

  /** Entries held, ended ones included. */
  get size(): number {
    return this.#entries.size
  }
}
