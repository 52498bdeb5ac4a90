/** Clients' keys in Neon: hashes, limits and scopes, never a key itself. */

import { z } from 'zod'
import { type KeyRecord, keyRecordSchema } from '../protocol/api-key.ts'
import { instantSchema } from '../protocol/wire.ts'
import type { KeyEntry, KeyStore, NewKey } from './history.ts'
import { HistoryError } from './history-error.ts'
import { type NeonQuery, type NeonSettings, neonQuery, type Row } from './neon-client.ts'

const keyEntrySchema = keyRecordSchema.extend({
  createdAtMs: instantSchema,
  revokedAtMs: instantSchema.exactOptional(),
})

/** Most keys that one listing returns, newest first. */
const maxListedKeys = 1_000

const record = `jsonb_build_object(
  'id', id, 'name', name, 'limit_per_minute', limit_per_minute, 'scopes', scopes
)`
const entry = `jsonb_strip_nulls(${record} || jsonb_build_object(
  'createdAtMs', (extract(epoch FROM created_at) * 1000)::bigint,
  'revokedAtMs', (extract(epoch FROM revoked_at) * 1000)::bigint
))`

/**
 * Keys kept in the Neon database of these settings.
 *
 * @throws {HistoryError} `history-misconfigured` if the URL names no database.
 */
export function neonKeyStore(settings: NeonSettings): KeyStore {
  const query = neonQuery(settings)
  return {
    find: (hash) => find(query, hash),
    create: (key) => create(query, key),
    list: async () => {
      const rows = await query(
        `SELECT ${entry} AS key FROM api_key ORDER BY created_at DESC, id LIMIT ${maxListedKeys}`,
      )
      return rows.map((row) => readKey(keyEntrySchema, row))
    },
    revoke: (id) => revoke(query, id),
  }
}

async function find(query: NeonQuery, hash: string): Promise<KeyRecord | undefined> {
  const [row] = await query(
    `SELECT ${record} AS key FROM api_key WHERE hash = $1 AND revoked_at IS NULL`,
    [hash],
  )
  return row && readKey(keyRecordSchema, row)
}

async function create(query: NeonQuery, key: NewKey): Promise<KeyEntry> {
  const [row] = await query(
    `INSERT INTO api_key (id, name, hash, limit_per_minute, scopes)
     VALUES ($1, $2, $3, $4, $5::text[])
     RETURNING ${entry} AS key`,
    [key.id, key.name, key.hash, key.limitPerMinute, key.scopes],
  )
  if (row === undefined) {
    throw new HistoryError('history-malformed', 'Postgres did not return the key it was given.')
  }
  return readKey(keyEntrySchema, row)
}

/** A second revocation keeps the instant of the first. */
async function revoke(query: NeonQuery, id: string): Promise<string | undefined> {
  if (!z.uuid().safeParse(id).success) return undefined
  const [row] = await query(
    `UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1
     RETURNING to_jsonb(hash) AS key`,
    [id],
  )
  return row && readKey(z.string(), row)
}

function readKey<T>(schema: z.ZodType<T>, row: Row): T {
  const parsed = schema.safeParse(row['key'])
  if (!parsed.success) throw new HistoryError('history-malformed', 'A stored key is unreadable.')
  return parsed.data
}
