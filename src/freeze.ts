/**
 * The freeze of a voting round: one fresh look at all venues under a short deadline, as late in the
 * round as the bridge dares, put to every feed's vote and stored before it is answered. Nothing of it
 * is recorded by a feed, told to a listener or written to a cache: until the reveal it is a secret.
 */

import { type FreezeClaim, type FreezeOutcome, unfreezableBecause } from './core/freezable.ts'
import { type Considered, frozenEntryOf } from './core/frozen-entry.ts'
import type { Quote } from './core/quote.ts'
import { withDeadline } from './deadline.ts'
import type { QuoteRow } from './history/history.ts'
import type {
  FreezeRequest,
  FrozenEntry,
  FrozenRound,
  OrderedFeed,
} from './protocol/bridge-wire.ts'
import { type EpochSchedule, votingRoundStartMs } from './protocol/epoch.ts'
import type { FeedSymbol } from './protocol/feed.ts'
import { quotesAt, type Quoted, type QuotingDeps, rowsOf } from './quoting.ts'

/** All that a freeze needs of the world. */
export type FreezeDeps = QuotingDeps & {
  readonly schedule: EpochSchedule
  /** Between two ticks, milliseconds. */
  readonly tickMs: number
  readonly symbolOf: (id: OrderedFeed['id']) => FeedSymbol | undefined
  /** What a round has been frozen as, or why that is not told; undefined while it is not frozen. */
  readonly frozen: (claim: FreezeClaim) => Promise<FreezeOutcome | undefined>
  /** What a feed makes of quotes, without recording them. */
  readonly consider: (
    symbol: FeedSymbol,
    quotes: readonly Quote[],
    atMs: number,
  ) => Promise<Considered>
  /** Stores a vector, and answers with the one that was stored first. */
  readonly store: (
    freeze: FreezeClaim & {
      readonly body: string
      readonly quotes: readonly string[]
      readonly endsAtMs: number
    },
  ) => Promise<FreezeOutcome>
}

/** How long a freeze may take and how the time is shared out, milliseconds from its start. */
export type FreezeBudget = {
  /** A venue that has not answered by then does not count. */
  readonly venueMs: number
  /** Nor does a collector. */
  readonly collectorMs: number
  /** Nor does a feed: whatever arrived is stored. */
  readonly totalMs: number
}

const longestMs = 2_500
const shortestMs = 1_000
const referenceRoundSec = 90

/** The budget of a freeze: 2.5 seconds at a round's usual length, less where rounds are shorter. */
export function freezeBudget({ roundSec }: Pick<EpochSchedule, 'roundSec'>): FreezeBudget {
  const scaledMs = (longestMs * roundSec) / referenceRoundSec
  const totalMs = Math.round(Math.min(longestMs, Math.max(shortestMs, scaledMs)))
  return { venueMs: totalMs * 0.6, collectorMs: totalMs * 0.75, totalMs }
}

/** Quotes in one withheld text: far below the two megabytes that a row of an object may have. */
const rowsInText = 1_000

/**
 * Freezes a round, or answers with what it has been frozen as: the same bytes for ever.
 *
 * @throws whatever the memory of rounds throws; venues and feeds that fail cost only their own part.
 */
export async function freezeRound(
  votingRoundId: number,
  request: FreezeRequest,
  deps: FreezeDeps,
): Promise<FreezeOutcome> {
  const startedAtMs = deps.nowMs()
  const { fencing_token: fencingToken, attended: isAttended, feeds } = request
  const claim = { votingRoundId, fencingToken, feeds }
  const known = await deps.frozen(claim)
  if (known !== undefined) return known
  const unfreezable = (): FreezeOutcome | undefined => {
    const code = unfreezableBecause(
      votingRoundId,
      { schedule: deps.schedule, isAttended },
      deps.nowMs(),
    )
    return code === undefined ? undefined : { kind: 'refused', code }
  }
  const early = unfreezable()
  if (early !== undefined) return early

  const tickAtMs = ownInstant(startedAtMs, deps)
  const budget = freezeBudget(deps.schedule)
  const quoted = await quotesAt(tickAtMs, hurried(deps, budget, startedAtMs))
  const entries = await entriesOf(feeds, quoted.quotes, {
    deps,
    byMs: startedAtMs + budget.totalMs,
  })
  const rows = await rowsOf(quoted.quotes, { tickAtMs, latencyMs: quoted.latencyMs }, deps)
  // Venues took their time: what is over by now cannot be committed to any more.
  const late = unfreezable()
  if (late !== undefined) return late

  const round: FrozenRound = { voting_round_id: votingRoundId, frozen_at: tickAtMs, entries }
  const outcome = await deps.store({
    ...claim,
    body: JSON.stringify(round),
    quotes: textsOf(rows),
    endsAtMs: votingRoundStartMs(deps.schedule, votingRoundId + 1),
  })
  deps.log({
    event: 'round-frozen',
    votingRoundId,
    outcome: outcome.kind,
    ...countsOf(entries),
    tookMs: deps.nowMs() - startedAtMs,
  })
  return outcome
}

/** An instant that names no tick: collectors answer a second asking under one name with the first. */
function ownInstant(nowMs: number, { schedule, tickMs }: FreezeDeps): number {
  const isTick = (nowMs - schedule.genesisSec * 1_000) % tickMs === 0
  return isTick ? nowMs + 1 : nowMs
}

/** The same world in a hurry: whoever does not answer in time has not answered. */
function hurried(deps: FreezeDeps, budget: FreezeBudget, startedAtMs: number): QuotingDeps {
  return {
    ...deps,
    collectors: deps.collectors.map(
      (ask) => async (at: number) => withDeadline(ask(at), budget.collectorMs, 'A collector'),
    ),
    latest: async (symbol) => {
      const pegByMs = startedAtMs + (budget.collectorMs + budget.totalMs) / 2
      return withDeadline(deps.latest(symbol), Math.max(0, pegByMs - deps.nowMs()), symbol)
    },
  }
}

async function entriesOf(
  feeds: readonly OrderedFeed[],
  quotes: Quoted['quotes'],
  { deps, byMs }: { readonly deps: FreezeDeps; readonly byMs: number },
): Promise<FrozenEntry[]> {
  const atMs = deps.nowMs()
  const bySymbol = Map.groupBy(quotes, ({ symbol }) => symbol)
  return Promise.all(
    feeds.map(async (feed) => {
      const symbol = deps.symbolOf(feed.id)
      if (symbol === undefined) return frozenEntryOf(feed, undefined, atMs)
      try {
        const considering = deps.consider(symbol, bySymbol.get(symbol) ?? [], atMs)
        const considered = await withDeadline(considering, Math.max(0, byMs - atMs), symbol)
        return frozenEntryOf(feed, considered, atMs)
      } catch (error) {
        deps.log({ event: 'feed-failed', symbol, reason: String(error) })
        return frozenEntryOf(feed, undefined, atMs)
      }
    }),
  )
}

/** How many feeds have a price, and how many of those an earlier one. Never the prices. */
function countsOf(entries: readonly FrozenEntry[]) {
  return {
    feeds: entries.length,
    priced: entries.filter(({ price }) => price !== undefined).length,
    rolled: entries.filter(({ rolled }) => rolled === true).length,
  }
}

function textsOf(rows: readonly QuoteRow[]): string[] {
  const texts: string[] = []
  for (let from = 0; from < rows.length; from += rowsInText) {
    texts.push(JSON.stringify(rows.slice(from, from + rowsInText)))
  }
  return texts
}
