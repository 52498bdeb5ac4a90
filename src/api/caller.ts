/** Someone whom the door has let in, and what the door learned on the way. */

import type { CachedPrice } from '../cache/cache.ts'
import type { KeyRecord } from '../protocol/api-key.ts'
import type { FeedSymbol } from '../protocol/feed.ts'
import type { PriceResponse } from '../protocol/wire.ts'

/** What an answer had to do without. */
export type Lack = 'cache' | 'feed' | 'history'

export type Caller = {
  readonly key: KeyRecord
  readonly rateLimit: PriceResponse['rate_limit']
  /** The prices that were asked for at the door, so far as the cache holds them. */
  readonly prices: ReadonlyMap<FeedSymbol, CachedPrice>
  readonly degraded: readonly Lack[]
}

/** The same caller, with one more thing that was out of reach. */
export function lacking(caller: Caller, lack: Lack): Caller {
  return { ...caller, degraded: [...caller.degraded, lack] }
}
