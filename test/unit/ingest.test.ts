import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quoteId } from '../../src/core/quote-id.ts'
import type { Ticker } from '../../src/core/quote.ts'
import type { QuoteRow } from '../../src/history/history.ts'
import { ingestBatch, type IngestDeps } from '../../src/ingest.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'
import type { IngestRequest } from '../../src/protocol/ingest-wire.ts'
import { aTickAtMs } from '../support/history.ts'
import { anIngestBatch, aRawTicker } from '../support/ingest.ts'
import { aPriceRecord } from '../support/price-records.ts'
import { someListings } from '../support/world.ts'

const sha1: IngestDeps['sha1'] = async (bytes) => crypto.subtle.digest('SHA-1', bytes)
const bearer = { name: 'eu-1', sources: new Set(['kraken', 'binance']) }
const staleAfterMs = 60_000
const nowMs = aTickAtMs + 500

/** A world in which all is kept, and the diary that a batch leaves in it. */
function anIngestWorld(differing: Partial<IngestDeps> = {}) {
  const diary: string[] = []
  const rows: QuoteRow[] = []
  const delivered: Ticker[] = []
  const deps: IngestDeps = {
    listings: someListings,
    latest: async () => undefined,
    keep: async (batch, name) => {
      diary.push(`keep ${batch.rows.length} as ${name}`)
      if (batch.kind === 'quotes') rows.push(...batch.rows)
      return { kind: 'stored', refused: 0 }
    },
    deliver: async (collector, tickers) => {
      diary.push(`deliver ${tickers.length} of ${collector}`)
      delivered.push(...tickers)
    },
    sha1,
    nowMs: () => nowMs,
    staleAfterMs,
    log: ({ event }) => {
      diary.push(String(event))
    },
    ...differing,
  }
  const ingest = async (batch: Partial<IngestRequest> = {}, bodySha256 = 'ab'.repeat(32)) =>
    ingestBatch(anIngestBatch(batch), { bearer, bodySha256 }, deps)
  return { ingest, diary, rows, delivered }
}

const usdt = aRawTicker({ market: 'USDTUSD', last: 0.5 })
const binance = aRawTicker({ source: 'binance', market: 'BTCUSDT', last: 200 })

describe('a batch', () => {
  test('is kept as a tick of its own, and only then handed to the next tick', async () => {
    const { ingest, diary, rows, delivered } = anIngestWorld()
    const outcome = await ingest({ latency_ms: { kraken: 42 } })
    const id = await quoteId('kraken', feedSymbol('BTC'), aTickAtMs, sha1)
    expect(outcome).toEqual({ kind: 'kept', where: 'stored', ids: [id], refused: [] })
    expect(diary).toEqual([
      'keep 1 as ingest-eu-1-00000000-0000-4000-8000-0000000000aa-abababababababab',
      'deliver 1 of eu-1',
    ])
    expect(rows).toMatchObject([
      {
        id,
        symbol: 'BTC/USD',
        price: 100,
        tick_at: aTickAtMs,
        source: 'kraken',
        worker_id: 'collector:eu-1',
        ingested_at: nowMs,
        metadata: { market: 'XBTUSD', api_latency_ms: 42, exchange_timestamp: aTickAtMs },
      },
    ])
    expect(delivered).toEqual([
      {
        source: 'kraken',
        market: 'XBTUSD',
        last: 100,
        volume: 10,
        observedAtMs: aTickAtMs,
        observedKind: 'ticker',
      },
    ])
  })

  test('that comes again has the same ids', async () => {
    const { ingest } = anIngestWorld()
    expect(await ingest()).toEqual(await ingest())
  })

  test('that says something else under the same id spills under another name', async () => {
    const { ingest, diary } = anIngestWorld()
    await ingest({}, '01'.repeat(32))
    await ingest({}, '02'.repeat(32))
    expect(new Set(diary.filter((line) => line.startsWith('keep'))).size).toBe(2)
  })

  test('in another currency is turned into dollars by its own peg', async () => {
    const { ingest, rows } = anIngestWorld()
    await ingest({ tickers: [usdt, binance] })
    expect(rows.map(({ symbol, price }) => [symbol, price])).toEqual([
      ['USDT/USD', 0.5],
      ['BTC/USD', 100],
    ])
  })

  test('without a peg uses the one that the feed last told', async () => {
    const record = aPriceRecord({ symbol: feedSymbol('USDT'), price: 0.9, observed_at: aTickAtMs })
    const { ingest, rows } = anIngestWorld({ latest: async () => record })
    await ingest({ tickers: [binance] })
    expect(rows).toMatchObject([{ price: 180, metadata: { conversion_rate: 0.9 } }])
  })

  test('that nothing can convert is not accepted, but the next tick hears of it', async () => {
    const { ingest, diary, delivered } = anIngestWorld()
    expect(await ingest({ tickers: [binance] })).toEqual({
      kind: 'kept',
      where: 'nothing',
      ids: [],
      refused: [{ source: 'binance', market: 'BTCUSDT', code: 'no-peg' }],
    })
    expect(diary).toEqual(['deliver 1 of eu-1'])
    expect(delivered).toMatchObject([{ market: 'BTCUSDT', last: 200 }])
  })

  test('is accepted when only the spill has it', async () => {
    const { ingest } = anIngestWorld({ keep: async () => ({ kind: 'spilled', refused: 0 }) })
    expect(await ingest()).toMatchObject({ kind: 'kept', where: 'spilled' })
  })

  test('that nobody took is lost, and votes nowhere', async () => {
    const { ingest, diary } = anIngestWorld({ keep: async () => ({ kind: 'lost', refused: 0 }) })
    expect(await ingest()).toEqual({ kind: 'lost' })
    expect(diary).toEqual([])
  })

  test('stays accepted when the next tick cannot be told', async () => {
    const { ingest, diary } = anIngestWorld({
      deliver: async () => Promise.reject(new Error('out')),
    })
    expect(await ingest()).toMatchObject({ kind: 'kept', where: 'stored' })
    expect(diary.at(-1)).toBe('delivery-failed')
  })
})

