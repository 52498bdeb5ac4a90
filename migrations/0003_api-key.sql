-- Who may read, and how often. A key itself is shown once and never kept: whoever reads this table
-- can recognise a key but not use one. Revoked keys stay, so that a key's past has an owner.

CREATE TABLE api_key (
  id               uuid        PRIMARY KEY,
  name             text        NOT NULL,
  hash             text        NOT NULL UNIQUE,
  limit_per_minute integer     NOT NULL,
  scopes           text[]      NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT now(),
  revoked_at       timestamptz,
  CONSTRAINT hash_is_sha256 CHECK (hash ~ '^[0-9a-f]{64}$'),
  CONSTRAINT limit_is_positive CHECK (limit_per_minute > 0)
);

COMMENT ON COLUMN api_key.hash IS 'SHA-256 of the key, hex.';
