-- What a round's price was made of, so that anybody can redo the vote by hand: the quotes of the
-- window, and of the instantaneous vote every source with its weight, or why it was left out.
--
-- It stands beside aggregated_prices and not in it. A price is a few numbers that are kept for ever;
-- its provenance is some kilobytes that may go when the raw quotes of the same days go, and deleting
-- rows here leaves the table that readers ask all the time as it is.

CREATE TABLE price_provenance (
  symbol          text   NOT NULL,
  voting_round_id bigint NOT NULL,
  provenance      jsonb  NOT NULL,
  PRIMARY KEY (symbol, voting_round_id),
  CONSTRAINT round_is_not_negative CHECK (voting_round_id >= 0),
  CONSTRAINT provenance_is_object CHECK (jsonb_typeof(provenance) = 'object'),
  CONSTRAINT symbol_is_spelled CHECK (symbol ~ '^[A-Z0-9]{1,12}/[A-Z]{3,5}$')
);

-- Old rounds are deleted by their number, of all feeds at once.
CREATE INDEX price_provenance_by_round ON price_provenance (voting_round_id);
