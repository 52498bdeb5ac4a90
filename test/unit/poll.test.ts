import { describe, expect, test } from 'vitest'
import { quoteId } from '../../src/core/quote-id.ts'
import { HistoryError } from '../../src/history/history-error.ts'
import { batchSchema, quoteRowSchema } from '../../src/history/history.ts'
import { keepBatch } from '../../src/history/spill.ts'
import { type PollDeps, runTick } from '../../src/poll.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'
import { aTickAtMs } from '../support/history.ts'
import { aPriceRecord } from '../support/price-records.ts'
import { aListing } from '../support/quotes.ts'
import {
  aPollWorld,
  binanceBtc,
  coinbaseBtc,
  collected,
  krakenBtc,
  krakenUsdt,
} from '../support/world.ts'

const btc = feedSymbol('BTC')
const usdt = feedSymbol('USDT')

/** The quotes that a world's collectors bring in, by their source, of one feed. */
async function quotesOf(symbol: typeof btc, differing: Partial<PollDeps>) {
  const { deps, rows, diary } = aPollWorld(differing)
  await runTick(aTickAtMs, deps)
  const ofFeed = rows().filter((row) => row.symbol === symbol)
  return { bySource: Object.fromEntries(ofFeed.map((row) => [row.source, row])), diary }
}

test('a tick hands each feed its quotes, then tells and keeps all of them in one go', async () => {
  const { deps, diary } = aPollWorld()
  const report = await runTick(aTickAtMs, deps)
  expect(diary).toEqual([
    'record BTC/USD: binance,coinbase,kraken',
    'record USDT/USD: kraken',
    'keep 4 quotes',
    'broadcast BTC/USD,USDT/USD',
    'publish BTC/USD,USDT/USD',
  ])
  expect(report).toMatchObject({ kept: 'stored', priced: 2 })
})

test('a quote is kept as history wants it, under an id that follows from source, symbol and tick', async () => {
  const { deps, rows } = aPollWorld()
  const report = await runTick(aTickAtMs, deps)
  const ids = await Promise.all(
    (['binance', 'coinbase', 'kraken'] as const).map((source) =>
      quoteId(source, btc, aTickAtMs, deps.sha1),
    ),
  )
  ids.push(await quoteId('kraken', usdt, aTickAtMs, deps.sha1))
  expect(rows().map((row) => quoteRowSchema.parse(row).id)).toEqual(ids)
  expect(report.acceptedIds).toEqual(ids)
  expect(rows()[0]).toEqual({
    id: ids[0],
    symbol: btc,
    price: 100 * 0.999,
    volume: 10,
    timestamp: aTickAtMs + 200,
    source: 'binance',
    ingested_at: aTickAtMs + 500,
    worker_id: 'test',
    tick_at: aTickAtMs,
    metadata: {
      exchange_timestamp: aTickAtMs + 200,
      api_latency_ms: 42,
      market: 'BTCUSDT',
      raw_price: 100,
      conversion_rate: 0.999,
    },
  })
})

test('a quote that its exchange did not date has no exchange timestamp', async () => {
  const undated = { ...coinbaseBtc, observedKind: 'received' as const }
  const { bySource } = await quotesOf(btc, { collectors: [async () => collected(undated)] })
  expect(bySource['coinbase']?.metadata).not.toHaveProperty('exchange_timestamp')
})

test('a refresh between ticks tells everyone, and leaves history alone', async () => {
  const { deps, diary } = aPollWorld()
  const { keep: _, ...between } = deps
  expect(await runTick(aTickAtMs, between)).toEqual({
    acceptedIds: [],
    kept: 'nothing',
    refused: 0,
    priced: 2,
    noted: { alerts: {}, checked: 0, held: 0 },
  })
  expect(diary).toEqual([
    'record BTC/USD: binance,coinbase,kraken',
    'record USDT/USD: kraken',
    'broadcast BTC/USD,USDT/USD',
    'publish BTC/USD,USDT/USD',
  ])
})

