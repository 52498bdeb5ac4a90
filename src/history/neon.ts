/**
 * History in Neon. A batch is one statement with one JSON parameter: prices travel as the shortest
 * digits that mean the same number, and Postgres reads them into `numeric` exactly.
 */

import type { History, QuoteRow } from './history.ts'
import { HistoryError } from './history-error.ts'
import { aggregateOf, insertAggregates, latestAggregate } from './neon-aggregates.ts'
import { type NeonQuery, type NeonSettings, neonQuery } from './neon-client.ts'
import { insertSubmissions, newestSubmissions } from './neon-submissions.ts'

const dayMs = 86_400_000

/** A batch is one tick's or one round's; more days than this are a fault of whoever made it. */
const maxDaysInBatch = 31

/**
 * History kept in the Neon database of these settings.
 *
 * @throws {HistoryError} `history-misconfigured` if the URL names no database.
 */
export function neonHistory(settings: NeonSettings): History {
  const query = neonQuery(settings)
  return {
    insert: async (batch) => {
      if (batch.rows.length === 0) return
      switch (batch.kind) {
        case 'quotes':
          return insertQuotes(query, batch.rows)
        case 'aggregates':
          return insertAggregates(query, batch.rows)
        case 'submissions':
          return insertSubmissions(query, batch.rows)
      }
    },
    latestAggregate: (symbol) => latestAggregate(query, symbol),
    aggregateOf: (symbol, votingRoundId) => aggregateOf(query, symbol, votingRoundId),
    submissions: (limit, before) => newestSubmissions(query, limit, before),
    ping: async () => {
      await query('SELECT 1')
    },
  }
}

/** Instants are whole milliseconds here; this product is exact in Postgres until the year 200 000. */
const quotesStatement = `
  INSERT INTO price_feeds (
    id, symbol, price, volume, "timestamp", source, ingested_at, worker_id, tick_at, metadata
  )
  SELECT
    id, symbol, price, volume,
    timestamptz 'epoch' + "timestamp" * interval '1 ms',
    source,
    timestamptz 'epoch' + ingested_at * interval '1 ms',
    worker_id,
    timestamptz 'epoch' + tick_at * interval '1 ms',
    metadata
  FROM jsonb_to_recordset($1::jsonb) AS quote (
    id uuid, symbol text, price numeric, volume numeric, "timestamp" bigint, source text,
    ingested_at bigint, worker_id text, tick_at bigint, metadata jsonb
  )
  ON CONFLICT DO NOTHING`

async function insertQuotes(query: NeonQuery, rows: readonly QuoteRow[]): Promise<void> {
  const params = [JSON.stringify(rows)]
  try {
    await query(quotesStatement, params)
  } catch (error) {
    if (!isMissingPartition(error)) throw error
    await makePartitions(query, rows)
    await query(quotesStatement, params)
  }
}

/**
 * Postgres reports a row without a partition as a violated check (23514); unlike every check of
 * ours it has no name. Seen in Postgres 15 and 18, 2026-11-22.
 */
function isMissingPartition(error: unknown): boolean {
  return (
    error instanceof HistoryError && error.sqlState === '23514' && error.constraint === undefined
  )
}

async function makePartitions(query: NeonQuery, rows: readonly QuoteRow[]): Promise<void> {
  const days = [...new Set(rows.map((row) => Math.floor(row.tick_at / dayMs)))]
  if (days.length > maxDaysInBatch) {
    throw new HistoryError('history-refused', `One batch names ticks of ${days.length} days.`)
  }
  await query(
    `SELECT make_price_feeds_partition(date '1970-01-01' + day) FROM unnest($1::integer[]) AS day`,
    [days],
  )
}
