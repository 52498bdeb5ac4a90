/**
 * Errors counted on a logarithmic scale: percentiles to 1 % of their value out of constant memory,
 * however many errors there are.
 */

/** Smaller errors than this are all alike, bps. */
const leastBps = 1e-4

/** Bins a factor of e: one is 1 % wide. */
const binsPerE = 100

/** Larger errors than the last bin's (10^9 bps) are in it too; `max` tells the largest as it is. */
const binCount = Math.ceil(Math.log(1e9 / leastBps) * binsPerE) + 1

export type ErrorSummary = {
  readonly count: number
  readonly p50_bps: number
  readonly p90_bps: number
  readonly p95_bps: number
  readonly p99_bps: number
  readonly p999_bps: number
  readonly max_bps: number
  /** Mean error with its sign: a bias. */
  readonly bias_bps: number
  readonly within_5_bps: number
  readonly within_50_bps: number
  /** Share of errors that the interval of their own instant held. */
  readonly coverage: number
}

export class ErrorTally {
  readonly #bins = new Float64Array(binCount)
  #count = 0
  #sum = 0
  #max = 0
  #within5 = 0
  #within50 = 0
  #covered = 0

  /** @param bps With its sign. @param intervalBps Half-width of the interval it should lie in. */
  add(bps: number, intervalBps: number): void {
    const size = Math.abs(bps)
    const bin = Math.ceil(Math.log(size / leastBps) * binsPerE)
    const at = Math.min(Math.max(bin, 0), binCount - 1)
    this.#bins[at] = (this.#bins[at] ?? 0) + 1
    this.#count += 1
    this.#sum += bps
    this.#max = Math.max(this.#max, size)
    this.#within5 += Number(size <= 5)
    this.#within50 += Number(size <= 50)
    this.#covered += Number(size <= intervalBps)
  }

  /** Undefined where nothing was counted. */
  summary(): ErrorSummary | undefined {
    const count = this.#count
    if (count === 0) return undefined
    return {
      count,
      p50_bps: this.#percentile(0.5),
      p90_bps: this.#percentile(0.9),
      p95_bps: this.#percentile(0.95),
      p99_bps: this.#percentile(0.99),
      p999_bps: this.#percentile(0.999),
      max_bps: this.#max,
      bias_bps: this.#sum / count,
      within_5_bps: this.#within5 / count,
      within_50_bps: this.#within50 / count,
      coverage: this.#covered / count,
    }
  }

  /** Counts by size, `[upper edge in bps, count]`, empty ones left out: for a drawing. */
  histogram(): readonly (readonly [number, number])[] {
    return [...this.#bins].flatMap((count, bin) => (count === 0 ? [] : [[edgeOf(bin), count]]))
  }

  /** By nearest rank; the bin's upper edge, but never above the largest. */
  #percentile(part: number): number {
    const rank = Math.max(1, Math.ceil(this.#count * part))
    let reached = 0
    for (let bin = 0; bin < binCount; bin += 1) {
      reached += this.#bins[bin] ?? 0
      if (reached >= rank)
        return bin === binCount - 1 ? this.#max : Math.min(edgeOf(bin), this.#max)
    }
    return this.#max
  }
}

function edgeOf(bin: number): number {
  return leastBps * Math.exp(bin / binsPerE)
}
