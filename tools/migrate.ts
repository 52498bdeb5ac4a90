/**
 * Brings a database up to date: runs those of `migrations/` that it has not seen, in their order, in
 * one transaction.
 *
 *     DATABASE_URL=postgres://… npm run migrate
 *
 * With Neon this wants the direct address: behind the pooler the lock that keeps two migrations
 * apart does not hold.
 */

import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import { OracleError } from '../src/protocol/errors.ts'

export class MigrationError extends OracleError<
  'database-url-missing' | 'database-unreachable' | 'migration-failed'
> {}

const migrationsDir = fileURLToPath(new URL('../migrations', import.meta.url))

/** Which migrations a database has seen. */
const migrationsTable = 'schema_migration'

/** A suspended Neon compute needs a moment to wake. */
const connectTimeoutMs = 15_000

/**
 * Runs the migrations that the database has not seen.
 *
 * @param dir Where the migrations lie; those of this repository unless a test brings its own.
 * @returns The names of those that ran, in their order; none if the database was up to date.
 * @throws {MigrationError} `database-unreachable`, or `migration-failed` if one does not go through,
 *   and then nothing has changed.
 */
export async function migrate(databaseUrl: string, dir = migrationsDir): Promise<string[]> {
  const client = await connect(databaseUrl)
  let current = ''
  const hear = (message: string) => {
    current = /### MIGRATION (\S+)/.exec(message)?.[1] ?? current
  }
  try {
    const ran = await runner({
      dbClient: client,
      dir,
      migrationsTable,
      direction: 'up',
      singleTransaction: true,
      log: hear,
    })
    return ran.map(({ path }) => basename(path, '.sql'))
  } catch (error) {
    const subject = current === '' ? 'The migrations' : `Migration ${current}`
    throw new MigrationError('migration-failed', `${subject} failed: ${reasonOf(error)}`, {
      cause: error,
    })
  } finally {
    await client.end()
  }
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  try {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: connectTimeoutMs,
    })
    // A connection that breaks fails its statement too, which is where it is told.
    client.on('error', () => {})
    await client.connect()
    return client
  } catch (error) {
    throw new MigrationError(
      'database-unreachable',
      `The database does not answer: ${reasonOf(error)}`,
      { cause: error },
    )
  }
}

function reasonOf(error: unknown): string {
  // Node gathers what each address of a host said; the first is as good as any.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message : String(first)
}

async function main(): Promise<void> {
  const databaseUrl = process.env['DATABASE_URL']
  if (databaseUrl === undefined || databaseUrl === '') {
    throw new MigrationError(
      'database-url-missing',
      'DATABASE_URL is not set: there is no database to migrate.',
    )
  }
  const ran = await migrate(databaseUrl)
  process.stdout.write(`${JSON.stringify({ event: 'database-migrated', ran })}\n`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await main()
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`)
    process.exitCode = 1
  }
}
