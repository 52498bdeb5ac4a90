/**
 * The port to the cache: latest prices, request counts and keys, one round trip at a time. It is a
 * copy of what others remember; losing it costs speed and nothing else.
 */

import type { z } from 'zod'
import type { KeyRecord } from '../protocol/api-key.ts'
import type { FeedSymbol } from '../protocol/feed.ts'
import { instantSchema, type PriceRecord, priceRecordSchema } from '../protocol/wire.ts'

/** A rate limit counts requests over this long, from the first one on. Seconds. */
export const rateWindowSec = 60

/** What the cache holds under `price:BTC:latest`. */
export const cachedPriceSchema = priceRecordSchema.extend({ cached_at: instantSchema })
export type CachedPrice = z.infer<typeof cachedPriceSchema>

/** A key as the cache holds it. */
export type CachedKey = {
  readonly record: KeyRecord
  /** When the key store was asked for it, Unix milliseconds. */
  readonly cachedAtMs: number
}

/** All that a door asks of the cache before it answers. */
export type Admission = {
  /** The key, if the cache knows it. */
  readonly key: CachedKey | undefined
  /** Requests counted in the window, this one included. */
  readonly count: number
  /** When the window ends, Unix milliseconds. */
  readonly resetAtMs: number
  /** Those of the asked prices that the cache holds. */
  readonly prices: ReadonlyMap<FeedSymbol, CachedPrice>
}

/**
 * Every function throws a `CacheError` when the cache does not answer in time or sense. While it has
 * lately been silent, those that a reader waits for throw at once.
 */
export type PriceCache = {
  /** Counts a request, looks up its key and its prices: one round trip. */
  readonly admit: (
    keyHash: string,
    symbols: readonly FeedSymbol[],
    nowMs: number,
  ) => Promise<Admission>
  /** Replaces the latest prices and publishes them on the channel `prices`: one round trip. */
  readonly publish: (prices: readonly PriceRecord[], nowMs: number) => Promise<void>
  /** The prices that the cache holds. */
  readonly read: (symbols: readonly FeedSymbol[]) => Promise<ReadonlyMap<FeedSymbol, CachedPrice>>
  /** Keeps each shard's count of listeners under `ws:sessions`. */
  readonly countListeners: (byShard: ReadonlyMap<string, number>) => Promise<void>
  /** Keeps a key that the key store knows. */
  readonly rememberKey: (keyHash: string, key: CachedKey) => Promise<void>
  readonly forgetKey: (keyHash: string) => Promise<void>
  /** Answers if the cache does. */
  readonly ping: () => Promise<void>
}
