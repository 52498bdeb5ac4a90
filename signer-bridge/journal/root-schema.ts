/** The journal's tables of roots: what is signed of a round's result, and how it compared. */

/** Added to the journal's schema. */
export const rootSchema = `
-- The one message of a round that may be signed, for ever, and its signature once there is one.
CREATE TABLE IF NOT EXISTS root (
  protocol_id     INTEGER NOT NULL,
  voting_round_id INTEGER NOT NULL,
  reward_epoch_id INTEGER NOT NULL,
  signer          TEXT NOT NULL,
  sender          TEXT NOT NULL,
  message         TEXT NOT NULL,
  bound_at_ms     INTEGER NOT NULL,
  digest_form     TEXT,
  signature       TEXT,
  signed_at_ms    INTEGER,
  refused_as      TEXT,
  is_open         INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (protocol_id, voting_round_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS root_open ON root (protocol_id, voting_round_id) WHERE is_open = 1;
CREATE TRIGGER IF NOT EXISTS root_is_for_ever BEFORE UPDATE ON root
WHEN old.message IS NOT new.message OR old.signer IS NOT new.signer
  OR old.protocol_id IS NOT new.protocol_id OR old.voting_round_id IS NOT new.voting_round_id
  OR (old.signature IS NOT NULL AND old.signature IS NOT new.signature)
  OR (old.refused_as IS NOT NULL AND old.refused_as IS NOT new.refused_as)
BEGIN SELECT RAISE(ABORT, 'a root is for ever'); END;
CREATE TRIGGER IF NOT EXISTS root_is_forgotten_below_its_watermark BEFORE DELETE ON root
WHEN NOT EXISTS (
  SELECT 1 FROM watermark
  WHERE signer = OLD.signer AND kind = 'root' AND protocol_id = OLD.protocol_id
    AND min_round > OLD.voting_round_id)
BEGIN SELECT RAISE(ABORT, 'a root is for ever'); END;

-- What another protocol's client said is to stand behind the signature of its root: unsigned bytes,
-- fixed together with the message, so that a restart sends the same.
CREATE TABLE IF NOT EXISTS root_tail (
  protocol_id     INTEGER NOT NULL,
  voting_round_id INTEGER NOT NULL,
  unsigned        TEXT NOT NULL,
  PRIMARY KEY (protocol_id, voting_round_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS root_tail_is_fixed BEFORE UPDATE ON root_tail
BEGIN SELECT RAISE(ABORT, 'what stands behind a signature is fixed'); END;
CREATE TRIGGER IF NOT EXISTS root_tail_is_forgotten_after_its_root BEFORE DELETE ON root_tail
WHEN EXISTS (
  SELECT 1 FROM root
  WHERE protocol_id = OLD.protocol_id AND voting_round_id = OLD.voting_round_id)
BEGIN SELECT RAISE(ABORT, 'what stands behind a signature is fixed'); END;

-- Our root of each round against the one that was made final.
CREATE TABLE IF NOT EXISTS root_verdict (
  voting_round_id INTEGER PRIMARY KEY,
  verdict         TEXT NOT NULL,
  ours            TEXT,
  theirs          TEXT,
  at_ms           INTEGER NOT NULL
) STRICT;

-- What a mismatch rests on.
CREATE TABLE IF NOT EXISTS root_evidence (
  serial          INTEGER PRIMARY KEY AUTOINCREMENT,
  voting_round_id INTEGER NOT NULL,
  body            TEXT NOT NULL,
  at_ms           INTEGER NOT NULL
) STRICT;
`
