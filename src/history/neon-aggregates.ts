/** Rounds' votes in Neon, each with its provenance in a table of its own. */

import type { FeedSymbol } from '../protocol/feed.ts'
import { isReadableProvenance } from '../protocol/wire-provenance.ts'
import { type AggregateRow, aggregateRowSchema } from './history.ts'
import { HistoryError } from './history-error.ts'
import type { NeonQuery } from './neon-client.ts'

/**
 * Rounds for which provenance is kept, counted back from the newest that is written: a week of
 * rounds of 90 seconds. It is some kilobytes a feed and round; prices are kept for ever.
 */
export const provenanceRounds = 6_720

/**
 * Most provenance that one write takes away, of all feeds together: more than it adds, so that what
 * has piled up goes too, and few enough that no write waits for it.
 */
const mostForgotten = 1_000

/**
 * Inserts all rows and their provenance in one statement: both are kept, or neither. The same
 * statement forgets the provenance of rounds that are older than `provenanceRounds`; what another
 * write is forgetting at the moment is left to it.
 */
export async function insertAggregates(
  query: NeonQuery,
  rows: readonly AggregateRow[],
): Promise<void> {
  await query(
    `WITH aggregate AS (
       SELECT *
       FROM jsonb_to_recordset($1::jsonb) AS given (
         symbol text, voting_round_id bigint, consensus_price numeric, spot numeric,
         confidence numeric, sources_used text[], algorithm text, "timestamp" bigint, vwap numeric,
         twap numeric, weighted_median numeric, outliers integer, provenance jsonb
       )
     ), due AS (
       SELECT symbol, voting_round_id
       FROM price_provenance
       WHERE voting_round_id <= (SELECT max(voting_round_id) FROM aggregate) - ${provenanceRounds}
       ORDER BY voting_round_id
       LIMIT ${mostForgotten}
       FOR UPDATE SKIP LOCKED
     ), forgotten AS (
       DELETE FROM price_provenance AS old
       USING due
       WHERE old.symbol = due.symbol AND old.voting_round_id = due.voting_round_id
     ), explained AS (
       INSERT INTO price_provenance (symbol, voting_round_id, provenance)
       SELECT symbol, voting_round_id, provenance FROM aggregate WHERE provenance IS NOT NULL
       ON CONFLICT DO NOTHING
     )
     INSERT INTO aggregated_prices (
       symbol, voting_round_id, consensus_price, spot, confidence, sources_used, algorithm,
       "timestamp", vwap, twap, weighted_median, outliers
     )
     SELECT
       symbol, voting_round_id, consensus_price, spot, confidence, sources_used, algorithm,
       timestamptz 'epoch' + "timestamp" * interval '1 ms', vwap, twap, weighted_median, outliers
     FROM aggregate
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  )
}

/** An aggregate as JSON. Only what stands at the top is left out where it is null. */
const aggregateAsJson = `
  jsonb_strip_nulls(jsonb_build_object(
    'symbol', symbol,
    'voting_round_id', voting_round_id,
    'consensus_price', consensus_price,
    'spot', spot,
    'confidence', confidence,
    'sources_used', sources_used,
    'algorithm', algorithm,
    'timestamp', (extract(epoch FROM "timestamp") * 1000)::bigint,
    'vwap', vwap,
    'twap', twap,
    'weighted_median', weighted_median,
    'outliers', outliers
  ))`

/** The newest aggregate of a feed, without its provenance. */
export async function latestAggregate(
  query: NeonQuery,
  symbol: FeedSymbol,
): Promise<AggregateRow | undefined> {
  const [row] = await query(
    `SELECT ${aggregateAsJson} AS aggregate
     FROM aggregated_prices
     WHERE symbol = $1
     ORDER BY voting_round_id DESC
     LIMIT 1`,
    [symbol],
  )
  return row === undefined ? undefined : parsed(row['aggregate'], `The latest of ${symbol}`)
}

/** The aggregate of a feed and round, with its provenance if that is still kept. */
export async function aggregateOf(
  query: NeonQuery,
  symbol: FeedSymbol,
  votingRoundId: number,
): Promise<AggregateRow | undefined> {
  const [row] = await query(
    `SELECT ${aggregateAsJson} || coalesce(
       (SELECT jsonb_build_object('provenance', provenance)
        FROM price_provenance AS kept
        WHERE kept.symbol = aggregated_prices.symbol
          AND kept.voting_round_id = aggregated_prices.voting_round_id),
       '{}'
     ) AS aggregate
     FROM aggregated_prices
     WHERE symbol = $1 AND voting_round_id = $2`,
    [symbol, votingRoundId],
  )
  const name = `The aggregate of ${symbol} in round ${votingRoundId}`
  return row === undefined ? undefined : parsed(row['aggregate'], name)
}

/** What another version wrote of how a price was made is as good as forgotten; the price is not. */
function parsed(aggregate: unknown, name: string): AggregateRow {
  const { provenance, ...price } = Object(aggregate) as { readonly provenance?: unknown }
  const isForeign = provenance !== undefined && !isReadableProvenance(provenance)
  const row = aggregateRowSchema.safeParse(isForeign ? price : aggregate)
  if (!row.success) throw new HistoryError('history-malformed', `${name} is unreadable.`)
  return row.data
}
