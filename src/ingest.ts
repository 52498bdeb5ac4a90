/**
 * A batch of an external collector on the way that polled tickers take: made quotes at the batch's own
 * instant, kept, and handed to whoever votes next. What is not kept was not accepted.
 */

import type { Listing } from './core/listing.ts'
import type { Ticker } from './core/quote.ts'
import type { IngestOutcome } from './api/ingest-ports.ts'
import type { Batch } from './history/history.ts'
import type { Kept } from './history/spill.ts'
import type { IngestRequest, RawTicker, RefusedTicker } from './protocol/ingest-wire.ts'
import { quotesAt, type QuotingDeps, rowsOf } from './quoting.ts'

/** All that a batch needs of the world. */
export type IngestDeps = Omit<QuotingDeps, 'collectors' | 'workerId'> & {
  /** Stores a batch, or puts it where it will be stored from later. */
  readonly keep: (batch: Batch, name: string) => Promise<Kept>
  /** Hands kept tickers to the next tick. */
  readonly deliver: (collector: string, tickers: readonly Ticker[]) => Promise<void>
  /** What was seen longer ago has no voice in any vote; of a trade, what was asked for. Milliseconds. */
  readonly staleAfterMs: number
}

/** Who brings it, and for which sources it may speak. */
export type Bearer = { readonly name: string; readonly sources: ReadonlySet<string> }

/** A collector's clock may be ahead of ours by this much. Milliseconds. */
const furthestAheadMs = 5_000

type Sifted = { readonly tickers: readonly Ticker[]; readonly refused: readonly RefusedTicker[] }

/**
 * Takes in a batch. Doing it twice changes nothing: a quote's id is that of its source, its feed and
 * the batch's tick.
 *
 * @param bodySha256 Tells this body from another of the same batch id, which spills beside it.
 */
export async function ingestBatch(
  batch: IngestRequest,
  { bearer, bodySha256 }: { readonly bearer: Bearer; readonly bodySha256: string },
  deps: IngestDeps,
): Promise<IngestOutcome> {
  const { tickers, refused } = sifted(batch, bearer, deps)
  const { quotes, dropped, unconverted } = await quotesOf(tickers, batch, deps)
  const worker = { ...deps, workerId: `collector:${bearer.name}` }
  const tick = { tickAtMs: batch.tick_at, latencyMs: batch.latency_ms ?? {} }
  const rows = await rowsOf(quotes, tick, worker)
  const outcome = { ids: rows.map(({ id }) => id), refused: [...refused, ...dropped] }
  // The bucket takes the last of two objects of one name, so no two bodies may share theirs.
  const name = `ingest-${bearer.name}-${batch.batch_id}-${bodySha256.slice(0, 16)}`
  const where =
    rows.length === 0 ? 'nothing' : (await deps.keep({ kind: 'quotes', rows }, name)).kind
  if (where === 'lost') return { kind: 'lost' }
  await told([...tickersOf(quotes, tickers), ...unconverted], bearer, deps)
  return { kind: 'kept', where, ...outcome }
}

function sifted(
  { tickers, tick_at: tickAtMs }: IngestRequest,
  { sources }: Bearer,
  { listings, staleAfterMs, nowMs }: IngestDeps,
): Sifted {
  const atMs = nowMs()
  const known = new Set(listings.map(keyOf))
  const codeOf = (raw: RawTicker): string | undefined => {
    if (!sources.has(raw.source)) return 'source-not-yours'
    if (!known.has(keyOf(raw))) return 'market-unknown'
    // A trade may be long past in a quiet market whose book is of now: its feed is to judge.
    const oldestMs = raw.observed_kind === 'trade' ? tickAtMs : Math.min(raw.observed_at, tickAtMs)
    if (atMs - oldestMs > staleAfterMs) return 'stale'
    const newestMs = Math.max(raw.observed_at, tickAtMs)
    return newestMs - atMs > furthestAheadMs ? 'from-the-future' : undefined
  }
  const judged = tickers.map((raw) => ({ raw, code: codeOf(raw) }))
  return {
    tickers: judged.flatMap(({ raw, code }) => (code === undefined ? [tickerOf(raw, atMs)] : [])),
    refused: judged.flatMap(({ raw: { source, market }, code }) =>
      code === undefined ? [] : [{ source, market, code }],
    ),
  }
}

function tickerOf(raw: RawTicker, atMs: number): Ticker {
  const { source, market, last, bid, ask, volume, open_24h: open24h } = raw
  return {
    source,
    market,
    last,
    ...(bid !== undefined && { bid }),
    ...(ask !== undefined && { ask }),
    ...(volume !== undefined && { volume }),
    ...(open24h !== undefined && { open24h }),
    // Nothing is seen before it arrives, whatever the collector's clock says.
    observedAtMs: Math.min(raw.observed_at, atMs),
    observedKind: raw.observed_kind,
  }
}

/** The quotes that a tick would make of these tickers, and why it makes none of others. */
async function quotesOf(tickers: readonly Ticker[], batch: IngestRequest, deps: IngestDeps) {
  const codes = new Map<string, string>()
  const { quotes } = await quotesAt(batch.tick_at, {
    ...deps,
    workerId: batch.collector,
    collectors: [async () => ({ tickers, failures: [], latencyMs: {} })],
    log: (event) => {
      if (event['event'] !== 'ticker-dropped') return deps.log(event)
      codes.set(`${String(event['source'])} ${String(event['market'])}`, String(event['code']))
    },
  })
  const quoted = new Set(tickersOf(quotes, tickers))
  const inQuotes = new Set(quotes.map(keyOf))
  const left = tickers.filter((ticker) => !quoted.has(ticker))
  const codeOf = (ticker: Ticker): string =>
    inQuotes.has(keyOf(ticker)) ? 'repeated' : (codes.get(keyOf(ticker)) ?? 'unusable')
  return {
    quotes,
    dropped: left.map((ticker) => {
      const { source, market } = ticker
      return { source, market, code: codeOf(ticker) }
    }),
    // What this batch cannot turn into dollars, the next tick may: it hears other venues too.
    unconverted: left.filter((ticker) => codeOf(ticker) === 'no-peg'),
  }
}

/** The tickers that quotes were made of, each once. */
function tickersOf(
  quotes: readonly Pick<Ticker, 'source' | 'market' | 'observedAtMs'>[],
  tickers: readonly Ticker[],
): readonly Ticker[] {
  const byKey = Map.groupBy(tickers, keyOf)
  return quotes.flatMap((quote) => {
    const said = byKey.get(keyOf(quote)) ?? []
    return said.find(({ observedAtMs }) => observedAtMs === quote.observedAtMs) ?? []
  })
}

/** The next tick does without what it is not told of; history has it. */
async function told(tickers: readonly Ticker[], { name }: Bearer, deps: IngestDeps): Promise<void> {
  try {
    await deps.deliver(name, tickers)
  } catch (error) {
    deps.log({ event: 'delivery-failed', collector: name, reason: String(error) })
  }
}

function keyOf({ source, market }: Pick<Listing, 'source' | 'market'>): string {
  return `${source} ${market}`
}
