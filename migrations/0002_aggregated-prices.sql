-- One row a feed and voting round: what the vote of the round came to, and what it was made of.
--
-- A round's vote is written once and never again, so symbol and round are the key. The feed comes
-- first in it, since the question is "the latest of BTC/USD" far more often than "all of a round".

CREATE TABLE aggregated_prices (
  symbol          text        NOT NULL,
  voting_round_id bigint      NOT NULL,
  consensus_price numeric     NOT NULL,
  spot            numeric,
  confidence      numeric     NOT NULL,
  sources_used    text[]      NOT NULL,
  algorithm       text        NOT NULL,
  "timestamp"     timestamptz NOT NULL,
  vwap            numeric,
  twap            numeric,
  weighted_median numeric,
  outliers        integer     NOT NULL,
  PRIMARY KEY (symbol, voting_round_id),
  -- In Postgres NaN is greater than Infinity: the upper bounds keep both out.
  CONSTRAINT consensus_price_is_positive CHECK (consensus_price > 0 AND consensus_price < 'Infinity'),
  CONSTRAINT spot_is_positive CHECK (spot > 0 AND spot < 'Infinity'),
  CONSTRAINT vwap_is_positive CHECK (vwap > 0 AND vwap < 'Infinity'),
  CONSTRAINT twap_is_positive CHECK (twap > 0 AND twap < 'Infinity'),
  CONSTRAINT weighted_median_is_positive CHECK (weighted_median > 0 AND weighted_median < 'Infinity'),
  CONSTRAINT confidence_is_fraction CHECK (confidence BETWEEN 0 AND 1),
  CONSTRAINT round_is_not_negative CHECK (voting_round_id >= 0),
  CONSTRAINT outliers_is_not_negative CHECK (outliers >= 0),
  CONSTRAINT symbol_is_spelled CHECK (symbol ~ '^[A-Z0-9]{1,12}/[A-Z]{3,5}$')
);

COMMENT ON COLUMN aggregated_prices.consensus_price IS 'The vote over the window.';
COMMENT ON COLUMN aggregated_prices.spot IS 'The instantaneous vote, where there was a quorum.';
COMMENT ON COLUMN aggregated_prices."timestamp" IS 'The end of the round.';