test('a peg that is partly converted itself converts nothing: only true dollars do', async () => {
  const usdc = feedSymbol('USDC')
  const inUsdc = { ...binanceBtc, market: 'BTCUSDC' }
  const { bySource, diary } = await quotesOf(btc, {
    listings: [
      aListing({ source: 'binance', market: 'BTCUSDC', quoteCurrency: 'USDC' }),
      aListing({ source: 'kraken', market: 'USDCUSD', symbol: usdc }),
      aListing({ source: 'okx', market: 'USDC-USDT', symbol: usdc, quoteCurrency: 'USDT' }),
    ],
    collectors: [async () => collected(inUsdc)],
    latest: async () => aPriceRecord({ symbol: usdc, price: 0.999, observed_at: aTickAtMs }),
  })
  expect(bySource).toEqual({})
  expect(diary).toContain('ticker-dropped binance no-peg')
})

describe('what fails costs only itself', () => {
  test('a source', async () => {
    const failure = { source: 'binance', code: 'timed-out', message: 'No answer.' }
    const { deps, diary } = aPollWorld({
      collectors: [async () => ({ ...collected(coinbaseBtc, krakenBtc), failures: [failure] })],
    })
    await runTick(aTickAtMs, deps)
    expect(diary).toEqual([
      'source-failed binance timed-out',
      'record BTC/USD: coinbase,kraken',
      'keep 2 quotes',
      'broadcast BTC/USD',
      'publish BTC/USD',
    ])
  })

  test('a collector', async () => {
    const { deps, diary } = aPollWorld({
      collectors: [
        () => Promise.reject(new Error('evicted')),
        async () => collected(coinbaseBtc, krakenBtc),
      ],
    })
    expect(await runTick(aTickAtMs, deps)).toMatchObject({ kept: 'stored', priced: 1 })
    expect(diary[0]).toBe('collector-failed Error: evicted')
  })

  test('a feed', async () => {
    const { deps, diary } = aPollWorld()
    await runTick(aTickAtMs, {
      ...deps,
      record: async (symbol, tick) => {
        if (symbol === usdt) throw new Error('overloaded')
        return deps.record(symbol, tick)
      },
    })
    expect(diary.toSorted()).toEqual([
      'broadcast BTC/USD',
      'feed-failed USDT/USD Error: overloaded',
      'keep 3 quotes',
      'publish BTC/USD',
      'record BTC/USD: binance,coinbase,kraken',
    ])
  })

  test('the listeners and the cache', async () => {
    const { deps, diary } = aPollWorld({
      broadcast: () => Promise.reject(new Error('no shard')),
      publish: () => Promise.reject(new Error('no cache')),
    })
    expect(await runTick(aTickAtMs, deps)).toMatchObject({ kept: 'stored', priced: 2 })
    expect(diary).toContain('keep 4 quotes')
    expect(diary.slice(-2).toSorted()).toEqual([
      'broadcast-failed Error: no shard',
      'publish-failed Error: no cache',
    ])
  })

  test.each([
    { name: 'history: its batch waits in the spill', isBucketDown: false, kept: 'spilled' },
    { name: 'history and the spill: its batch is lost', isBucketDown: true, kept: 'lost' },
  ])('$name', async ({ isBucketDown, kept }) => {
    const { deps, diary } = aPollWorld({
      keep: async (batch, name) =>
        keepBatch(batch, name, {
          insert: () => Promise.reject(new HistoryError('history-unreachable', 'Gone.')),
          putObject: async () => {
            if (isBucketDown) throw new Error('no bucket')
          },
          enqueue: async () => {},
          log: () => {},
        }),
    })
    const report = await runTick(aTickAtMs, deps)
    expect(report).toMatchObject({ kept, priced: 2 })
    expect(report.acceptedIds).toHaveLength(4)
    expect(diary).toContain('publish BTC/USD,USDT/USD')
  })
})

