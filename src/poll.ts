/**
 * One tick: ask every collector what its venues say, hand each feed its quotes, tell everyone what
 * the feeds made of them, and keep the quotes. A source that fails costs only itself; a listener,
 * cache or database that fails costs nothing but its own copy.
 */

import { type Noted, notedOf, type OfFeed } from './core/noted.ts'
import type { Noticed } from './core/noticed.ts'
import type { Quote } from './core/quote.ts'
import type { Batch } from './history/history.ts'
import type { Kept } from './history/spill.ts'
import type { FeedSymbol } from './protocol/feed.ts'
import type { PriceRecord } from './protocol/wire.ts'
import { quotesAt, type QuotingDeps, rowsOf } from './quoting.ts'

export type TickOutcome =
  | (Noticed & { readonly kind: 'priced'; readonly record: PriceRecord })
  | (Noticed & { readonly kind: 'no-quorum'; readonly agreeing: number; readonly required: number })
  | { readonly kind: 'repeated' }

/** All that a tick needs of the world. The Worker hands in the real ones, a test its own. */
export type PollDeps = QuotingDeps & {
  /** Hands a feed its quotes and learns what it makes of them. */
  readonly record: (
    symbol: FeedSymbol,
    tick: { readonly tickAtMs: number; readonly atMs: number; readonly quotes: readonly Quote[] },
  ) => Promise<TickOutcome>
  /** Tells the listeners of every stream shard. */
  readonly broadcast: (tickAtMs: number, records: readonly PriceRecord[]) => Promise<void>
  /** Replaces the cached prices. */
  readonly publish: (records: readonly PriceRecord[], nowMs: number) => Promise<void>
  /**
   * Stores a batch, or puts it where it will be stored from later. Absent for a refresh between two
   * ticks: what is remembered for good keeps to the usual cadence.
   */
  readonly keep?: (batch: Batch, name: string) => Promise<Kept>
}

export type TickReport = {
  /** Ids of the quotes that were handed over to be kept. */
  readonly acceptedIds: readonly string[]
  readonly kept: Kept['kind'] | 'nothing'
  /** Quotes of them that history refused for good. */
  readonly refused: number
  /** Feeds that reached a consensus. */
  readonly priced: number
  /** What all feeds together have shown beside their prices. */
  readonly noted: Noted
}

const nothingKept = { kind: 'nothing', refused: 0 } as const

/** Runs the tick that `tickAtMs` names, Unix milliseconds. */
export async function runTick(tickAtMs: number, deps: PollDeps): Promise<TickReport> {
  const { quotes, latencyMs } = await quotesAt(tickAtMs, deps)
  const atMs = deps.nowMs()

  const recorded = await recordAll(quotes, { tickAtMs, atMs }, deps)
  const records = recorded.flatMap(({ outcome }) =>
    outcome.kind === 'priced' ? [outcome.record] : [],
  )
  // A feed that had the tick before keeps what it got then, and so does history.
  const accepted = recorded.flatMap((feed) => (feed.outcome.kind === 'repeated' ? [] : feed.quotes))
  const rows = deps.keep === undefined ? [] : await rowsOf(accepted, { tickAtMs, latencyMs }, deps)

  const [first] = rows
  // A feed takes a tick once, so a batch of the same tick that differs begins with another quote.
  const keep = async (): Promise<Kept | typeof nothingKept> =>
    first === undefined || deps.keep === undefined
      ? nothingKept
      : deps.keep({ kind: 'quotes', rows }, `quotes-${tickAtMs}-${first.id}`)
  const [{ kind: kept, refused }] = await Promise.all([
    keep(),
    told('broadcast-failed', records, deps, async () => deps.broadcast(tickAtMs, records)),
    told('publish-failed', records, deps, async () => deps.publish(records, atMs)),
  ])
  const { noted, news } = notedOf(recorded.map(({ symbol, outcome }) => ({ symbol, ...outcome })))
  if (news.length > 0) deps.log(alertedEvent(tickAtMs, news))
  return { acceptedIds: rows.map(({ id }) => id), kept, refused, priced: records.length, noted }
}

/** Alerts in a line of the log: more at once have one cause, and their count tells enough. */
const mostTold = 20

/** One line a tick for all that is newly worth looking at; never a price. */
function alertedEvent(
  tickAtMs: number,
  news: readonly OfFeed[],
): Readonly<Record<string, unknown>> {
  const alerts = news.slice(0, mostTold)
  return { event: 'feeds-alerted', tickAtMs, count: news.length, alerts }
}

type FeedTick = {
  readonly symbol: FeedSymbol
  readonly quotes: readonly Quote[]
  readonly outcome: TickOutcome
}

async function recordAll(
  quotes: readonly Quote[],
  at: { readonly tickAtMs: number; readonly atMs: number },
  deps: PollDeps,
): Promise<readonly FeedTick[]> {
  const bySymbol = Map.groupBy(quotes, ({ symbol }) => symbol)
  const feeds = await Promise.all(
    [...bySymbol].map(async ([symbol, said]): Promise<FeedTick | undefined> => {
      try {
        return { symbol, quotes: said, outcome: await deps.record(symbol, { ...at, quotes: said }) }
      } catch (error) {
        deps.log({ event: 'feed-failed', symbol, tickAtMs: at.tickAtMs, reason: String(error) })
        return undefined
      }
    }),
  )
  return feeds.filter((feed) => feed !== undefined)
}

/** A copy that could not be told is logged; the next tick brings it a newer price. */
async function told(
  event: string,
  records: readonly PriceRecord[],
  deps: Pick<PollDeps, 'log'>,
  tell: () => Promise<void>,
): Promise<void> {
  if (records.length === 0) return
  try {
    await tell()
  } catch (error) {
    deps.log({ event, reason: String(error) })
  }
}
