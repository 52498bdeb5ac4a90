/**
 * Errors over time in a bounded number of stretches: whenever there are too many, neighbours are
 * joined and a stretch becomes twice as long.
 */

export type Stretch = {
  readonly fromMs: number
  readonly toMs: number
  /** Largest and mean size of the errors, bps. */
  readonly maxBps: number
  readonly meanBps: number
  readonly count: number
}

/** Stretches that are kept: twice as many as a drawing has points for, at most. */
export const maxStretches = 1_024

export class Timeline {
  #stretches: Stretch[] = []
  #lengthMs: number

  /** @param firstLengthMs Length of a stretch to begin with. */
  constructor(firstLengthMs: number) {
    this.#lengthMs = firstLengthMs
  }

  /** Adds an error; instants come in order. */
  add(atMs: number, bps: number): void {
    const size = Math.abs(bps)
    const one = { fromMs: atMs, toMs: atMs, maxBps: size, meanBps: size, count: 1 }
    const last = this.#stretches.at(-1)
    if (last !== undefined && this.#isOfOne(last, one)) {
      this.#stretches[this.#stretches.length - 1] = joined(last, one)
      return
    }
    this.#stretches.push(one)
    if (this.#stretches.length > maxStretches) this.#coarsen()
  }

  get stretches(): readonly Stretch[] {
    return this.#stretches
  }

  #coarsen(): void {
    while (this.#stretches.length > maxStretches / 2) {
      this.#lengthMs *= 2
      const coarser: Stretch[] = []
      for (const stretch of this.#stretches) {
        const last = coarser.at(-1)
        if (last !== undefined && this.#isOfOne(last, stretch)) {
          coarser[coarser.length - 1] = joined(last, stretch)
        } else coarser.push(stretch)
      }
      this.#stretches = coarser
    }
  }

  #isOfOne(left: Stretch, right: Stretch): boolean {
    return Math.floor(left.fromMs / this.#lengthMs) === Math.floor(right.fromMs / this.#lengthMs)
  }
}

function joined(left: Stretch, right: Stretch): Stretch {
  const count = left.count + right.count
  return {
    fromMs: left.fromMs,
    toMs: right.toMs,
    maxBps: Math.max(left.maxBps, right.maxBps),
    meanBps: (left.meanBps * left.count + right.meanBps * right.count) / count,
    count,
  }
}
