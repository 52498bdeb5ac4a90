/** A consensus in the words of the wire. */

import type { FeedSymbol } from '../protocol/feed.ts'
import type { PriceRecord } from '../protocol/wire.ts'
import type { Consensus } from './consensus.ts'

/**
 * @param about `atMs`: instant of the vote, Unix milliseconds; `seq`: the price's number in its
 *   feed; `changePercent`: against 24 hours ago, if anyone knows.
 */
export function priceRecordOf(
  symbol: FeedSymbol,
  consensus: Consensus,
  about: {
    readonly atMs: number
    readonly seq: number
    readonly changePercent: number | undefined
  },
): PriceRecord {
  return {
    symbol,
    price: consensus.price,
    timestamp: about.atMs,
    observed_at: consensus.observedAtMs,
    sources: consensus.sources,
    confidence: consensus.confidence,
    interval_bps: consensus.intervalBps,
    algorithm: consensus.algorithm,
    ...(about.changePercent === undefined ? {} : { change_24h: about.changePercent }),
    seq: about.seq,
  }
}
