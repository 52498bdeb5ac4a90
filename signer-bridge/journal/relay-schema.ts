/** The journal's tables of relays: what makes a round final, and the transactions that carry it. */

/** Added to the journal's schema. */
export const relaySchema = `
-- What is relayed of a round, fixed before it is signed.
CREATE TABLE IF NOT EXISTS relay (
  voting_round_id INTEGER PRIMARY KEY,
  signer          TEXT NOT NULL,
  calldata        TEXT NOT NULL,
  bound_at_ms     INTEGER NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS relay_is_fixed BEFORE UPDATE ON relay
BEGIN SELECT RAISE(ABORT, 'a relay is fixed'); END;

-- Each signed transaction of one, written before it is sent.
CREATE TABLE IF NOT EXISTS relay_attempt (
  serial          INTEGER PRIMARY KEY AUTOINCREMENT,
  tx_hash         TEXT NOT NULL UNIQUE,
  signer          TEXT NOT NULL,
  voting_round_id INTEGER NOT NULL,
  nonce           INTEGER NOT NULL,
  gas             INTEGER NOT NULL,
  max_fee_wei     TEXT NOT NULL,
  tip_wei         TEXT NOT NULL,
  raw             TEXT NOT NULL,
  signed_at_ms    INTEGER NOT NULL
) STRICT;

-- Those that no node took.
CREATE TABLE IF NOT EXISTS relay_untaken (
  tx_hash         TEXT PRIMARY KEY,
  voting_round_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What those cost that are on chain.
CREATE TABLE IF NOT EXISTS relay_cost (
  tx_hash         TEXT PRIMARY KEY,
  voting_round_id INTEGER NOT NULL,
  fee_wei         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS relay_attempt_by_round ON relay_attempt (voting_round_id);
CREATE INDEX IF NOT EXISTS relay_attempt_by_nonce ON relay_attempt (signer, nonce);
`
