/** A journal as version 1 of the bridge made it, with a round that owes its reveal and one that is over. */

import { DatabaseSync } from 'node:sqlite'
import { keccak256 } from 'viem'
import { calldataOf, digestOf, type Vote } from '../../signer-bridge/vote.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { account } from './bridge-world.ts'
import { journalVote } from './bridge-journal.ts'

/** The tables of version 1, as they were released. */
const schema = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE round (
  voting_round_id INTEGER PRIMARY KEY, reward_epoch_id INTEGER NOT NULL,
  frozen_at_ms INTEGER NOT NULL, prepared_at_ms INTEGER NOT NULL,
  random TEXT NOT NULL, feed_values TEXT NOT NULL, commit_hash TEXT NOT NULL) STRICT;
CREATE TABLE binding (
  signer TEXT NOT NULL, kind TEXT NOT NULL, protocol_id INTEGER NOT NULL,
  voting_round_id INTEGER NOT NULL, digest TEXT NOT NULL, bound_at_ms INTEGER NOT NULL,
  PRIMARY KEY (signer, kind, protocol_id, voting_round_id)) STRICT, WITHOUT ROWID;
CREATE TRIGGER binding_is_for_ever BEFORE UPDATE ON binding
BEGIN SELECT RAISE(ABORT, 'a binding is for ever'); END;
CREATE TRIGGER binding_is_never_deleted BEFORE DELETE ON binding
BEGIN SELECT RAISE(ABORT, 'a binding is for ever'); END;
CREATE TABLE call (
  voting_round_id INTEGER NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL,
  settled_at_ms INTEGER, landed_nonce INTEGER,
  PRIMARY KEY (voting_round_id, kind)) STRICT, WITHOUT ROWID;
CREATE INDEX call_by_nonce ON call (landed_nonce) WHERE landed_nonce IS NOT NULL;
CREATE TABLE attempt (
  serial INTEGER PRIMARY KEY AUTOINCREMENT, tx_hash TEXT NOT NULL UNIQUE,
  voting_round_id INTEGER NOT NULL, kind TEXT NOT NULL, nonce INTEGER NOT NULL,
  max_fee_wei TEXT NOT NULL, tip_wei TEXT NOT NULL, raw TEXT NOT NULL, signature TEXT NOT NULL,
  signed_at_ms INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
CREATE INDEX attempt_by_call ON attempt (voting_round_id, kind);
CREATE INDEX attempt_by_nonce ON attempt (nonce);
CREATE TABLE nonce (
  signer TEXT NOT NULL, nonce INTEGER NOT NULL, voting_round_id INTEGER NOT NULL,
  kind TEXT NOT NULL, calldata_hash TEXT NOT NULL,
  PRIMARY KEY (signer, nonce)) STRICT, WITHOUT ROWID;
CREATE TABLE obligation (
  voting_round_id INTEGER PRIMARY KEY, state TEXT NOT NULL, since_ms INTEGER NOT NULL) STRICT;
CREATE INDEX obligation_open ON obligation (state) WHERE state = 'open';
CREATE TABLE report (
  id TEXT PRIMARY KEY, body TEXT NOT NULL, queued_at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE chain_event (
  block_number INTEGER NOT NULL, log_index INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (block_number, log_index)) STRICT, WITHOUT ROWID;`

export const oldHolder = 'f3d1c0de-0000-4000-8000-000000000001'

/** Its two votes: round 6 is over, round 7 is committed to and owes its reveal. */
export const oldVotes: readonly Vote[] = [{ ...journalVote, votingRoundId: 6 }, journalVote]

/** Makes the file. @returns The transaction of the commit that is out. */
export async function makeVersion1(file: string): Promise<`0x${string}`> {
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA journal_mode = WAL; ${schema}`)
  const insert = (table: string, ...values: readonly (string | number | null)[]) =>
    database.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join()})`).run(...values)
  const signer = account.address.toLowerCase()
  for (const [name, value] of [
    ['version', '1'],
    ['chain_id', '31337'],
    ['submit_address', signer],
    ['holder', oldHolder],
    ['genesis', '0x01'],
    ['searched', '{"fromBlock":1,"toBlock":9}'],
  ] as const) {
    insert('meta', name, value)
  }
  insert('chain_event', 1, 0, '{}')
  for (const vote of oldVotes) {
    const { votingRoundId: round, random, feedValues, commit } = vote
    insert('round', round, 1, 70_000, 70_001, random, feedValues, commit)
    insert('binding', signer, 'commit', 100, round, digestOf(vote, 'submit1'), 70_001)
    insert('binding', signer, 'reveal', 100, round, digestOf(vote, 'submit2'), 70_001)
  }
  insert('call', 6, 'submit1', 'confirmed', 80_000, 3)
  insert('call', 6, 'submit2', 'failed', 90_000, null)
  insert('call', 7, 'submit1', 'planned', null, null)
  insert('call', 7, 'submit2', 'planned', null, null)
  insert('obligation', 6, 'missed', 70_002)
  insert('obligation', 7, 'open', 70_002)

  const calldata = calldataOf(journalVote, 'submit1')
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: 31_337,
    nonce: 4,
    to: submissionAddress,
    value: 0n,
    data: calldata,
    gas: 100_000n,
    maxFeePerGas: 9n,
    maxPriorityFeePerGas: 2n,
  })
  const what = [7, 'submit1', 4, '9', '2', raw, `0x${'44'.repeat(65)}`, 71_000, 'accepted'] as const
  insert('attempt', 1, keccak256(raw), ...what)
  insert('nonce', signer, 4, 7, 'submit1', keccak256(calldata))
  database.close()
  return raw
}
