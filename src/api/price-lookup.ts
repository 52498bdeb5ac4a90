/**
 * Where a price comes from when the cache does not hold it: the feed that remembers it, and, should
 * that not answer, history's last vote. Nothing older than the cache would keep is ever a price.
 */

import type { AggregateRow } from '../history/history.ts'
import { OracleError } from '../protocol/errors.ts'
import type { FeedSymbol } from '../protocol/feed.ts'
import { type PriceRecord, type PriceResponse, priceTtlSec } from '../protocol/wire.ts'
import type { ApiDeps } from './deps.ts'

/** A price of whatever origin: history's has no interval and no number. */
export type FoundPrice = Omit<PriceRecord, 'interval_bps' | 'seq'> &
  Pick<PriceResponse, 'interval_bps' | 'seq'>

type Needs = Pick<ApiDeps, 'latestOfFeed' | 'history' | 'nowMs' | 'log'>

/** What a feed answered; `failed` is not the same as having no price. */
type FeedAnswer =
  | { readonly kind: 'price'; readonly price: PriceRecord }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed' }

export type Lookup =
  | { readonly kind: 'found'; readonly price: FoundPrice; readonly from: 'feed' | 'history' }
  | { readonly kind: 'none'; readonly feedFailed: boolean }

/** Whole seconds until a price of this instant (Unix milliseconds) is no price any more. */
export function secondsLeft(atMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((atMs + priceTtlSec * 1000 - nowMs) / 1000))
}

/** Whether a price of this instant is still one. Exactly as old as allowed is not too old. */
export function isAlive(atMs: number, nowMs: number): boolean {
  return nowMs - atMs <= priceTtlSec * 1000
}

/** One feed's price, from the nearest that has one. */
export async function lookUp(symbol: FeedSymbol, deps: Needs): Promise<Lookup> {
  const answer = await askFeed(symbol, deps)
  if (answer.kind === 'price') return { kind: 'found', price: answer.price, from: 'feed' }
  if (answer.kind === 'none') return { kind: 'none', feedFailed: false }

  const row = await askHistory(symbol, deps)
  return row === undefined
    ? { kind: 'none', feedFailed: true }
    : { kind: 'found', price: priceOf(row), from: 'history' }
}

/** Prices of several feeds, from the feeds alone: history is not asked a list of questions. */
export async function lookUpAll(
  symbols: readonly FeedSymbol[],
  deps: Needs,
): Promise<{
  readonly prices: ReadonlyMap<FeedSymbol, PriceRecord>
  readonly feedFailed: boolean
}> {
  const answers = await Promise.all(
    symbols.map(async (symbol) => [symbol, await askFeed(symbol, deps)] as const),
  )
  const prices = new Map<FeedSymbol, PriceRecord>()
  for (const [symbol, answer] of answers) {
    if (answer.kind === 'price') prices.set(symbol, answer.price)
  }
  return { prices, feedFailed: answers.some(([, { kind }]) => kind === 'failed') }
}

async function askFeed(symbol: FeedSymbol, deps: Needs): Promise<FeedAnswer> {
  try {
    const price = await deps.latestOfFeed(symbol)
    return price !== undefined && isAlive(price.timestamp, deps.nowMs())
      ? { kind: 'price', price }
      : { kind: 'none' }
  } catch (error) {
    // Whatever an object throws arrives as a plain error, so that none can be told from another.
    deps.log({ event: 'feed-failed', symbol, code: codeOf(error) })
    return { kind: 'failed' }
  }
}

async function askHistory(symbol: FeedSymbol, deps: Needs): Promise<AggregateRow | undefined> {
  try {
    const row = await deps.history.latestAggregate(symbol)
    return row !== undefined && isAlive(row.timestamp, deps.nowMs()) ? row : undefined
  } catch (error) {
    if (!(error instanceof OracleError)) throw error
    deps.log({ event: 'history-failed', symbol, code: error.code })
    return undefined
  }
}

/** The vote over the round's window, under its own name: price, sources and confidence are of one vote. */
function priceOf(row: AggregateRow): FoundPrice {
  return {
    symbol: row.symbol,
    price: row.consensus_price,
    timestamp: row.timestamp,
    observed_at: row.timestamp,
    sources: row.sources_used,
    confidence: row.confidence,
    algorithm: row.algorithm,
  }
}

function codeOf(error: unknown): string {
  return error instanceof OracleError ? error.code : 'unexpected'
}
