/**
 * A bound on how often something is done in one isolate: so many times at once, and from then on so
 * many times a second.
 */

export type BucketLimits = {
  readonly perSecond: number
  /** As many may be taken at once after a quiet while. */
  readonly capacity: number
}

export class TokenBucket {
  readonly #limits: BucketLimits
  #tokens: number
  #filledAtMs = 0

  constructor(limits: BucketLimits) {
    this.#limits = limits
    this.#tokens = limits.capacity
  }

  /** Takes a token at an instant (Unix milliseconds), if there is one. */
  take(nowMs: number): boolean {
    const { perSecond, capacity } = this.#limits
    // A clock that goes back gives nothing, and is gone by from then on.
    const gained = (Math.max(0, nowMs - this.#filledAtMs) / 1_000) * perSecond
    this.#tokens = Math.min(capacity, this.#tokens + gained)
    this.#filledAtMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
