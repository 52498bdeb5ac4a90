/** Worlds that write a diary: what a tick, a round or a minute of cron would do outside is a line. */

import type { Noted } from '../../src/core/noted.ts'
import type { Listing } from '../../src/core/listing.ts'
import type { Ticker } from '../../src/core/quote.ts'
import type { CronDeps } from '../../src/cron.ts'
import type { AggregateRow, QuoteRow } from '../../src/history/history.ts'
import type { PollDeps, TickOutcome } from '../../src/poll.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'
import { networks } from '../../src/protocol/networks.ts'
import type { PriceRecord } from '../../src/protocol/wire.ts'
import type { Collected } from '../../src/quoting.ts'
import type { RoundsDeps } from '../../src/rounds.ts'
import type { ScheduledEvent } from '../../src/schedule.ts'
import { aTickAtMs } from './history.ts'
import { aPriceRecord } from './price-records.ts'
import { aRoundProvenance } from './provenances.ts'
import { aListing, aTicker } from './quotes.ts'

type LogEvent = Readonly<Record<string, unknown>>

/** A tick in which nothing was worth noting. */
export const nothingNoted: Noted = { alerts: {}, checked: 0, held: 0 }

/** The source, symbol and market of a few listings: one in dollars a source, and what turns USDT. */
export const someListings: readonly Listing[] = [
  aListing({ source: 'binance', market: 'BTCUSDT', quoteCurrency: 'USDT' }),
  aListing({ source: 'coinbase', market: 'BTC-USD' }),
  aListing({ source: 'kraken', market: 'XBTUSD' }),
  aListing({ source: 'kraken', market: 'USDTUSD', symbol: feedSymbol('USDT') }),
]

export const binanceBtc = ticker('binance', 'BTCUSDT', 100)
export const coinbaseBtc = ticker('coinbase', 'BTC-USD', 100)
export const krakenBtc = ticker('kraken', 'XBTUSD', 100)
export const krakenUsdt = ticker('kraken', 'USDTUSD', 0.999)

function ticker(source: string, market: string, last: number): Ticker {
  return aTicker({ source, market, last, volume: 10, observedAtMs: aTickAtMs + 200 })
}

/** What a collector brings back when all goes well. */
export function collected(...tickers: readonly Ticker[]): Collected {
  const latencyMs = Object.fromEntries(tickers.map(({ source }) => [source, 42]))
  return { tickers, failures: [], latencyMs }
}

/** A tick's world: three sources of BTC, one of which quotes in USDT, and the diary it writes. */
export function aPollWorld(differing: Partial<PollDeps> = {}) {
  const diary: string[] = []
  const batches: { readonly name: string; readonly rows: readonly QuoteRow[] }[] = []
  const told = new Set<string>()
  const deps: PollDeps = {
    listings: someListings,
    collectors: [
      async () => collected(binanceBtc),
      async () => collected(coinbaseBtc, krakenBtc, krakenUsdt),
    ],
    record: async (symbol, { tickAtMs, quotes }): Promise<TickOutcome> => {
      diary.push(`record ${symbol}: ${quotes.map(({ source }) => source).join()}`)
      const name = `${symbol} ${tickAtMs}`
      if (told.has(name)) return { kind: 'repeated' }
      told.add(name)
      return { kind: 'priced', record: aPriceRecord({ symbol, price: quotes[0]?.price ?? 1 }) }
    },
    latest: async () => undefined,
    broadcast: async (_, records) => {
      diary.push(`broadcast ${namesOf(records)}`)
    },
    publish: async (records) => {
      diary.push(`publish ${namesOf(records)}`)
    },
    keep: async (batch, name) => {
      diary.push(`keep ${batch.rows.length} ${batch.kind}`)
      if (batch.kind === 'quotes') batches.push({ name, rows: batch.rows })
      return { kind: 'stored', refused: 0 }
    },
    sha1: async (bytes) => crypto.subtle.digest('SHA-1', bytes),
    nowMs: () => aTickAtMs + 500,
    workerId: 'test',
    log: (event) => {
      diary.push(lineOf(event))
    },
    ...differing,
  }
  return { deps, diary, batches, rows: () => batches.flatMap(({ rows }) => rows) }
}

