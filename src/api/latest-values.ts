/**
 * The values that all feeds have now, as far as a value provider may tell them, and this isolate's
 * copy of them. Who asks when the copy is due brings the prices along through the door, in the same
 * round trip; a copy is never shared before it is whole, since isolates share no promises.
 */

import type { CachedPrice } from '../cache/cache.ts'
import { usableWithinBps } from '../core/frozen-entry.ts'
import { encodeFeedValues } from '../protocol/feed-values.ts'
import type { FeedSymbol } from '../protocol/feed.ts'
import type { PriceRecord } from '../protocol/wire.ts'
import type { Caller } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import { isAlive, lookUpAll } from './price-lookup.ts'
import type { Values } from './value-ports.ts'

/** No copy is told that is older than this: the fastest ticks are two seconds apart. Milliseconds. */
const heldMs = 2_000

/** From here on one request after another renews it, while others are told what there is. */
const renewedAfterMs = 1_000

/** Between the beginnings of two renewals. Milliseconds. */
const renewalPauseMs = 250

export type Snapshot = {
  readonly values: Values
  /** Whether a feed that the cache did not hold could not be asked. */
  readonly feedFailed: boolean
}

export type LatestValues = {
  /** Whether the next one to be let in should bring the prices of all feeds; then it has to. */
  readonly isDue: () => boolean
  /** Values made of the prices that came through the door, and those of the feeds for what is missing. */
  readonly renewed: (brought: Caller['prices']) => Promise<Snapshot>
  /** The copy while it lives. */
  readonly held: () => Snapshot | undefined
}

type Needs = Pick<ApiDeps, 'latestOfFeed' | 'history' | 'nowMs' | 'log' | 'settings'>

export function latestValues(deps: Needs): LatestValues {
  const symbols = deps.settings.feeds.map(({ symbol }) => symbol)
  let copy: (Snapshot & { readonly madeAtMs: number }) | undefined
  let begunAtMs = Number.NEGATIVE_INFINITY

  const held = (): Snapshot | undefined =>
    copy !== undefined && deps.nowMs() - copy.madeAtMs < heldMs ? copy : undefined

  return {
    held,

    isDue() {
      const nowMs = deps.nowMs()
      const isYoung = copy !== undefined && nowMs - copy.madeAtMs < renewedAfterMs
      if (isYoung || (held() !== undefined && nowMs - begunAtMs < renewalPauseMs)) return false
      begunAtMs = nowMs
      return true
    },

    async renewed(brought) {
      // The copy is as old as the prices are that came in before the feeds were asked.
      const madeAtMs = deps.nowMs()
      const prices = new Map<FeedSymbol, PriceRecord>(alive(brought, madeAtMs))
      const missing = symbols.filter((symbol) => !prices.has(symbol))
      const found = await lookUpAll(missing, deps)
      for (const [symbol, price] of found.prices) prices.set(symbol, price)
      const snapshot = { values: tellable(prices, deps), feedFailed: found.feedFailed }
      copy = { ...snapshot, madeAtMs }
      return snapshot
    },
  }
}

function alive(prices: ReadonlyMap<FeedSymbol, CachedPrice>, nowMs: number) {
  return [...prices].filter(([, { timestamp }]) => isAlive(timestamp, nowMs))
}

/**
 * The values that are worth a vote on chain: of prices that are not stale, whose interval the chain
 * has a use for, and which a slot of the chain can hold. The reference client encodes all or nothing:
 * one that overflows would cost it every feed, and one that rounds to 0 would be a vote for 0.
 */
function tellable(
  prices: ReadonlyMap<FeedSymbol, PriceRecord>,
  { nowMs, settings }: Pick<ApiDeps, 'nowMs' | 'settings'>,
): Values {
  const atMs = nowMs()
  const entries = settings.feeds.flatMap(({ symbol, decimals }) => {
    const record = prices.get(symbol)
    if (record === undefined || atMs - record.observed_at > settings.staleAfterMs) return []
    return record.interval_bps > usableWithinBps ? [] : [{ symbol, price: record.price, decimals }]
  })
  const { encoded } = encodeFeedValues(entries)
  return new Map(
    entries.filter((_, i) => encoded[i] !== undefined).map(({ symbol, price }) => [symbol, price]),
  )
}
