/** The databases that history is tested against: PGlite always, a real Postgres where one answers. */

import pg from 'pg'
import { startPostgres } from '../../local/postgres.ts'

export type OpenDatabase = {
  readonly databaseUrl: string
  readonly close: () => Promise<void>
}

export type TestDatabase = {
  readonly name: string
  /** Opens an empty database; where the stand-in is a server of ours, on this port. */
  readonly open: (port?: number) => Promise<OpenDatabase>
}

const serverUrl = 'postgres://postgres@127.0.0.1:5432/postgres'

const pglite: TestDatabase = {
  name: 'PGlite',
  open: async (port = 0) => {
    const { databaseUrl, stop } = await startPostgres({ port })
    return { databaseUrl, close: stop }
  },
}

/**
 * A database of its own for each file. Its clock is set far from UTC, where days that were cut by
 * the session's zone would show.
 */
const server: TestDatabase = {
  name: 'PostgreSQL',
  open: async () => {
    const name = `chrono_test_${process.pid}_${Date.now()}`
    await onServer(`CREATE DATABASE ${name}`)
    await onServer(`ALTER DATABASE ${name} SET timezone = 'Pacific/Auckland'`)
    return {
      databaseUrl: serverUrl.replace(/postgres$/, name),
      close: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`),
    }
  },
}

/** Never skips a test without a word: where no server answers, it says so. */
export async function testDatabases(): Promise<readonly TestDatabase[]> {
  try {
    await onServer('SELECT 1')
    return [pglite, server]
  } catch {
    console.warn('No PostgreSQL answers on 127.0.0.1:5432: history is tested against PGlite alone.')
    return [pglite]
  }
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 2_000 })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
