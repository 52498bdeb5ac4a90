/**
 * Batches on their way out: one at a time, the oldest first, each tried with the same id until it is
 * accepted, refused, or too old for any vote. A queue that is full lets its oldest go.
 */

import type { IngestRequest } from '../../src/protocol/ingest-wire.ts'
import type { Posted } from './ingest-client.ts'

export type OutboxDeps = {
  readonly post: (batch: IngestRequest) => Promise<Posted>
  readonly nowMs: () => number
  /** Resolves after so many milliseconds, or at once when `wake` is aborted. */
  readonly pause: (ms: number, wake: AbortSignal) => Promise<void>
  /** In [0, 1): takes a little off each wait, so that collectors do not come back together. */
  readonly chance: () => number
  readonly log: (event: Readonly<Record<string, unknown> & { event: string }>) => void
}

/** Ten minutes of ticks at the finest interval would be stale long before. */
const maxWaiting = 64

/** The Worker takes nothing that was seen longer ago than a minute. Milliseconds. */
export const tooOldMs = 60_000

const firstWaitMs = 500
const longestWaitMs = 10_000

export type OutboxTotals = {
  readonly accepted: number
  readonly refused: number
  /** Batches that were given up: too old, too many, or refused as a whole. */
  readonly dropped: number
}

export class Outbox {
  readonly #deps: OutboxDeps
  readonly #waiting: IngestRequest[] = []
  readonly #over = new AbortController()
  #sending: Promise<void> | undefined
  #accepted = 0
  #refused = 0
  #dropped = 0

  constructor(deps: OutboxDeps) {
    this.#deps = deps
  }

  get totals(): OutboxTotals {
    return { accepted: this.#accepted, refused: this.#refused, dropped: this.#dropped }
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Queues a batch; sending goes on by itself. */
  add(batch: IngestRequest): void {
    this.#waiting.push(batch)
    if (this.#waiting.length > maxWaiting) {
      // The one at the head may be under way just now, and is not to be sent twice at once.
      const [oldest] = this.#waiting.splice(1, 1)
      if (oldest !== undefined) this.#drop(oldest, 'queue-full')
    }
    this.#sending ??= this.#send()
  }

  /** Resolves when nothing waits any more. */
  async empty(): Promise<void> {
    await this.#sending
  }

  /** Gives up what still waits; a try that is under way ends by its own deadline. */
  close(): void {
    this.#over.abort()
    for (const batch of this.#waiting.splice(0)) this.#drop(batch, 'closed')
  }

  async #send(): Promise<void> {
    // Not before whoever called has noted that we are at it.
    await Promise.resolve()
    let tries = 0
    for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
      if (this.#deps.nowMs() - batch.tick_at > tooOldMs) {
        this.#done(batch)
        this.#drop(batch, 'too-old')
        tries = 0
        continue
      }
      const waitMs = this.#after(batch, await this.#deps.post(batch), tries)
      tries = waitMs === undefined ? 0 : tries + 1
      if (waitMs !== undefined) await this.#deps.pause(waitMs, this.#over.signal)
    }
    this.#sending = undefined
  }

  /** How long to wait before the same batch is tried again; undefined if it is over. */
  #after(batch: IngestRequest, posted: Posted, tries: number): number | undefined {
    const { log, chance } = this.#deps
    switch (posted.kind) {
      case 'accepted': {
        const { accepted, refused, kept, refusals } = posted.answer
        this.#done(batch)
        this.#accepted += accepted
        this.#refused += refused
        const told = { batch_id: batch.batch_id, accepted, refused, kept }
        log({
          event: 'batch-accepted',
          ...told,
          ...(refused > 0 && { refusals: refusals.slice(0, 5) }),
        })
        return undefined
      }
      case 'refused':
        this.#done(batch)
        this.#drop(batch, posted.code)
        return undefined
      case 'again': {
        log({ event: 'batch-not-accepted', batch_id: batch.batch_id, reason: posted.reason })
        const usualMs = Math.min(firstWaitMs * 2 ** tries, longestWaitMs)
        return posted.waitMs ?? usualMs * (1 - chance() / 2)
      }
    }
  }

  #done(batch: IngestRequest): void {
    const at = this.#waiting.indexOf(batch)
    if (at !== -1) this.#waiting.splice(at, 1)
  }

  #drop({ batch_id, tickers }: IngestRequest, code: string): void {
    this.#dropped += 1
    this.#deps.log({ event: 'batch-dropped', batch_id, tickers: tickers.length, code })
  }
}
