/** The table of the journal's held votes; by itself, since the schema is at the root of all imports. */

export const heldSchema = `
-- What a standby could reveal: as secret as a round's vote. Nothing is bound by it.
CREATE TABLE IF NOT EXISTS held_vote (
  voting_round_id INTEGER NOT NULL,
  reward_epoch_id INTEGER NOT NULL,
  submit_address  TEXT NOT NULL,
  frozen_at_ms    INTEGER NOT NULL,
  held_at_ms      INTEGER NOT NULL,
  random          TEXT NOT NULL,
  feed_values     TEXT NOT NULL,
  commit_hash     TEXT NOT NULL,
  PRIMARY KEY (voting_round_id, commit_hash)
) STRICT, WITHOUT ROWID;
`