/** A round's world: two feeds, each of whose windows finds 100, and the diary it writes. */
export function aRoundWorld(differing: Partial<RoundsDeps> = {}) {
  const diary: string[] = []
  const batches: { readonly name: string; readonly rows: readonly AggregateRow[] }[] = []
  const deps: RoundsDeps = {
    symbols: [feedSymbol('BTC'), feedSymbol('ETH')],
    windowMs: 180_000,
    windowVote: async (symbol, { fromMs, toMs }) => {
      diary.push(`vote ${symbol} over ${fromMs} to ${toMs}`)
      const spot = aPriceRecord({ symbol, price: 101 })
      return { outcome: aWindowConsensus, spot, provenance: aRoundProvenance() }
    },
    released: async () => [],
    forget: async (id) => {
      diary.push(`forget ${id}`)
    },
    keep: async (batch, name) => {
      diary.push(`keep ${batch.rows.length} ${batch.kind}`)
      if (batch.kind === 'aggregates') batches.push({ name, rows: batch.rows })
      return { kind: 'stored', refused: 0 }
    },
    log: (event) => {
      diary.push(lineOf(event))
    },
    ...differing,
  }
  return { deps, diary, batches, rows: () => batches.flatMap(({ rows }) => rows) }
}

export const aWindowConsensus = {
  kind: 'consensus',
  price: 100,
  vwap: 99,
  twap: 101,
  weightedMedian: 100,
  sources: ['coinbase', 'kraken'],
  confidence: 0.9,
  intervalBps: 3,
  outliers: 1,
  algorithm: 'median-of-vwap-twap-weighted-median',
} as const

/**
 * A minute's world on Flare at 30 s, with a clock of its own that sleeping moves, a book that knows
 * what has begun, and the diary it writes.
 */
export function aCronWorld(startMs: number, differing: Partial<CronDeps> = {}) {
  const diary: string[] = []
  const book = new Set<string>()
  const clock = { ms: startMs }
  const at = (atMs: number) => `+${(atMs - startMs) / 1_000}s`
  const isNew = (event: ScheduledEvent) => {
    const name = `${event.kind} ${event.atMs}`
    if (book.has(name)) return false
    book.add(name)
    return true
  }
  const deps: CronDeps = {
    mode: 'live',
    cadence: { schedule: networks.flare.schedule, tickMs: 30_000, demandTickMs: 2_000 },
    nowMs: () => clock.ms,
    sleepUntil: async (atMs) => {
      clock.ms = Math.max(clock.ms, atMs)
    },
    begin: async (event) => (isNew(event) ? 'begun' : 'doubled'),
    endTick: async (event) => {
      diary.push(`end tick ${at(event.atMs)}`)
    },
    end: async (event) => {
      diary.push(`end ${event.kind} ${at(event.atMs)}`)
    },
    skip: async (ticks) => ticks.filter(isNew).length,
    tick: async (atMs) => {
      diary.push(`tick ${at(atMs)}`)
      return { acceptedIds: ['a'], kept: 'stored', refused: 0, priced: 1, noted: nothingNoted }
    },
    refresh: async (atMs, gapMs) => {
      diary.push(`refresh ${at(atMs)} within ${gapMs}`)
      return { acceptedIds: [], kept: 'nothing', refused: 0, priced: 1, noted: nothingNoted }
    },
    wantedUntilMs: async () => 0,
    closeRound: async (votingRoundId, atMs) => {
      diary.push(`close ${votingRoundId} ${at(atMs)}`)
      return { aggregated: 1, withoutQuorum: [], kept: 'stored', refused: 0 }
    },
    sweep: async () => {
      diary.push('sweep')
      return 0
    },
    log: (event) => {
      diary.push(lineOf(event))
    },
    ...differing,
  }
  return { deps, diary, clock }
}

function namesOf(records: readonly PriceRecord[]): string {
  return records.map(({ symbol }) => symbol).join()
}

/** An event's name, and what it is about. */
function lineOf({ event, source, symbol, code, reason, count }: LogEvent): string {
  const about = [source ?? symbol, code, reason, count].filter((part) => part !== undefined)
  return [String(event), ...about.map(String)].join(' ')
}
