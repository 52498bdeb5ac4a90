/** A database of the bench's own: on a real server where one answers, else the stand-in. */

import pg from 'pg'
import { z } from 'zod'

/** Where a real server is looked for, as the services tests do. */
const serverUrl = 'postgres://postgres@127.0.0.1:5432/postgres'

const withinMs = 2_000

const versionSchema = z.object({ server_version: z.string() })

export type ScratchDatabase = {
  readonly url: string
  /** What people call the server. */
  readonly server: string
  readonly drop: () => Promise<void>
}

/** A new database on a real server; undefined where none answers. */
export async function scratchDatabase(): Promise<ScratchDatabase | undefined> {
  const name = `chrono_bench_${process.pid}_${Date.now()}`
  try {
    await query(serverUrl, `CREATE DATABASE ${name}`)
  } catch {
    // No server here, or none for us: the stand-in does.
    return undefined
  }
  const [row] = await query(serverUrl, 'SHOW server_version')
  const { server_version: version } = versionSchema.parse(row)
  return {
    url: serverUrl.replace(/postgres$/, name),
    server: `PostgreSQL ${version.split(' ', 1)[0]}`,
    drop: async () => void (await query(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`)),
  }
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: withinMs })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
