/** What the ingest route asks of the world for one collector that may come. */

import type { IngestRequest, RefusedTicker } from '../protocol/ingest-wire.ts'
import type { Guest } from './guest.ts'

/** Whether a request may come in; the memory of nonces is the count of a minute's requests, too. */
export type Admission =
  | { readonly kind: 'fresh' | 'used' }
  /** As many came within a minute as may; the next may at `freeAtMs`, Unix milliseconds. */
  | { readonly kind: 'too-many'; readonly freeAtMs: number }

/**
 * What became of a batch.
 *
 * - `kept`: the ids are of quotes that history has, or gets from the spill.
 * - `lost`: nobody took them; the collector is to send the batch again.
 */
export type IngestOutcome =
  | {
      readonly kind: 'kept'
      readonly where: 'stored' | 'spilled' | 'nothing'
      readonly ids: readonly string[]
      readonly refused: readonly RefusedTicker[]
    }
  | { readonly kind: 'lost' }

/** A collector whose secret is known. Its functions throw when their memory does not answer. */
export type CollectorGuest = Guest & {
  readonly name: string
  readonly requestsPerMinute: number
  readonly admit: (nonce: string, nowMs: number) => Promise<Admission>
  /** @param bodySha256 Tells this body from another that has the same batch id. */
  readonly ingest: (batch: IngestRequest, bodySha256: string) => Promise<IngestOutcome>
}

export type IngestPorts = {
  /** By name. */
  readonly collectors: ReadonlyMap<string, CollectorGuest>
  /** Stands in for a collector that nobody knows: its secret is known to nobody either. */
  readonly stranger: CollectorGuest
}