describe('refused by name', () => {
  test.each([
    {
      name: 'a source of others',
      ticker: { source: 'coinbase', market: 'BTC-USD' },
      code: 'source-not-yours',
    },
    { name: 'a market of no feed', ticker: { market: 'XDGUSD' }, code: 'market-unknown' },
    { name: 'an old one', ticker: { observed_at: nowMs - staleAfterMs - 1 }, code: 'stale' },
    {
      name: 'one from a time to come',
      ticker: { observed_at: nowMs + 5_001 },
      code: 'from-the-future',
    },
    { name: 'a crossed book', ticker: { bid: 102, ask: 101 }, code: 'crossed-book' },
  ])('is $name, and no other', async ({ ticker, code }) => {
    const { ingest, rows } = anIngestWorld()
    const odd = aRawTicker(ticker)
    const outcome = await ingest({ tickers: [odd, usdt] })
    const { source, market } = odd
    expect(outcome).toMatchObject({ kind: 'kept', refused: [{ source, market, code }] })
    expect(rows).toHaveLength(1)
  })

  test.each([
    { name: 'exactly as old as allowed', observed_at: nowMs - staleAfterMs },
    { name: 'exactly as far ahead as allowed', observed_at: nowMs + 5_000 },
  ])('is not one that is $name', async ({ observed_at }) => {
    const { ingest, delivered } = anIngestWorld()
    const outcome = await ingest({ tickers: [aRawTicker({ observed_at })] })
    expect(outcome).toMatchObject({ refused: [] })
    expect(delivered[0]?.observedAtMs).toBe(Math.min(observed_at, nowMs))
  })

  test('is not the book of a quiet market, whose last trade was long ago', async () => {
    const quiet = {
      observed_at: nowMs - 600_000,
      observed_kind: 'trade',
      bid: 99,
      ask: 101,
    } as const
    const { ingest, delivered } = anIngestWorld()
    expect(await ingest({ tickers: [aRawTicker(quiet)] })).toMatchObject({ refused: [] })
    expect(delivered).toMatchObject([{ observedAtMs: nowMs - 600_000, observedKind: 'trade' }])
  })

  test('is a trade of a tick long ago', async () => {
    const { ingest } = anIngestWorld()
    const tickers = [aRawTicker({ observed_kind: 'trade' })]
    const outcome = await ingest({ tick_at: nowMs - staleAfterMs - 1, tickers })
    expect(outcome).toMatchObject({ ids: [], refused: [{ code: 'stale' }] })
  })

  test.each([
    { tick_at: nowMs - staleAfterMs - 1, code: 'stale' },
    { tick_at: nowMs + 5_001, code: 'from-the-future' },
  ])('is every ticker of a tick at $tick_at: $code', async ({ tick_at, code }) => {
    const { ingest } = anIngestWorld()
    expect(await ingest({ tick_at })).toMatchObject({ ids: [], refused: [{ code }] })
  })

  test('is the older of two of one market', async () => {
    const { ingest, rows } = anIngestWorld()
    const older = aRawTicker({ last: 99, observed_at: aTickAtMs - 1 })
    expect(await ingest({ tickers: [older, aRawTicker()] })).toMatchObject({
      refused: [{ source: 'kraken', market: 'XBTUSD', code: 'repeated' }],
    })
    expect(rows).toMatchObject([{ price: 100 }])
  })
})

test('property: every ticker is accepted or refused, none twice and none in silence', async () => {
  const ticker = fc.record({
    source: fc.constantFrom('kraken', 'binance', 'coinbase', 'nobody'),
    market: fc.constantFrom('XBTUSD', 'USDTUSD', 'BTCUSDT', 'BTC-USD', 'NONE'),
    last: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    observed_at: fc.integer({ min: nowMs - 90_000, max: nowMs + 10_000 }),
    observed_kind: fc.constantFrom('trade' as const, 'received' as const),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(ticker, { minLength: 1, maxLength: 30 }), async (tickers) => {
      const { ingest, rows } = anIngestWorld()
      const outcome = await ingest({ tickers })
      if (outcome.kind === 'lost') throw new Error('Nothing was lost.')
      expect(outcome.ids.length + outcome.refused.length).toBe(tickers.length)
      expect(new Set(outcome.ids).size).toBe(outcome.ids.length)
      expect(rows.map(({ id }) => id)).toEqual(outcome.ids)
      for (const { price } of rows) expect(price).toBeGreaterThan(0)
    }),
  )
})
