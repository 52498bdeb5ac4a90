/** The words between a stream's machine, which decides, and its socket, which does. */

import type { FeedSymbol } from '../protocol/feed.ts'
import type { ListenerMessage, PriceRecord } from '../protocol/wire.ts'
import type { Told } from './stream-hearing.ts'

/** Why a connection is over. */
export type EndReason = 'unreachable' | 'ended' | 'silent' | 'shown-out'

/** What those who listen are told of the connection. */
export type StreamState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'waiting'; readonly waitMs: number; readonly reason: EndReason }
  | { readonly kind: 'closed' }

export type StreamEvent =
  | { readonly kind: 'started' }
  | { readonly kind: 'subscribed'; readonly symbols: readonly FeedSymbol[] }
  | { readonly kind: 'unsubscribed'; readonly symbols: readonly FeedSymbol[] }
  | { readonly kind: 'opened'; readonly connection: number }
  | { readonly kind: 'heard'; readonly connection: number; readonly data: unknown }
  | { readonly kind: 'ended'; readonly connection: number }
  /** The time that `wakeAtMs` named has come, or a later one. */
  | { readonly kind: 'woken' }
  /** Somebody knows that the network may be back, or is looking. */
  | { readonly kind: 'nudged' }
  | { readonly kind: 'snapshot-came'; readonly prices: readonly PriceRecord[] }
  | SnapshotFailed
  | { readonly kind: 'stopped' }

export type SnapshotFailed = {
  readonly kind: 'snapshot-failed'
  readonly symbols: readonly FeedSymbol[]
  /** How long the server wants to be left alone, milliseconds. */
  readonly retryAfterMs: number
}

export type StreamEffect =
  | { readonly kind: 'connect'; readonly connection: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'say'; readonly message: ListenerMessage }
  | { readonly kind: 'fetch-snapshot'; readonly symbols: readonly FeedSymbol[] }
  | { readonly kind: 'tell-state'; readonly state: StreamState }
  | Told

/** When something happens, and a throw of the dice. */
export type Moment = {
  /** Milliseconds, of a clock that never goes back. */
  readonly nowMs: number
  /** 0 (inclusive) to 1 (exclusive). */
  readonly chance: number
}
