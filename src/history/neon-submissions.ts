/** What became of our calls on chain, in Neon: one row a report, each once by its id. */

import { z } from 'zod'
import { type SubmissionReport, submissionReportSchema } from '../protocol/bridge-wire.ts'
import type { SubmissionPlace } from './history.ts'
import { HistoryError } from './history-error.ts'
import type { NeonQuery } from './neon-client.ts'

export async function insertSubmissions(
  query: NeonQuery,
  rows: readonly SubmissionReport[],
): Promise<void> {
  await query(
    `INSERT INTO submissions_log (
       id, epoch, kind, status, signer, tx_hash, signature, block_number, block_timestamp, gas_used,
       fee_wei, attempts, error, at
     )
     SELECT
       id, voting_round_id, kind, status, signer, tx_hash, signature, block_number,
       to_timestamp(block_timestamp), gas_used, fee_wei, attempts, error,
       timestamptz 'epoch' + at * interval '1 ms'
     FROM jsonb_to_recordset($1::jsonb) AS report (
       id uuid, voting_round_id bigint, kind text, status text, signer text, tx_hash text,
       signature text, block_number bigint, block_timestamp bigint, gas_used bigint,
       fee_wei numeric, attempts integer, error text, at bigint
     )
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  )
}

/** The fee leaves as text: it is more than a JSON number can hold. */
const report = `jsonb_strip_nulls(jsonb_build_object(
  'id', id,
  'voting_round_id', epoch,
  'kind', kind,
  'status', status,
  'signer', signer,
  'at', (extract(epoch FROM at) * 1000)::bigint,
  'attempts', attempts,
  'tx_hash', tx_hash,
  'signature', signature,
  'block_number', block_number,
  'block_timestamp', extract(epoch FROM block_timestamp)::bigint,
  'gas_used', gas_used,
  'fee_wei', fee_wei::text,
  'error', error
))`

export async function newestSubmissions(
  query: NeonQuery,
  limit: number,
  before: SubmissionPlace | undefined,
): Promise<readonly SubmissionReport[]> {
  const rows =
    before === undefined
      ? await query(
          `SELECT ${report} AS report FROM submissions_log ORDER BY at DESC, id DESC LIMIT $1`,
          [limit],
        )
      : await query(
          `SELECT ${report} AS report FROM submissions_log
           WHERE (at, id) < (timestamptz 'epoch' + $2::bigint * interval '1 ms', $3::uuid)
           ORDER BY at DESC, id DESC LIMIT $1`,
          [limit, before.atMs, before.id],
        )
  const parsed = z.array(submissionReportSchema).safeParse(rows.map((row) => row['report']))
  if (!parsed.success) {
    throw new HistoryError('history-malformed', 'A stored submission is unreadable.')
  }
  return parsed.data
}
