/** What became of one source in a backtest: how often it was heard, left out and found odd. */

import type { ConsensusOutcome, RejectionReason } from '../../src/core/outcome.ts'
import type { Quote } from '../../src/core/quote.ts'

/** A source farther from the truth than this ought to be left out. Bps. */
const offBps = 10

export type SourceSummary = {
  /** Ticks in which it said something. */
  readonly ticks: number
  /** Of those, the share in which it was left out, for whatever reason. */
  readonly rejected_share: number
  readonly rejected: Readonly<Partial<Record<RejectionReason, number>>>
  /** Ticks in which its behaviour was an alert. */
  readonly alerts: number
  /** Of the ticks in which it agreed: its mean share of the weight, and its mean distance. */
  readonly mean_share: number
  readonly mean_residual_bps: number
  /** Where the truth is known: how often it was off by more than 10 bps, and left out then. */
  readonly off?: number
  readonly off_and_rejected?: number
}

export class SourceTally {
  #ticks = 0
  readonly #rejected = new Map<RejectionReason, number>()
  #agreed = 0
  #alerts = 0
  #shares = 0
  #residuals = 0
  #judged = 0
  #off = 0
  #offAndRejected = 0

  /** @param truth The true price, if anybody knows it. */
  add({ source, price }: Quote, outcome: ConsensusOutcome, truth: number | undefined): void {
    this.#ticks += 1
    const rejection = outcome.rejected.find((each) => each.source === source)
    if (rejection !== undefined) {
      this.#rejected.set(rejection.reason, (this.#rejected.get(rejection.reason) ?? 0) + 1)
    }
    if (outcome.kind === 'consensus') this.#addContribution(source, outcome)
    if (truth === undefined) return
    this.#judged += 1
    if (Math.abs(price / truth - 1) * 10_000 <= offBps) return
    this.#off += 1
    this.#offAndRejected += Number(rejection !== undefined)
  }

  summary(): SourceSummary {
    const rejected = [...this.#rejected.values()].reduce((sum, count) => sum + count, 0)
    return {
      ticks: this.#ticks,
      rejected_share: rejected / Math.max(1, this.#ticks),
      rejected: Object.fromEntries(this.#rejected),
      alerts: this.#alerts,
      mean_share: this.#shares / Math.max(1, this.#agreed),
      mean_residual_bps: this.#residuals / Math.max(1, this.#agreed),
      ...(this.#judged > 0 && { off: this.#off, off_and_rejected: this.#offAndRejected }),
    }
  }

  #addContribution(
    source: string,
    outcome: Extract<ConsensusOutcome, { kind: 'consensus' }>,
  ): void {
    const own = outcome.contributions.find((each) => each.source === source)
    if (own === undefined) return
    this.#agreed += 1
    this.#shares += own.share
    this.#residuals += Math.abs(own.residualBps)
    this.#alerts += Number(own.alert === true)
  }
}
