/** The journal's tables. What is bound is bound for ever: the database itself refuses to change it. */

import { handoverSchema } from './handovers.ts'
import { heldSchema } from './held-schema.ts'
import { relaySchema } from './relay-schema.ts'
import { rootSchema } from './root-schema.ts'

export const journalSchema = `
CREATE TABLE IF NOT EXISTS meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- The addresses whose journal this is.
CREATE TABLE IF NOT EXISTS signer (
  address     TEXT PRIMARY KEY,
  added_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a round commits to and reveals: written before anything is signed. Never leaves this machine
-- before the reveal.
CREATE TABLE IF NOT EXISTS round (
  voting_round_id INTEGER PRIMARY KEY,
  reward_epoch_id INTEGER NOT NULL,
  submit_address  TEXT NOT NULL,
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

-- Below its round nothing is bound any more, so that what was bound there may be forgotten.
CREATE TABLE IF NOT EXISTS watermark (
  signer      TEXT NOT NULL,
  kind        TEXT NOT NULL,
  protocol_id INTEGER NOT NULL,
  min_round   INTEGER NOT NULL,
  PRIMARY KEY (signer, kind, protocol_id)
) STRICT, WITHOUT ROWID;

-- How far the signature of what is bound has come: reserved, signed, sent, included, denied,
-- expired, unknown; and the signature itself, where it is asked for by itself. The part is that of
-- the call which carries it.
CREATE TABLE IF NOT EXISTS signing (
  signer          TEXT NOT NULL,
  kind            TEXT NOT NULL,
  protocol_id     INTEGER NOT NULL,
  voting_round_id INTEGER NOT NULL,
  part            TEXT,
  state           TEXT NOT NULL,
  signature       TEXT,
  noted_at_ms     INTEGER NOT NULL,
  PRIMARY KEY (signer, kind, protocol_id, voting_round_id)
) STRICT, WITHOUT ROWID;

-- What each call says, fixed when it is first claimed, and how far it has come: planned, confirmed,
-- failed, missed; with the receipt of what landed.
CREATE TABLE IF NOT EXISTS call (
  signer          TEXT NOT NULL,
  voting_round_id INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  part            TEXT NOT NULL,
  status          TEXT NOT NULL,
  calldata        TEXT,
  settled_at_ms   INTEGER,
  landed_nonce    INTEGER,
  gas_used        INTEGER,
  fee_wei         TEXT,
  PRIMARY KEY (signer, voting_round_id, kind, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS call_by_nonce ON call (signer, landed_nonce)
  WHERE landed_nonce IS NOT NULL;
CREATE INDEX IF NOT EXISTS call_by_end ON call (settled_at_ms) WHERE settled_at_ms IS NOT NULL;

-- Each signed transaction, written before it is sent.
CREATE TABLE IF NOT EXISTS attempt (
  serial          INTEGER PRIMARY KEY AUTOINCREMENT,
  tx_hash         TEXT NOT NULL UNIQUE,
  signer          TEXT NOT NULL,
  voting_round_id INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  part            TEXT NOT NULL,
  nonce           INTEGER NOT NULL,
  gas             INTEGER NOT NULL,
  max_fee_wei     TEXT NOT NULL,
  tip_wei         TEXT NOT NULL,
  raw             TEXT NOT NULL,
  signature       TEXT NOT NULL,
  signed_at_ms    INTEGER NOT NULL,
  state           TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS attempt_by_call ON attempt (voting_round_id, kind);
CREATE INDEX IF NOT EXISTS attempt_by_nonce ON attempt (signer, nonce);

-- Which call a nonce is given to, claimed before the signature.
CREATE TABLE IF NOT EXISTS nonce (
  signer          TEXT NOT NULL,
  nonce           INTEGER NOT NULL,
  voting_round_id INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  part            TEXT NOT NULL,
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

-- Triggers are recursive here, so that INSERT OR REPLACE fires those of DELETE.
CREATE TRIGGER IF NOT EXISTS binding_is_for_ever BEFORE UPDATE ON binding
BEGIN SELECT RAISE(ABORT, 'a binding is for ever'); END;
CREATE TRIGGER IF NOT EXISTS binding_is_forgotten_below_its_watermark BEFORE DELETE ON binding
WHEN NOT EXISTS (
  SELECT 1 FROM watermark
  WHERE signer = OLD.signer AND kind = OLD.kind AND protocol_id = OLD.protocol_id
    AND min_round > OLD.voting_round_id)
BEGIN SELECT RAISE(ABORT, 'a binding is for ever'); END;
CREATE TRIGGER IF NOT EXISTS nothing_is_bound_below_a_watermark BEFORE INSERT ON binding
WHEN EXISTS (
  SELECT 1 FROM watermark
  WHERE signer = NEW.signer AND kind = NEW.kind AND protocol_id = NEW.protocol_id
    AND min_round > NEW.voting_round_id)
BEGIN SELECT RAISE(ABORT, 'nothing is bound below a watermark'); END;
CREATE TRIGGER IF NOT EXISTS watermark_only_rises BEFORE UPDATE ON watermark
WHEN NEW.min_round < OLD.min_round OR NEW.signer <> OLD.signer OR NEW.kind <> OLD.kind
  OR NEW.protocol_id <> OLD.protocol_id
BEGIN SELECT RAISE(ABORT, 'a watermark only rises'); END;
CREATE TRIGGER IF NOT EXISTS watermark_is_never_deleted BEFORE DELETE ON watermark
BEGIN SELECT RAISE(ABORT, 'a watermark only rises'); END;
CREATE TRIGGER IF NOT EXISTS calldata_is_fixed BEFORE UPDATE OF calldata ON call
WHEN OLD.calldata IS NOT NULL AND NEW.calldata IS NOT OLD.calldata
BEGIN SELECT RAISE(ABORT, 'the calldata of a call is fixed'); END;
${handoverSchema}${heldSchema}${rootSchema}
${relaySchema}`
