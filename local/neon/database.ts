/**
 * The database behind Neon's HTTP interface: runs statements as Neon does, and answers with text as
 * Postgres wrote it. Any Postgres will do.
 */

import pg from 'pg'
import { z } from 'zod'

export const statementSchema = z.object({
  query: z.string(),
  /** In the text form of their types, as the driver sends them. */
  params: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).default([]),
})
export type Statement = z.infer<typeof statementSchema>

export type StatementResult = {
  readonly command: string
  readonly rowCount: number | null
  readonly rowAsArray: boolean
  readonly fields: readonly pg.FieldDef[]
  readonly rows: readonly unknown[]
}

export type BatchOptions = {
  readonly isolationLevel?: string
  readonly isReadOnly: boolean
  readonly isDeferrable: boolean
}

/** PGlite runs one at a time anyway; a real server has about a hundred for all. */
const maxConnections = 8
const connectTimeoutMs = 5_000
const queryTimeoutMs = 60_000

const asText = { getTypeParser: () => (value: string | Buffer) => value }

export class Database {
  readonly #pool: pg.Pool

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({
      connectionString: databaseUrl,
      max: maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
    })
    // An idle connection that breaks is dropped; whoever needs the next one hears of the outage.
    this.#pool.on('error', () => {})
    // The same for a connection that is lent out: whoever uses it learns from its query.
    this.#pool.on('connect', (client) => client.on('error', () => {}))
  }

  /** Runs one statement by itself. */
  async run(statement: Statement, isArrayMode: boolean): Promise<StatementResult> {
    const client = await this.#pool.connect()
    return await released(client, () => runOn(client, statement, isArrayMode))
  }

  /** Runs statements in one transaction: all of them, or none. */
  async runBatch(
    statements: readonly Statement[],
    isArrayMode: boolean,
    options: BatchOptions,
  ): Promise<StatementResult[]> {
    const client = await this.#pool.connect()
    return await released(client, async () => {
      await client.query(beginStatement(options))
      try {
        const results: StatementResult[] = []
        for (const statement of statements) {
          results.push(await runOn(client, statement, isArrayMode))
        }
        await client.query('COMMIT')
        return results
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
    })
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}

/** A connection goes back to the pool only if what failed was the statement and not the connection. */
async function released<T>(client: pg.PoolClient, run: () => Promise<T>): Promise<T> {
  try {
    const result = await run()
    client.release()
    return result
  } catch (error) {
    client.release(!(error instanceof pg.DatabaseError))
    throw error
  }
}

async function runOn(
  client: pg.PoolClient,
  { query, params }: Statement,
  isArrayMode: boolean,
): Promise<StatementResult> {
  const config = {
    text: query,
    values: params,
    types: asText,
    // Always the extended protocol, so that two statements in one text are refused as by Neon.
    queryMode: 'extended',
    ...(isArrayMode && { rowMode: 'array' }),
  }
  const { command, rowCount, fields, rows } = await client.query<pg.QueryResultRow>(config)
  return { command, rowCount, rowAsArray: isArrayMode, fields, rows }
}

const isolationLevels = new Map([
  ['ReadUncommitted', 'READ UNCOMMITTED'],
  ['ReadCommitted', 'READ COMMITTED'],
  ['RepeatableRead', 'REPEATABLE READ'],
  ['Serializable', 'SERIALIZABLE'],
])

export function isIsolationLevel(text: string): boolean {
  return isolationLevels.has(text)
}

function beginStatement({ isolationLevel, isReadOnly, isDeferrable }: BatchOptions): string {
  const level = isolationLevels.get(isolationLevel ?? '')
  return [
    'BEGIN',
    level === undefined ? '' : `ISOLATION LEVEL ${level}`,
    isReadOnly ? 'READ ONLY' : 'READ WRITE',
    isDeferrable ? 'DEFERRABLE' : '',
  ].join(' ')
}