test("one venue's odd date costs only its own quotes, and is counted", async () => {
  const odd = { ...binanceBtc, observedAtMs: aTickAtMs + 0.5 }
  const { deps } = aPollWorld({
    collectors: [async () => collected(odd, coinbaseBtc, krakenBtc, krakenUsdt)],
  })
  const stored: string[] = []
  const put: string[] = []
  const report = await runTick(aTickAtMs, {
    ...deps,
    keep: async (batch, name) =>
      keepBatch(batch, name, {
        insert: async ({ kind, rows }) => {
          // What Postgres says to a fraction in a `bigint`.
          if (!batchSchema.safeParse({ kind, rows }).success) {
            throw new HistoryError('history-refused', 'Postgres said 22P02')
          }
          for (const row of rows) if ('source' in row) stored.push(row.source)
        },
        putObject: async (key) => {
          put.push(key)
        },
        enqueue: async () => {},
        log: () => {},
      }),
  })
  expect(report).toMatchObject({ kept: 'stored', refused: 1, priced: 2 })
  expect(stored).toEqual(['coinbase', 'kraken', 'kraken'])
  expect(put).toEqual([expect.stringMatching(/^spill-refused\/quotes-/)])
})

test('a tick that is repeated changes nothing', async () => {
  const { deps, diary } = aPollWorld()
  await runTick(aTickAtMs, deps)
  diary.length = 0
  expect(await runTick(aTickAtMs, deps)).toMatchObject({
    acceptedIds: [],
    kept: 'nothing',
    priced: 0,
  })
  expect(diary.filter((line) => !line.startsWith('record'))).toEqual([])
})

test('what a repeated tick adds lies beside the first batch in the spill, not over it', async () => {
  const { deps, batches } = aPollWorld()
  await runTick(aTickAtMs, {
    ...deps,
    record: async (symbol, tick) => {
      if (symbol === usdt) throw new Error('overloaded')
      return deps.record(symbol, tick)
    },
  })
  await runTick(aTickAtMs, deps)
  expect(batches.map(({ rows }) => rows.length)).toEqual([3, 1])
  expect(new Set(batches.map(({ name }) => name)).size).toBe(2)
})

test('without a quorum nothing is told, and the quotes are kept all the same', async () => {
  const { deps, diary } = aPollWorld({
    record: async () => ({ kind: 'no-quorum', agreeing: 1, required: 2 }),
  })
  expect(await runTick(aTickAtMs, deps)).toMatchObject({ kept: 'stored', priced: 0 })
  expect(diary).toEqual(['keep 4 quotes'])
})

test('what feeds have shown is counted, and its news told in one line of the log', async () => {
  const logged: unknown[] = []
  const drifting = { kind: 'drift', sources: ['kraken'] } as const
  const splitting = { kind: 'split', sources: [] } as const
  const { deps } = aPollWorld({ log: (event) => logged.push(event) })
  const report = await runTick(aTickAtMs, {
    ...deps,
    record: async (symbol, tick) => ({
      ...(await deps.record(symbol, tick)),
      alerts: symbol === btc ? [drifting, splitting] : [drifting],
      ...(symbol === btc && { news: [splitting] }),
      intervalHeld: symbol === btc,
    }),
  })
  expect(report.noted).toEqual({ alerts: { drift: 2, split: 1 }, checked: 2, held: 1 })
  const alerts = [{ symbol: btc, ...splitting }]
  expect(logged).toEqual([{ event: 'feeds-alerted', tickAtMs: aTickAtMs, count: 1, alerts }])
})

test('of very many alerts at once twenty are told, and how many there are', async () => {
  const logged: unknown[] = []
  const news = Array.from({ length: 30 }, (_, i) => ({
    kind: 'anomaly' as const,
    sources: [`s${i}`],
  }))
  const { deps } = aPollWorld({
    record: async () => ({ kind: 'no-quorum', agreeing: 1, required: 2, alerts: news, news }),
    log: (event) => logged.push(event),
  })
  const { noted } = await runTick(aTickAtMs, deps)
  expect(noted.alerts).toEqual({ anomaly: 60 })
  expect(logged).toMatchObject([{ count: 60, alerts: { length: 20 } }])
})

test('with every collector down there is nothing to tell or keep', async () => {
  const { deps, diary } = aPollWorld({
    collectors: [() => Promise.reject(new Error('down')), async () => collected()],
  })
  expect(await runTick(aTickAtMs, deps)).toMatchObject({
    acceptedIds: [],
    kept: 'nothing',
    priced: 0,
  })
  expect(diary).toEqual(['collector-failed Error: down'])
})

