/**
 * A circuit breaker: when calls fail in a row it is open for a while, so that nobody waits for what
 * does not answer.
 *
 *     closed ── failures in a row ──► open ── a while ──► half-open ── success ──► closed
 *                                      ▲                      │
 *                                      └─────── failure ──────┘
 *
 * It holds values only, and no call's end is counted on: the invocation that was let through while
 * it was half-open may itself have been ended before it could tell.
 */

/** One failure may be a lost packet; two in a row are an outage. */
export const maxFailuresInARow = 2

/** Long enough that most requests do not wait, short enough that an end is seen soon. */
export const openForMs = 2_000

export class Breaker {
  #failuresInARow = 0
  #openUntilMs = 0

  /** Whether a call may be made. When half-open, one is told yes, and the next only later. */
  lets(nowMs: number): boolean {
    if (this.#failuresInARow < maxFailuresInARow) return true
    if (nowMs < this.#openUntilMs) return false
    this.#openUntilMs = nowMs + openForMs
    return true
  }

  succeeded(): void {
    this.#failuresInARow = 0
  }

  /** @param nowMs When the failure was seen; calls are let through again a while after the last. */
  failed(nowMs: number): void {
    this.#failuresInARow += 1
    this.#openUntilMs = nowMs + openForMs
  }
}
