/**
 * All that the REST API needs of the world. The Worker hands in the real ones once an isolate, so
 * that what an isolate may remember is remembered; a test hands in its own.
 */

import type { PriceCache } from '../cache/cache.ts'
import type { History, KeyStore } from '../history/history.ts'
import type { EpochSchedule } from '../protocol/epoch.ts'
import type { Feed, FeedSymbol } from '../protocol/feed.ts'
import type { Coverage } from '../core/feed-memory.ts'
import type { SuspectedMirror } from '../core/mirrors.ts'
import type { NetworkName } from '../protocol/networks.ts'
import type { Mode, Status } from '../protocol/status.ts'
import type { AggregateRequest, PriceRecord } from '../protocol/wire.ts'
import type { Provenance } from '../protocol/wire-provenance.ts'
import type { AggregateResponse } from '../protocol/wire-rest.ts'
import type { IngestPorts } from './ingest-ports.ts'
import type { BridgeDeps, PublicRounds } from './round-ports.ts'
import type { ToldValues } from './value-ports.ts'

/**
 * A feed's newest recorded vote, the pairs of its sources that may be mirrors of one book, and how
 * well it has been calibrated of late.
 */
export type FeedProvenance = {
  readonly vote: Provenance
  readonly suspectedMirrors: readonly SuspectedMirror[]
  readonly coverage: Coverage
  readonly intervals: Coverage
}

export type ApiSettings = {
  readonly mode: Mode
  readonly network: NetworkName
  readonly schedule: EpochSchedule
  /** Between two ticks, milliseconds. A client that found no price is told to wait this long. */
  readonly tickMs: number
  /** A price observed longer ago than this is called stale. Milliseconds. */
  readonly staleAfterMs: number
  /** SHA-256 of the administrator's key, hex; absent, the administration is switched off. */
  readonly adminKeyHash?: string
  readonly feeds: readonly Feed[]
  readonly version: string
}

/** One line of the log. Never holds a key. */
export type ApiEvent = {
  readonly event: string
  readonly [field: string]: string | number | undefined
}

export type ApiDeps = {
  readonly settings: ApiSettings
  readonly cache: PriceCache
  readonly keys: KeyStore
  readonly history: History
  readonly rounds: PublicRounds
  /** What each key of a value provider's client was told of each round. */
  readonly toldValues: ToldValues
  /** Absent where no secret is shared with a bridge: its routes are closed. */
  readonly bridge?: BridgeDeps
  /** Absent where no secret is shared with a collector: its route is closed. */
  readonly ingest?: IngestPorts
  /** The feed's latest price from the object that remembers it, or undefined if it has none. */
  readonly latestOfFeed: (symbol: FeedSymbol) => Promise<PriceRecord | undefined>
  /** What the feed's newest recorded vote was made of, or undefined if it has had none. */
  readonly provenanceOfFeed: (symbol: FeedSymbol) => Promise<FeedProvenance | undefined>
  readonly status: () => Promise<Status>
  /** To be called when a value provider's client has asked: ticks come faster for a minute. */
  readonly wanted: () => void
  /**
   * Hands an upgrade to a shard of the stream. The request holds no key any more and offers
   * `chrono.v1` or nothing; the shard echoes what is offered.
   *
   * @param clientHint Spreads listeners over shards: the same for a listener that names itself.
   */
  readonly joinStream: (request: Request, clientHint: string) => Promise<Response>
  /** Ends the streams of a key. Rejects where a shard could not be told. */
  readonly expel: (keyId: string) => Promise<void>
  /** The engine itself. @throws {ProtocolError} `symbol-malformed` if the symbol is none. */
  readonly aggregate: (request: AggregateRequest) => AggregateResponse
  readonly nowMs: () => number
  /** What `work` resolves to in time. @throws {OracleError} `timed-out` after `ms`; the work goes on. */
  readonly withDeadline: <T>(work: Promise<T>, ms: number, what: string) => Promise<T>
  readonly randomBytes: (length: number) => Uint8Array
  /** SHA-256 of a text's UTF-8 bytes, hex in lower case. */
  readonly sha256Hex: (text: string) => Promise<string>
  readonly log: (event: ApiEvent) => void
  /** Keeps the request's invocation alive until a promise has settled (`waitUntil`). */
  readonly defer: (promise: Promise<void>) => void
}
