-- What became of each call of ours on chain: one row a report of the signer bridge, so that a round's
-- history can be told though the chain's submissions emit no events.
--
-- The bridge's journal makes the id, and sends a report until it is acknowledged: the same report has
-- the same id, and the second time it changes nothing. A call has several rows as it goes from sent to
-- confirmed; none is ever changed. A fee in wei needs more digits than a bigint has.

CREATE TABLE submissions_log (
  id              uuid        PRIMARY KEY,
  epoch           bigint      NOT NULL,
  kind            text        NOT NULL,
  status          text        NOT NULL,
  signer          text        NOT NULL,
  tx_hash         text,
  signature       text,
  block_number    bigint,
  block_timestamp timestamptz,
  gas_used        bigint,
  fee_wei         numeric,
  attempts        integer     NOT NULL,
  error           text,
  at              timestamptz NOT NULL,
  CONSTRAINT epoch_is_not_negative CHECK (epoch >= 0),
  CONSTRAINT kind_is_known CHECK (kind IN ('submit1', 'submit2', 'submitSignatures')),
  CONSTRAINT status_is_known CHECK (status IN ('sent', 'confirmed', 'failed', 'missed')),
  CONSTRAINT signer_is_address CHECK (signer ~ '^0x[0-9a-fA-F]{40}$'),
  CONSTRAINT tx_hash_is_hash CHECK (tx_hash ~ '^0x[0-9a-f]{64}$'),
  CONSTRAINT signature_is_65_bytes CHECK (signature ~ '^0x[0-9a-f]{130}$'),
  CONSTRAINT gas_used_is_not_negative CHECK (gas_used >= 0),
  CONSTRAINT fee_is_not_negative CHECK (fee_wei >= 0 AND fee_wei < 'Infinity'),
  CONSTRAINT attempts_is_not_negative CHECK (attempts >= 0)
);

COMMENT ON COLUMN submissions_log.epoch IS 'The voting round.';
COMMENT ON COLUMN submissions_log.signature IS 'Of the transaction: r, s, v.';
COMMENT ON COLUMN submissions_log.block_timestamp IS 'It decides in which window the call counts.';
COMMENT ON COLUMN submissions_log.at IS 'When it happened, by the clock of the bridge.';

-- The newest are asked for, page by page; or those of a round.
CREATE INDEX submissions_log_by_time ON submissions_log (at DESC, id DESC);
CREATE INDEX submissions_log_by_epoch ON submissions_log (epoch DESC);
