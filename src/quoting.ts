/**
 * What the venues say at one instant, as quotes: every collector is asked, and what they bring is
 * made comparable at that instant's own rates. A tick records them; a freeze only has them considered.
 */

import { independenceGroups } from './catalogue/independence.ts'
import type { ListedTicker, Listing, Stablecoin } from './core/listing.ts'
import { quoteOf } from './core/normalise.ts'
import { isPegListing, pegOf, type Pegs, pegsOf } from './core/pegs.ts'
import type { Quote, Ticker } from './core/quote.ts'
import { quoteId } from './core/quote-id.ts'
import type { Collected } from './exchanges/collected.ts'
import type { QuoteRow } from './history/history.ts'
import { feedSymbol, type FeedSymbol } from './protocol/feed.ts'
import type { PriceRecord } from './protocol/wire.ts'

export type { Collected } from './exchanges/collected.ts'

/** All that it takes to ask. The Worker hands in the real ones, a test its own. */
export type QuotingDeps = {
  readonly listings: readonly Listing[]
  /** One function a collector; each has its own deadline. */
  readonly collectors: readonly ((tickAtMs: number) => Promise<Collected>)[]
  /** The newest price of a feed, for a peg that no venue quoted in this tick. */
  readonly latest: (symbol: FeedSymbol) => Promise<PriceRecord | undefined>
  readonly sha1: (bytes: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>
  readonly nowMs: () => number
  readonly workerId: string
  readonly log: (event: Readonly<Record<string, unknown>>) => void
}

export type Quoted = {
  readonly quotes: readonly Quote[]
  /** How long each source took to answer, milliseconds. */
  readonly latencyMs: Readonly<Record<string, number>>
}

/** Asks every collector under the name of a tick, Unix milliseconds. */
export async function quotesAt(tickAtMs: number, deps: QuotingDeps): Promise<Quoted> {
  const collected = await collect(tickAtMs, deps)
  const listed = listedOf(
    collected.flatMap((answer) => answer.tickers),
    deps.listings,
  )
  return {
    quotes: quotesOf(listed, await pegsAt(listed, deps), deps),
    latencyMs: Object.assign({}, ...collected.map((answer) => answer.latencyMs)),
  }
}

/** Quotes as history keeps them, each named by its source, its feed and the tick. */
export async function rowsOf(
  quotes: readonly Quote[],
  tick: { readonly tickAtMs: number; readonly latencyMs: Quoted['latencyMs'] },
  deps: Pick<QuotingDeps, 'sha1' | 'nowMs' | 'workerId'>,
): Promise<QuoteRow[]> {
  const ingestedAtMs = deps.nowMs()
  return Promise.all(
    quotes.map(async (quote) => ({
      id: await quoteId(quote.source, quote.symbol, tick.tickAtMs, deps.sha1),
      symbol: quote.symbol,
      price: quote.price,
      volume: quote.volume,
      timestamp: quote.observedAtMs,
      source: quote.source,
      ingested_at: ingestedAtMs,
      worker_id: deps.workerId,
      tick_at: tick.tickAtMs,
      metadata: {
        ...(quote.observedKind === 'received' ? {} : { exchange_timestamp: quote.observedAtMs }),
        api_latency_ms: tick.latencyMs[quote.source] ?? 0,
        market: quote.market,
        raw_price: quote.rawPrice,
        conversion_rate: quote.conversionRate,
      },
    })),
  )
}

/** A collector that fails as a whole is logged like a source that does. */
async function collect(tickAtMs: number, deps: QuotingDeps): Promise<readonly Collected[]> {
  const answers = await Promise.allSettled(deps.collectors.map((ask) => ask(tickAtMs)))
  return answers.flatMap((answer) => {
    if (answer.status === 'rejected') {
      deps.log({ event: 'collector-failed', tickAtMs, reason: String(answer.reason) })
      return []
    }
    for (const { source, code, message } of answer.value.failures) {
      deps.log({ event: 'source-failed', tickAtMs, source, code, message })
    }
    return [answer.value]
  })
}

const stablecoins: readonly Stablecoin[] = ['USDT', 'USDC']

/** What stablecoins are worth: as this tick's venues say, or as their feeds last said while young. */
async function pegsAt(listed: readonly ListedTicker[], deps: QuotingDeps): Promise<Pegs> {
  const said = pegsOf(listed, deps.nowMs(), independenceGroups)
  const unsaid = stablecoins.filter(
    (coin) =>
      isConverted(coin, listed) &&
      isPricedInDollars(coin, deps.listings) &&
      !isQuotedInDollars(coin, listed),
  )
  const last = await Promise.all(
    unsaid.map(async (coin) => [coin, await lastPeg(coin, deps)] as const),
  )
  return { ...Object.fromEntries(last.filter(([, peg]) => peg !== undefined)), ...said }
}

function isConverted(coin: Stablecoin, listed: readonly ListedTicker[]): boolean {
  return listed.some(({ listing }) => listing.quoteCurrency === coin)
}

/** A feed that is itself partly converted has no say in what its coin is worth. */
function isPricedInDollars(coin: Stablecoin, listings: readonly Listing[]): boolean {
  const own = listings.filter(({ symbol }) => symbol === `${coin}/USD`)
  return own.every((listing) => isPegListing(coin, listing))
}

/** Venues that spoke and agreed on no peg have the last word: an older one would hide a depeg. */
function isQuotedInDollars(coin: Stablecoin, listed: readonly ListedTicker[]): boolean {
  return listed.some(({ listing }) => isPegListing(coin, listing))
}

/** A feed's last word on a coin counts if a venue's would: while young, and only if it is a peg. */
async function lastPeg(coin: Stablecoin, deps: QuotingDeps): Promise<number | undefined> {
  try {
    const record = await deps.latest(feedSymbol(coin))
    return record === undefined ? undefined : pegOf(coin, [listedOfFeed(record)], deps.nowMs())
  } catch (error) {
    deps.log({ event: 'peg-unavailable', coin, reason: String(error) })
    return undefined
  }
}

function listedOfFeed({ symbol, price, observed_at }: PriceRecord): ListedTicker {
  const name = { source: 'feed', market: symbol }
  return {
    ticker: { ...name, last: price, observedAtMs: observed_at, observedKind: 'ticker' },
    listing: { ...name, symbol, quoteCurrency: 'USD' },
  }
}

/** Each ticker with the listing that it was asked for; what nobody asked for is left out. */
function listedOf(
  tickers: readonly Ticker[],
  listings: readonly Listing[],
): readonly ListedTicker[] {
  const byMarket = new Map(listings.map((listing) => [keyOf(listing), listing]))
  return tickers.flatMap((ticker) => {
    const listing = byMarket.get(keyOf(ticker))
    return listing === undefined ? [] : [{ ticker, listing }]
  })
}

function keyOf({ source, market }: { readonly source: string; readonly market: string }): string {
  return `${source} ${market}`
}

/** One quote a source and feed, its newest: a second one would share the id of the first. */
function quotesOf(
  listed: readonly ListedTicker[],
  pegs: Pegs,
  deps: QuotingDeps,
): readonly Quote[] {
  const quotes = new Map<string, Quote>()
  for (const { ticker, listing } of listed) {
    const read = quoteOf(ticker, listing, pegs)
    if ('reason' in read) {
      const { source, market } = listing
      deps.log({ event: 'ticker-dropped', source, market, code: read.reason })
      continue
    }
    const key = `${read.source} ${read.symbol}`
    const known = quotes.get(key)
    if (known === undefined || read.observedAtMs > known.observedAtMs) quotes.set(key, read)
  }
  return [...quotes.values()]
}