test('a ticker that nobody asked for informs no feed', async () => {
  const stranger = { ...krakenBtc, market: 'DOGEUSD' }
  const swapped = { ...krakenBtc, source: 'coinbase' }
  const { diary } = await quotesOf(btc, {
    collectors: [async () => collected(stranger, swapped, coinbaseBtc)],
  })
  expect(diary[0]).toBe('record BTC/USD: coinbase')
})

test('a ticker without a price is dropped, and the log says which and why', async () => {
  const { diary } = await quotesOf(btc, {
    collectors: [async () => collected({ ...krakenBtc, last: Number.NaN }, coinbaseBtc)],
  })
  expect(diary.slice(0, 2)).toEqual(['ticker-dropped kraken no-price', 'record BTC/USD: coinbase'])
})

test('of a market that comes twice the newest counts, once', async () => {
  const older = { ...krakenBtc, last: 90, observedAtMs: aTickAtMs }
  const newer = { ...krakenBtc, last: 110, observedAtMs: aTickAtMs + 100 }
  for (const pair of [
    [older, newer],
    [newer, older],
  ]) {
    const { bySource, diary } = await quotesOf(btc, {
      collectors: [async () => collected(...pair)],
    })
    expect(bySource['kraken']?.price).toBe(110)
    expect(diary[0]).toBe('record BTC/USD: kraken')
  }
})

describe('a price in USDT becomes dollars', () => {
  const inUsdt = [async () => collected(binanceBtc, coinbaseBtc)]
  const nowMs = aTickAtMs + 500
  const feedSaid = (price: number, ageMs: number) => async () =>
    aPriceRecord({ symbol: usdt, price, observed_at: nowMs - ageMs })

  test("by this tick's own rate, whatever the feed last said", async () => {
    const { bySource } = await quotesOf(btc, {
      collectors: [async () => collected(binanceBtc, krakenUsdt)],
      latest: feedSaid(0.9, 0),
    })
    expect(bySource['binance']).toMatchObject({ metadata: { conversion_rate: 0.999 } })
  })

  test.each([
    { name: 'a moment old', ageMs: 1 },
    { name: 'exactly as old as allowed', ageMs: 60_000 },
  ])("by the feed's last word where no venue says it, $name", async ({ ageMs }) => {
    const { bySource } = await quotesOf(btc, { collectors: inUsdt, latest: feedSaid(0.998, ageMs) })
    expect(bySource['binance']).toMatchObject({ price: 99.8, metadata: { conversion_rate: 0.998 } })
  })

  test.each([
    { name: 'the feed has said nothing', latest: async () => undefined },
    { name: "the feed's last word is older than allowed", latest: feedSaid(0.998, 60_001) },
    { name: 'the feed says what is no peg', latest: feedSaid(0.3, 0) },
    { name: 'the feed does not answer', latest: () => Promise.reject(new Error('evicted')) },
  ])('or is dropped: $name', async ({ latest }) => {
    const { bySource, diary } = await quotesOf(btc, { collectors: inUsdt, latest })
    expect(Object.keys(bySource)).toEqual(['coinbase'])
    expect(diary).toContain('ticker-dropped binance no-peg')
  })

  test("or is dropped where venues spoke and agree on no peg: the feed's word would hide a depeg", async () => {
    const { bySource, diary } = await quotesOf(btc, {
      collectors: [async () => collected(binanceBtc, { ...krakenUsdt, last: 0.3 })],
      latest: feedSaid(0.998, 0),
    })
    expect(bySource).not.toHaveProperty('binance')
    expect(diary).toContain('ticker-dropped binance no-peg')
  })

  test('and no feed is asked where nothing is quoted in it', async () => {
    const asked: string[] = []
    await quotesOf(btc, {
      collectors: [async () => collected(coinbaseBtc)],
      latest: async (symbol) => {
        asked.push(symbol)
        return undefined
      },
    })
    expect(asked).toEqual([])
  })
})
