/**
 * The tables of housekeeping's own journal. It is a file beside the bridge's, with a lock of its own,
 * so that a claim can be sent while the bridge runs.
 */

export const housekeepingVersion = '1'

export const housekeepingSchema = `
CREATE TABLE IF NOT EXISTS meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- A call and the nonce that it is given, both fixed before anything is signed. Its state: open;
-- landed, reverted (the receipt says which); replaced (another transaction has its nonce); denied (a
-- person said no); void (nothing was ever signed for it).
CREATE TABLE IF NOT EXISTS job (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  kind            TEXT NOT NULL,
  owner           TEXT NOT NULL,
  reward_epoch_id INTEGER NOT NULL,
  sender          TEXT NOT NULL,
  contract        TEXT NOT NULL,
  calldata        TEXT NOT NULL,
  calldata_hash   TEXT NOT NULL,
  nonce           INTEGER NOT NULL,
  gas             INTEGER NOT NULL,
  state           TEXT NOT NULL,
  planned_at_ms   INTEGER NOT NULL,
  settled_at_ms   INTEGER,
  tx_hash         TEXT,
  gas_used        INTEGER,
  fee_wei         TEXT
) STRICT;
-- One that may still land for each sender, and for each owner: the same is never sent twice.
CREATE UNIQUE INDEX IF NOT EXISTS job_open_by_sender ON job (sender) WHERE state = 'open';
CREATE UNIQUE INDEX IF NOT EXISTS job_open_by_owner ON job (kind, owner) WHERE state = 'open';
-- A nonce says one thing for ever, unless nothing was signed at it.
CREATE UNIQUE INDEX IF NOT EXISTS job_by_nonce ON job (sender, nonce)
  WHERE state NOT IN ('void', 'denied');
CREATE TRIGGER IF NOT EXISTS job_is_fixed
  BEFORE UPDATE OF kind, owner, reward_epoch_id, sender, contract, calldata, calldata_hash, nonce, gas
  ON job
BEGIN SELECT RAISE(ABORT, 'a job is fixed'); END;
CREATE TRIGGER IF NOT EXISTS job_is_settled_once BEFORE UPDATE OF state ON job
  WHEN OLD.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'a job is settled once'); END;

-- Each signed transaction of one, written before it is sent: signed, accepted, underpriced.
CREATE TABLE IF NOT EXISTS attempt (
  serial        INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id        INTEGER NOT NULL REFERENCES job (id),
  tx_hash       TEXT NOT NULL UNIQUE,
  max_fee_wei   TEXT NOT NULL,
  tip_wei       TEXT NOT NULL,
  raw           TEXT NOT NULL,
  signed_at_ms  INTEGER NOT NULL,
  state         TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS attempt_by_job ON attempt (job_id);
`
