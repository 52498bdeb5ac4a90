/**
 * The journal's file: SQLite through Node, every commit on the disk before the call returns, and
 * one process at a time. Readers may look while it is in use.
 */

import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { OracleError } from '../../src/protocol/errors.ts'
import { journalVersion, versionOf } from './version.ts'

export class JournalError extends OracleError<
  | 'journal-in-use'
  | 'journal-of-another'
  | 'journal-missing'
  | 'journal-malformed'
  | 'digest-conflict'
  | 'below-watermark'
  | 'calldata-differs'
  | 'round-ahead'
  | 'nonce-taken'
> {}

export type Value = string | number | null

export type Database = {
  readonly run: (sql: string, values?: readonly Value[]) => number
  readonly all: (sql: string, values?: readonly Value[]) => unknown[]
  /** All of `work` or none of it, on the disk when it returns. */
  readonly atomically: <T>(work: () => T) => T
  readonly close: () => void
}

/** What is done to a file before it is used; `exec` runs statements as they stand. */
export type Preparation = (database: Database, exec: (sql: string) => void) => void

/** In memory, for tests: lost with the process, else the same. */
export const inMemory = ':memory:'

/** A reader never waits longer for the writer. Milliseconds. */
const busyTimeoutMs = 2_000

/**
 * Opens a journal for writing and makes it if it is not there.
 *
 * @param prepare Makes its tables, and refuses it if it is of another; all of it or nothing.
 * @throws {JournalError} `journal-in-use` if another process has it; and what `prepare` throws.
 */
export function openDatabase(file: string, prepare: Preparation): Database {
  if (file !== inMemory) mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const lock = file === inMemory ? undefined : lockOf(file)
  if (file !== inMemory) keepPrivate(file)
  const connection = new DatabaseSync(file)
  try {
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    connection.exec('PRAGMA recursive_triggers = ON')
    const database = databaseOver(connection, lock)
    database.atomically(() => prepare(database, (sql) => connection.exec(sql)))
    return database
  } catch (error) {
    connection.close()
    lock?.close()
    throw error
  }
}

/** Lets nobody else of this machine read a random before its reveal. */
function keepPrivate(file: string): void {
  // SQLite gives the files beside it the mode of the journal itself.
  closeSync(openSync(file, 'a', ownerOnly))
  for (const ending of ['', '-wal', '-shm', '.lock']) {
    if (existsSync(file + ending)) chmodSync(file + ending, ownerOnly)
  }
}

const ownerOnly = 0o600

/**
 * Opens a journal to look at it, also while a bridge writes to it.
 *
 * @throws {JournalError} `journal-missing`; `journal-of-another` if it is of another version.
 */
export function readDatabase(file: string): Database {
  if (!existsSync(file))
    throw new JournalError('journal-missing', `There is no journal at ${file}.`)
  const connection = new DatabaseSync(file, { readOnly: true })
  connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  const database = databaseOver(connection, undefined)
  if (versionOf(database) === journalVersion) return database
  database.close()
  throw new JournalError(
    'journal-of-another',
    `The journal is not of version ${journalVersion}; \`chrono-bridge run\` brings an older one up to date.`,
  )
}

/** An open file as what is asked of it, with statements prepared once; `close` frees the lock too. */
export function databaseOver(connection: DatabaseSync, lock: DatabaseSync | undefined): Database {
  // The texts are constants of this program, so that this cannot grow.
  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const made = connection.prepare(sql)
    prepared.set(sql, made)
    return made
  }
  return {
    run: (sql, values = []) => Number(statement(sql).run(...values).changes),
    all: (sql, values = []) => statement(sql).all(...values),
    atomically: (work) => {
      connection.exec('BEGIN IMMEDIATE')
      try {
        const done = work()
        connection.exec('COMMIT')
        return done
      } catch (error) {
        // SQLite has rolled back by itself after some failures, a full disk among them.
        if (connection.isTransaction) connection.exec('ROLLBACK')
        throw error
      }
    },
    close: () => {
      connection.close()
      lock?.close()
    },
  }
}

/**
 * A lock that dies with the process: an exclusive transaction on a file of its own, since an
 * exclusive lock on the journal itself would shut out readers too.
 */
function lockOf(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}.lock`)
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock.close()
    throw new JournalError('journal-in-use', `Another process uses the journal ${file}.`, { cause })
  }
}

/**
 * Binds a journal to what it belongs to, for ever.
 *
 * @throws {JournalError} `journal-of-another` if it is bound otherwise.
 */
export function bind(database: Database, identity: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(identity)) {
    database.run('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING', [
      name,
      value,
    ])
    const same = database.all('SELECT 1 FROM meta WHERE name = ? AND value = ?', [name, value])
    if (same.length === 0) {
      throw new JournalError('journal-of-another', `The journal is of another ${name}.`)
    }
  }
}
