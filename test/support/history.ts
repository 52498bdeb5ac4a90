/** Builders for what history keeps: a test names only what it is about. */

import type { AggregateRow, Batch, NewKey, QuoteRow } from '../../src/history/history.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'

/** 2026-11-22 10:00:00 UTC, Unix milliseconds. */
export const aTickAtMs = Date.UTC(2026, 10, 22, 10)

/** A UUID that is different for every number. */
export function aUuid(number: number): string {
  return `00000000-0000-5000-8000-${number.toString(16).padStart(12, '0')}`
}

/** An ordinary quote: BTC/USD at 97 500 from Kraken. */
export function aQuoteRow(differing: Partial<QuoteRow> = {}): QuoteRow {
  return {
    id: aUuid(1),
    symbol: feedSymbol('BTC/USD'),
    price: 97_500,
    volume: 1_234.5,
    timestamp: aTickAtMs - 250,
    source: 'kraken',
    ingested_at: aTickAtMs + 120,
    worker_id: 'weur-a',
    tick_at: aTickAtMs,
    metadata: {
      exchange_timestamp: aTickAtMs - 250,
      api_latency_ms: 42.5,
      market: 'XBTUSD',
      raw_price: 97_500,
      conversion_rate: 1,
    },
    ...differing,
  }
}

export function aQuoteBatch(...rows: readonly QuoteRow[]): Batch {
  return { kind: 'quotes', rows: rows.length === 0 ? [aQuoteRow()] : [...rows] }
}

/** An ordinary aggregate with everything that may be absent. */
export function anAggregateRow(differing: Partial<AggregateRow> = {}): AggregateRow {
  return {
    symbol: feedSymbol('BTC/USD'),
    voting_round_id: 1_000_000,
    consensus_price: 97_500.1,
    spot: 97_501,
    confidence: 0.98,
    sources_used: ['binance', 'coinbase', 'kraken'],
    algorithm: 'weighted-median',
    timestamp: aTickAtMs,
    vwap: 97_499,
    twap: 97_498,
    weighted_median: 97_500.1,
    outliers: 1,
    ...differing,
  }
}

export function anAggregateBatch(...rows: readonly AggregateRow[]): Batch {
  return { kind: 'aggregates', rows: rows.length === 0 ? [anAggregateRow()] : [...rows] }
}

export function aNewKey(differing: Partial<NewKey> = {}): NewKey {
  return {
    id: aUuid(1),
    name: 'a reader',
    hash: 'ab'.repeat(32),
    limitPerMinute: 30,
    scopes: ['read'],
    ...differing,
  }
}
