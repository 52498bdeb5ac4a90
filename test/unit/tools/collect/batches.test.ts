import { describe, expect, test } from 'vitest'
import { ingestRequestSchema } from '../../../../src/protocol/ingest-wire.ts'
import { batchesOf } from '../../../../tools/collect/batches.ts'
import { aTickAtMs, aUuid } from '../../../support/history.ts'
import { aTicker } from '../../../support/quotes.ts'

function batched(count: number, latencyMs: Readonly<Record<string, number>> = { kraken: 12 }) {
  const tickers = Array.from({ length: count }, (_, i) =>
    aTicker({ market: `M${i}`, observedAtMs: aTickAtMs }),
  )
  let ids = 0
  const newId = () => aUuid((ids += 1))
  return batchesOf({ tickers, latencyMs }, { collector: 'eu-1', tickAtMs: aTickAtMs, newId })
}

describe('batchesOf', () => {
  test('carries every field of a ticker, in the words of the wire', () => {
    const ticker = aTicker({
      bid: 99,
      ask: 101,
      volume: 7,
      open24h: 98,
      observedAtMs: aTickAtMs,
      observedKind: 'trade',
    })
    const tick = { collector: 'eu-1', tickAtMs: aTickAtMs, newId: () => aUuid(1) }
    const [batch] = batchesOf({ tickers: [ticker], latencyMs: { kraken: 12, okx: 5 } }, tick)
    expect(ingestRequestSchema.parse(batch)).toEqual({
      collector: 'eu-1',
      batch_id: aUuid(1),
      tick_at: aTickAtMs,
      tickers: [
        {
          source: 'kraken',
          market: 'BTC/USD',
          last: 100,
          bid: 99,
          ask: 101,
          volume: 7,
          open_24h: 98,
          observed_at: aTickAtMs,
          observed_kind: 'trade',
        },
      ],
      latency_ms: { kraken: 12 },
    })
  })

  test.each([
    { tickers: 0, sizes: [] },
    { tickers: 1, sizes: [1] },
    { tickers: 1_000, sizes: [1_000] },
    { tickers: 1_001, sizes: [1_000, 1] },
  ])(
    '$tickers tickers are batches of $sizes, each of which the Worker takes',
    ({ tickers, sizes }) => {
      const batches = batched(tickers)
      expect(batches.map((batch) => batch.tickers.length)).toEqual(sizes)
      for (const batch of batches) expect(ingestRequestSchema.parse(batch)).toEqual(batch)
      expect(new Set(batches.map(({ batch_id }) => batch_id)).size).toBe(batches.length)
    },
  )

  test('leaves out what a source said before and only repeats', () => {
    expect(batched(3, {})).toEqual([])
  })
})
