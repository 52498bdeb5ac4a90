/**
 * Rows made ticks: at each instant of the cadence every source says what it last said until then, and
 * dates it as it did. Rows may be out of order by as much as a cadence; memory holds of each source
 * the newest row of the few ticks that are still open.
 */

import type { Row } from './rows.ts'

/** What the sources of one feed say at one instant. */
export type Tick = {
  readonly atMs: number
  /** One row a source. */
  readonly rows: readonly Row[]
  /** That of the newest row that states one, until this instant and after the tick before. */
  readonly truth?: number
}

/** A row older than this is not repeated any more: the source is gone. Milliseconds: ten minutes. */
export const longestHeldMs = 600_000

type SourceRows = {
  /** The newest row until the last tick that was made. */
  settled: Row | undefined
  /** The newest row of each open tick, by the tick's number. */
  readonly open: Map<number, Row>
}

/** One feed's rows on their way to ticks. */
export class TickMaker {
  readonly #cadenceMs: number
  readonly #sources = new Map<string, SourceRows>()
  readonly #truths = new Map<number, Row>()
  /** Numbers of ticks that have rows of their own and are not made yet. */
  readonly #open = new Set<number>()
  #newestMs = 0
  #madeUntil = -1
  /** Rows that came after their tick had been made. */
  late = 0

  constructor(cadenceMs: number) {
    this.#cadenceMs = cadenceMs
  }

  /** Takes a row, and returns the ticks that no row can belong to any more, in order of time. */
  take(row: Row): Tick[] {
    const number = Math.ceil(row.atMs / this.#cadenceMs)
    if (number <= this.#madeUntil) {
      this.late += 1
      return []
    }
    this.#keep(row, number)
    if (row.atMs <= this.#newestMs) return []
    this.#newestMs = row.atMs
    return this.#madeBefore(Math.ceil((row.atMs - this.#cadenceMs) / this.#cadenceMs))
  }

  /** The ticks that are left when all rows are there. */
  end(): Tick[] {
    return this.#madeBefore(Number.POSITIVE_INFINITY)
  }

  /** Rows in memory. */
  get held(): number {
    let count = this.#truths.size
    for (const { settled, open } of this.#sources.values()) {
      count += open.size + (settled === undefined ? 0 : 1)
    }
    return count
  }

  #keep(row: Row, number: number): void {
    let rows = this.#sources.get(row.source)
    if (rows === undefined) {
      rows = { settled: undefined, open: new Map() }
      this.#sources.set(row.source, rows)
    }
    this.#open.add(number)
    if (isNewer(row, rows.open.get(number))) rows.open.set(number, row)
    if (row.truth !== undefined && isNewer(row, this.#truths.get(number))) {
      this.#truths.set(number, row)
    }
  }

  /** Makes the open ticks below a number. An instant in which nobody said anything new is no tick. */
  #madeBefore(limit: number): Tick[] {
    const numbers = [...this.#open].filter((number) => number < limit)
    return numbers
      .sort((left, right) => left - right)
      .map((number) => {
        this.#open.delete(number)
        this.#madeUntil = number
        const truth = this.#truths.get(number)?.truth
        this.#truths.delete(number)
        const atMs = number * this.#cadenceMs
        return { atMs, rows: this.#rowsAt(number, atMs), ...(truth !== undefined && { truth }) }
      })
  }

  #rowsAt(number: number, atMs: number): Row[] {
    const said: Row[] = []
    for (const [source, rows] of this.#sources) {
      const own = rows.open.get(number)
      rows.open.delete(number)
      if (own !== undefined) rows.settled = own
      const row = rows.settled
      if (row !== undefined && atMs - row.atMs <= longestHeldMs) said.push(row)
      else if (rows.open.size === 0) this.#sources.delete(source)
      else rows.settled = undefined
    }
    return said
  }
}

function isNewer(row: Row, known: Row | undefined): boolean {
  return known === undefined || row.atMs >= known.atMs
}
