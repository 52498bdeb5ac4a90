/**
 * Brings a journal up to the present version: in one transaction, so that it is of the old version
 * or of the new one and never of none.
 */

import { parseTransaction } from 'viem'
import { z } from 'zod'
import { type Database, JournalError } from './database.ts'
import { journalSchema } from './schema.ts'
import { journalVersion, versionOf } from './version.ts'

/**
 * Makes the tables of a new journal, or brings those of an older one up to date; within a
 * transaction of the caller's.
 *
 * @param exec Runs statements as they stand.
 * @throws {JournalError} `journal-of-another` if its version is none that is known here.
 */
export function migrate(database: Database, exec: (sql: string) => void): void {
  const version = versionOf(database)
  if (version !== undefined && version !== journalVersion && version !== '1') {
    throw new JournalError(
      'journal-of-another',
      `The journal is of another version (${version}) than this program (${journalVersion}).`,
    )
  }
  if (version === '1') {
    exec(asideSql)
    exec(journalSchema)
    exec(copySql)
    fillCalldata(database)
    exec(doneSql)
  } else {
    exec(journalSchema)
  }
}

/** Indexes keep their names when their tables are renamed, so they go. */
const asideSql = `
  DROP TRIGGER binding_is_never_deleted;
  DROP INDEX call_by_nonce;
  DROP INDEX attempt_by_call;
  DROP INDEX attempt_by_nonce;
  ALTER TABLE round RENAME TO round_1;
  ALTER TABLE call RENAME TO call_1;
  ALTER TABLE attempt RENAME TO attempt_1;
  ALTER TABLE nonce RENAME TO nonce_1;`

/** Version 1 knew one key, no parts and one limit of gas. */
const copySql = `
  INSERT INTO signer SELECT value, CAST(unixepoch('subsec') * 1000 AS INTEGER)
    FROM meta WHERE name = 'submit_address';
  INSERT INTO round
    SELECT voting_round_id, reward_epoch_id, signer.address, frozen_at_ms, prepared_at_ms, random,
           feed_values, commit_hash
    FROM round_1, signer;
  INSERT INTO call (signer, voting_round_id, kind, part, status, settled_at_ms, landed_nonce)
    SELECT signer.address, voting_round_id, kind, 'main', status, settled_at_ms, landed_nonce
    FROM call_1, signer;
  INSERT INTO attempt (serial, tx_hash, signer, voting_round_id, kind, part, nonce, gas, max_fee_wei,
                       tip_wei, raw, signature, signed_at_ms, state)
    SELECT serial, tx_hash, signer.address, voting_round_id, kind, 'main', nonce, 100000,
           max_fee_wei, tip_wei, raw, signature, signed_at_ms, state
    FROM attempt_1, signer ORDER BY serial;
  INSERT INTO nonce (signer, nonce, voting_round_id, kind, part, calldata_hash)
    SELECT signer, nonce, voting_round_id, kind, 'main', calldata_hash FROM nonce_1;
  INSERT INTO signing (signer, kind, protocol_id, voting_round_id, part, state, noted_at_ms)
    SELECT binding.signer, binding.kind, protocol_id, binding.voting_round_id, 'main',
           CASE WHEN call_1.landed_nonce IS NOT NULL THEN 'included'
                WHEN call_1.status IN ('failed', 'missed') THEN 'expired'
                WHEN EXISTS (SELECT 1 FROM attempt_1
                             WHERE attempt_1.voting_round_id = call_1.voting_round_id
                               AND attempt_1.kind = call_1.kind) THEN 'sent'
                ELSE 'reserved' END,
           bound_at_ms
    FROM binding
    JOIN call_1 ON call_1.voting_round_id = binding.voting_round_id
     AND call_1.kind = CASE binding.kind WHEN 'commit' THEN 'submit1' ELSE 'submit2' END;`

const doneSql = `
  DROP TABLE round_1;
  DROP TABLE call_1;
  DROP TABLE attempt_1;
  DROP TABLE nonce_1;
  DROP TABLE chain_event;
  DELETE FROM meta WHERE name IN ('submit_address', 'searched');
  UPDATE meta SET value = '${journalVersion}' WHERE name = 'version';`

const sentRowsSchema = z.array(
  z.object({
    voting_round_id: z.int(),
    kind: z.string(),
    raw: z.templateLiteral(['0x02', z.string().regex(/^[0-9a-f]*$/)]),
  }),
)

/** What has been sent is what the call says for ever: version 1 kept it in the transaction alone. */
function fillCalldata({ all, run }: Database): void {
  const rows = all('SELECT voting_round_id, kind, raw FROM attempt GROUP BY voting_round_id, kind')
  for (const { voting_round_id: round, kind, raw } of sentRowsSchema.parse(rows)) {
    run('UPDATE call SET calldata = ? WHERE voting_round_id = ? AND kind = ?', [
      parseTransaction(raw).data ?? null,
      round,
      kind,
    ])
  }
}
