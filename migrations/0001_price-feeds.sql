-- Raw quotes, kept as they were observed, so that every price we ever published can be explained.
--
-- A day is a partition: dropping an old day costs nothing, and a query about an hour reads one day.
-- The key holds tick_at only because Postgres wants the partition column in it; the id alone is
-- made of (source, symbol, tick), so writing the same quote twice changes nothing. Numeric without
-- a scale keeps every digit, of SHIB as of BTC.

CREATE TABLE price_feeds (
  id          uuid        NOT NULL,
  symbol      text        NOT NULL,
  price       numeric     NOT NULL,
  volume      numeric     NOT NULL,
  "timestamp" timestamptz NOT NULL,
  source      text        NOT NULL,
  ingested_at timestamptz NOT NULL,
  worker_id   text        NOT NULL,
  tick_at     timestamptz NOT NULL,
  metadata    jsonb       NOT NULL,
  PRIMARY KEY (id, tick_at),
  -- In Postgres NaN is greater than Infinity: the upper bounds keep both out.
  CONSTRAINT price_is_positive CHECK (price > 0 AND price < 'Infinity'),
  CONSTRAINT volume_is_not_negative CHECK (volume >= 0 AND volume < 'Infinity'),
  CONSTRAINT symbol_is_spelled CHECK (symbol ~ '^[A-Z0-9]{1,12}/[A-Z]{3,5}$'),
  CONSTRAINT source_is_named CHECK (source <> ''),
  CONSTRAINT metadata_is_object CHECK (jsonb_typeof(metadata) = 'object')
) PARTITION BY RANGE (tick_at);

COMMENT ON COLUMN price_feeds."timestamp" IS 'When the price was observed.';
COMMENT ON COLUMN price_feeds.tick_at IS 'The instant that names the tick.';

-- Rows arrive in the order of time, so a few bytes a block say which blocks a stretch of time needs.
CREATE INDEX price_feeds_by_tick ON price_feeds USING brin (tick_at);
CREATE INDEX price_feeds_by_symbol ON price_feeds (symbol, tick_at DESC);

-- Makes the partition of a day (UTC) unless it is there, and returns its name. Whoever inserts
-- calls it when Postgres finds no partition, so nobody has to make days ahead of time.
--
-- The table is built aside and then attached, because ATTACH lets readers and writers of other
-- days go on, which CREATE TABLE … PARTITION OF does not.
CREATE FUNCTION make_price_feeds_partition(day date) RETURNS text
LANGUAGE plpgsql
SET timezone = 'UTC'
AS $$
DECLARE
  partition text := 'price_feeds_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass(partition) IS NOT NULL THEN
    RETURN partition;
  END IF;

  -- Two Workers may meet here at midnight: one makes the day, the other finds it made. ATTACH takes
  -- this lock anyway; an advisory lock would not do, since after it a session may still remember
  -- that there was no such table.
  LOCK TABLE price_feeds IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass(partition) IS NULL THEN
    EXECUTE format('CREATE TABLE %I (LIKE price_feeds INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    EXECUTE format(
      'ALTER TABLE price_feeds ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
      partition, day::timestamptz, (day + 1)::timestamptz
    );
  END IF;
  RETURN partition;
END
$$;
