/** Builders: a price as a feed publishes it, ordinary but for what a test is about. */

import { feedSymbol } from '../../src/protocol/feed.ts'
import type { PriceRecord } from '../../src/protocol/wire.ts'

/** An ordinary price: BTC/USD at 97 500.1 by two sources, of `t = 1 000 000`. */
export function aPriceRecord(differing: Partial<PriceRecord> = {}): PriceRecord {
  return {
    symbol: feedSymbol('BTC'),
    price: 97_500.1,
    timestamp: 1_000_000,
    observed_at: 999_500,
    sources: ['coinbase', 'kraken'],
    confidence: 0.97,
    interval_bps: 1.5,
    algorithm: 'weighted-median',
    seq: 1,
    ...differing,
  }
}
