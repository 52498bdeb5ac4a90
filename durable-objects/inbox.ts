/**
 * What one external collector has brought lately: the newest ticker of each market, for the next tick
 * to take in as it takes what our own collectors say; and the nonces of its requests.
 *
 * The tickers are in memory alone. History has them by the time they come here, and the collector
 * brings newer ones: an eviction costs a source its voice in one tick.
 */

import { DurableObject } from 'cloudflare:workers'
import type { Ticker } from '../src/core/quote.ts'
import { Nonces } from './nonces.ts'

/**
 * A ticker that was seen longer ago than this has no voice in any tick; one that is dated by its last
 * trade, which may be long past in a quiet market, if it was brought longer ago. Milliseconds.
 */
const heldMs = 120_000

type Held = { readonly ticker: Ticker; readonly sinceMs: number }

/** Markets remembered: more than the catalogue has. Of more, those that came first are let go. */
const maxHeld = 4_000

/** Whether a request may come in. */
export type Admitted =
  | { readonly kind: 'fresh' | 'used' }
  | { readonly kind: 'too-many'; readonly freeAtMs: number }

export class InboxObject extends DurableObject<Env> {
  readonly #nonces: Nonces
  readonly #newest = new Map<string, Held>()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#nonces = new Nonces(ctx.storage.sql)
  }

  /** Uses up the nonce of a request, of which so many may come in a minute. */
  admit(nonce: string, nowMs: number, requestsPerMinute: number): Admitted {
    const kind = this.#nonces.use(nonce, nowMs, requestsPerMinute)
    return kind === 'too-many' ? { kind, freeAtMs: this.#nonces.freeAtMs() } : { kind }
  }

  /** Takes in tickers; of each market the one that was seen last is held. */
  deliver(tickers: readonly Ticker[], nowMs: number): void {
    this.#forget(nowMs)
    for (const ticker of tickers) {
      const market = `${ticker.source} ${ticker.market}`
      const known = this.#newest.get(market)
      if (known !== undefined && known.ticker.observedAtMs > ticker.observedAtMs) continue
      // Deleted first, so that it moves to the end of the order in which they are let go.
      this.#newest.delete(market)
      const sinceMs = ticker.observedKind === 'trade' ? nowMs : ticker.observedAtMs
      this.#newest.set(market, { ticker, sinceMs })
    }
    for (const oldest of this.#newest.keys()) {
      if (this.#newest.size <= maxHeld) break
      this.#newest.delete(oldest)
    }
  }

  /** The tickers that are still worth hearing. */
  delivered(nowMs: number): Ticker[] {
    this.#forget(nowMs)
    return Array.from(this.#newest.values(), ({ ticker }) => ticker)
  }

  #forget(nowMs: number): void {
    for (const [market, { sinceMs }] of this.#newest) {
      if (nowMs - sinceMs > heldMs) this.#newest.delete(market)
    }
  }
}
