/** The journal's tables. What is bound is bound for ever: the database itself refuses to change it. */

/** A journal of another version is refused, never guessed at. */
export const journalVersion = '1'

export const journalSchema = `
CREATE TABLE IF NOT EXISTS meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- What a round commits to and reveals: written before anything is signed. Never leaves this machine
-- before the reveal.
CREATE TABLE IF NOT EXISTS round (
  voting_round_id INTEGER PRIMARY KEY,
  reward_epoch_id INTEGER NOT NULL,
  frozen_at_ms    INTEGER NOT NULL,
  prepared_at_ms  INTEGER NOT NULL,
  random          TEXT NOT NULL,
  feed_values     TEXT NOT NULL,
  commit_hash     TEXT NOT NULL
) STRICT;

-- One digest for one (signer, kind, protocol, round). The chain is that of the whole journal.
CREATE TABLE IF NOT EXISTS binding (
  signer          TEXT NOT NULL,
  kind            TEXT NOT NULL,
  protocol_id     INTEGER NOT NULL,
  voting_round_id INTEGER NOT NULL,
  digest          TEXT NOT NULL,
  bound_at_ms     INTEGER NOT NULL,
  PRIMARY KEY (signer, kind, protocol_id, voting_round_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS binding_is_for_ever BEFORE UPDATE ON binding
BEGIN SELECT RAISE(ABORT, 'a binding is for ever'); END;
-- Also fired by INSERT OR REPLACE, since triggers are recursive here.
CREATE TRIGGER IF NOT EXISTS binding_is_never_deleted BEFORE DELETE ON binding
BEGIN SELECT RAISE(ABORT, 'a binding is for ever'); END;

-- How far each call has come: planned, confirmed, failed, missed.
CREATE TABLE IF NOT EXISTS call (
  voting_round_id INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  status          TEXT NOT NULL,
  settled_at_ms   INTEGER,
  landed_nonce    INTEGER,
  PRIMARY KEY (voting_round_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS call_by_nonce ON call (landed_nonce) WHERE landed_nonce IS NOT NULL;

-- Each signed transaction, written before it is sent.
CREATE TABLE IF NOT EXISTS attempt (
  serial          INTEGER PRIMARY KEY AUTOINCREMENT,
  tx_hash         TEXT NOT NULL UNIQUE,
  voting_round_id INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  nonce           INTEGER NOT NULL,
  max_fee_wei     TEXT NOT NULL,
  tip_wei         TEXT NOT NULL,
  raw             TEXT NOT NULL,
  signature       TEXT NOT NULL,
  signed_at_ms    INTEGER NOT NULL,
  state           TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS attempt_by_call ON attempt (voting_round_id, kind);
CREATE INDEX IF NOT EXISTS attempt_by_nonce ON attempt (nonce);

-- Which call a nonce is given to, claimed before the signature.
CREATE TABLE IF NOT EXISTS nonce (
  signer          TEXT NOT NULL,
  nonce           INTEGER NOT NULL,
  voting_round_id INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  calldata_hash   TEXT NOT NULL,
  PRIMARY KEY (signer, nonce)
) STRICT, WITHOUT ROWID;

-- A commit that may be out owes a reveal: open, met, missed, void.
CREATE TABLE IF NOT EXISTS obligation (
  voting_round_id INTEGER PRIMARY KEY,
  state           TEXT NOT NULL,
  since_ms        INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS obligation_open ON obligation (state) WHERE state = 'open';

-- Reports that the Worker has not acknowledged.
CREATE TABLE IF NOT EXISTS report (
  id           TEXT PRIMARY KEY,
  body         TEXT NOT NULL,
  queued_at_ms INTEGER NOT NULL
) STRICT;

-- What the chain has said of reward epochs, so that a restart need not search it again.
CREATE TABLE IF NOT EXISTS chain_event (
  block_number INTEGER NOT NULL,
  log_index    INTEGER NOT NULL,
  body         TEXT NOT NULL,
  PRIMARY KEY (block_number, log_index)
) STRICT, WITHOUT ROWID;
`
