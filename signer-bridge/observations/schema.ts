/** The tables of the observations. No migrations: a cache of another version is made anew. */

import { confirmationSchema } from './confirmation-book.ts'

export const observationsVersion = '3'

export const observationsSchema = `
CREATE TABLE IF NOT EXISTS meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- What the chain has said of reward epochs, so that a restart need not search it again.
CREATE TABLE IF NOT EXISTS chain_event (
  block_number INTEGER NOT NULL,
  log_index    INTEGER NOT NULL,
  body         TEXT NOT NULL,
  PRIMARY KEY (block_number, log_index)
) STRICT, WITHOUT ROWID;

-- Every address that the registry has ever told for a contract.
CREATE TABLE IF NOT EXISTS contract (
  name    TEXT NOT NULL,
  address TEXT NOT NULL,
  PRIMARY KEY (name, address)
) STRICT, WITHOUT ROWID;

-- One stretch of blocks without a gap, without what is in them.
CREATE TABLE IF NOT EXISTS block (
  number        INTEGER PRIMARY KEY,
  timestamp_sec INTEGER NOT NULL,
  hash          TEXT NOT NULL
) STRICT;

-- The calls of Submission in these blocks, unread.
CREATE TABLE IF NOT EXISTS submission (
  block_number      INTEGER NOT NULL,
  transaction_index INTEGER NOT NULL,
  timestamp_sec     INTEGER NOT NULL,
  method            TEXT NOT NULL,
  sender            TEXT NOT NULL,
  calldata          TEXT NOT NULL,
  PRIMARY KEY (block_number, transaction_index)
) STRICT;
CREATE INDEX IF NOT EXISTS submission_by_time ON submission (method, timestamp_sec);

-- The roots that were relayed in them.
CREATE TABLE IF NOT EXISTS relayed (
  block_number     INTEGER NOT NULL,
  log_index        INTEGER NOT NULL,
  timestamp_sec    INTEGER NOT NULL,
  protocol_id      INTEGER NOT NULL,
  voting_round_id  INTEGER NOT NULL,
  is_secure_random INTEGER NOT NULL,
  merkle_root      TEXT NOT NULL,
  tx_hash          TEXT NOT NULL,
  PRIMARY KEY (block_number, log_index)
) STRICT;
CREATE INDEX IF NOT EXISTS relayed_by_round ON relayed (voting_round_id, protocol_id);
${confirmationSchema}`
