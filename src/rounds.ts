/**
 * The close of a voting round: every feed's window is put to the vote and kept in
 * `aggregated_prices`, with the instantaneous price that stood beside it; and the quotes of the
 * round's freeze, a secret while it was open, are handed to history.
 */

import type { WindowOutcome } from './core/window.ts'
import type { AggregateRow, Batch, QuoteRow } from './history/history.ts'
import type { Kept } from './history/spill.ts'
import type { FeedSymbol } from './protocol/feed.ts'
import type { PriceRecord } from './protocol/wire.ts'
import type { RoundProvenance } from './protocol/wire-provenance.ts'

export type WindowVote = {
  readonly outcome: WindowOutcome
  /** The price that stood at the end of the window, if there was one. */
  readonly spot: PriceRecord | undefined
  readonly provenance: RoundProvenance
}

export type RoundsDeps = {
  readonly symbols: readonly FeedSymbol[]
  readonly windowMs: number
  /** The vote of a feed over a window. */
  readonly windowVote: (
    symbol: FeedSymbol,
    window: { readonly fromMs: number; readonly toMs: number },
  ) => Promise<WindowVote>
  /** Quotes of freezes whose rounds are over, each text a batch of its own. */
  readonly released: (
    nowMs: number,
  ) => Promise<readonly { readonly id: number; readonly quotes: string }[]>
  /** Forgets released quotes. */
  readonly forget: (id: number) => Promise<void>
  readonly keep: (batch: Batch, name: string) => Promise<Kept>
  readonly log: (event: Readonly<Record<string, unknown>>) => void
}

export type RoundReport = {
  readonly aggregated: number
  /** Feeds without a quorum over the window. */
  readonly withoutQuorum: readonly FeedSymbol[]
  readonly kept: Kept['kind'] | 'nothing'
  /** Rows that history refused for good. */
  readonly refused: number
}

const nothingKept = { kind: 'nothing', refused: 0 } as const

/**
 * Closes a round. Doing it twice changes nothing: rows are named by feed and round.
 *
 * @param toMs The end of the round, Unix milliseconds.
 */
export async function closeRound(
  votingRoundId: number,
  toMs: number,
  deps: RoundsDeps,
): Promise<RoundReport> {
  const window = { fromMs: toMs - deps.windowMs, toMs }
  const votes = await Promise.all(
    deps.symbols.map(async (symbol) => ({ symbol, vote: await voteOf(symbol, window, deps) })),
  )

  const rows: AggregateRow[] = []
  const withoutQuorum: FeedSymbol[] = []
  for (const { symbol, vote } of votes) {
    if (vote?.outcome.kind !== 'consensus') withoutQuorum.push(symbol)
    else rows.push(aggregateRowOf({ symbol, votingRoundId, toMs }, vote.outcome, vote))
  }
  const keep = async (): Promise<Kept | typeof nothingKept> =>
    rows.length === 0
      ? nothingKept
      : deps.keep({ kind: 'aggregates', rows }, `aggregates-${votingRoundId}`)
  const [{ kind: kept, refused }] = await Promise.all([keep(), keepReleased(toMs, deps)])
  return { aggregated: rows.length, withoutQuorum, kept, refused }
}

/** What is lost is not forgotten: the next close tries again. Never throws. */
async function keepReleased(nowMs: number, deps: RoundsDeps): Promise<void> {
  try {
    for (const { id, quotes } of await deps.released(nowMs)) {
      // Our own freeze wrote them, with the type that they are read with.
      const rows = JSON.parse(quotes) as QuoteRow[]
      const kept = await keepQuotes(rows, deps)
      if (kept.kind !== 'lost') await deps.forget(id)
    }
  } catch (error) {
    deps.log({ event: 'freeze-not-kept', reason: String(error) })
  }
}

/** Named as a tick's would be: by the instant of the freeze and the first quote. */
async function keepQuotes(rows: QuoteRow[], deps: RoundsDeps): Promise<Kept | typeof nothingKept> {
  const [first] = rows
  if (first === undefined) return nothingKept
  return deps.keep({ kind: 'quotes', rows }, `quotes-${first.tick_at}-${first.id}`)
}

async function voteOf(
  symbol: FeedSymbol,
  window: { readonly fromMs: number; readonly toMs: number },
  deps: RoundsDeps,
): Promise<WindowVote | undefined> {
  try {
    return await deps.windowVote(symbol, window)
  } catch (error) {
    deps.log({ event: 'window-vote-failed', symbol, reason: String(error) })
    return undefined
  }
}

function aggregateRowOf(
  round: { readonly symbol: FeedSymbol; readonly votingRoundId: number; readonly toMs: number },
  vote: Extract<WindowOutcome, { kind: 'consensus' }>,
  { spot, provenance }: WindowVote,
): AggregateRow {
  return {
    symbol: round.symbol,
    voting_round_id: round.votingRoundId,
    consensus_price: vote.price,
    ...(spot === undefined ? {} : { spot: spot.price }),
    confidence: vote.confidence,
    sources_used: vote.sources,
    algorithm: vote.algorithm,
    timestamp: round.toMs,
    vwap: vote.vwap,
    twap: vote.twap,
    weighted_median: vote.weightedMedian,
    outliers: vote.outliers,
    provenance,
  }
}
