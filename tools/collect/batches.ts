/** What was heard in one tick, as batches to be posted: of a bounded size, each with an id of its own. */

import type { Ticker } from '../../src/core/quote.ts'
import {
  type IngestRequest,
  maxBatchTickers,
  type RawTicker,
} from '../../src/protocol/ingest-wire.ts'
import type { Collected } from '../../src/exchanges/collected.ts'

export type Tick = {
  readonly collector: string
  /** Names the tick, Unix milliseconds. */
  readonly tickAtMs: number
  /** A new UUID each time. */
  readonly newId: () => string
}

/** Batches of all tickers, in their order. Sources that only repeated themselves are left out. */
export function batchesOf(
  { tickers, latencyMs }: Pick<Collected, 'tickers' | 'latencyMs'>,
  { collector, tickAtMs, newId }: Tick,
): readonly IngestRequest[] {
  const fresh = tickers.filter(({ source }) => latencyMs[source] !== undefined)
  const count = Math.ceil(fresh.length / maxBatchTickers)
  return Array.from({ length: count }, (_, i) => {
    const part = fresh.slice(i * maxBatchTickers, (i + 1) * maxBatchTickers)
    const sources = new Set(part.map(({ source }) => source))
    const latencies = Object.entries(latencyMs).filter(([source]) => sources.has(source))
    return {
      collector,
      batch_id: newId(),
      tick_at: tickAtMs,
      tickers: part.map(rawTickerOf),
      latency_ms: Object.fromEntries(latencies),
    }
  })
}

function rawTickerOf({
  source,
  market,
  last,
  observedAtMs,
  observedKind,
  ...rest
}: Ticker): RawTicker {
  const { bid, ask, volume, open24h } = rest
  return {
    source,
    market,
    last,
    ...(bid !== undefined && { bid }),
    ...(ask !== undefined && { ask }),
    ...(volume !== undefined && { volume }),
    ...(open24h !== undefined && { open_24h: open24h }),
    observed_at: observedAtMs,
    observed_kind: observedKind,
  }
}
