/** One feed's place in a frozen vector: its price of the freeze's own tick, a young one, or none. */

import type { FrozenEntry, OrderedFeed } from '../protocol/bridge-wire.ts'
import type { PriceRecord } from '../protocol/wire.ts'

/** What a feed makes of quotes that it does not record. */
export type Considered =
  | { readonly kind: 'priced'; readonly price: number; readonly confidence: number }
  /** Too few sources agreed; the last price that was recorded, however old, stands beside. */
  | { readonly kind: 'no-quorum'; readonly last?: PriceRecord }

/** A price observed longer ago than this is not rolled forward: the chain's "no value" is better. */
export const rollableMs = 60_000

/**
 * The entry of a feed.
 *
 * @param considered Undefined if nobody knows what the feed makes of it, or it is none of ours.
 * @param atMs The instant of the freeze, Unix milliseconds.
 */
export function frozenEntryOf(
  { id, decimals }: OrderedFeed,
  considered: Considered | undefined,
  atMs: number,
): FrozenEntry {
  if (considered === undefined) return { id, decimals }
  if (considered.kind === 'priced') {
    return { id, decimals, price: considered.price, confidence: considered.confidence }
  }
  const { last } = considered
  if (last === undefined || atMs - last.observed_at > rollableMs) return { id, decimals }
  return { id, decimals, price: last.price, confidence: last.confidence, rolled: true }
}
