/**
 * The journal's file: SQLite through Node, every commit on the disk before the call returns, and
 * one process at a time. Readers may look while it is in use.
 */

import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { OracleError } from '../../src/protocol/errors.ts'
import { journalVersion, versionOf } from './version.ts'

export class JournalError extends OracleError<
  | 'journal-in-use'
  | 'journal-unusable'
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
 * @param ownedLike The file whose owner its files get where root makes them.
 * @throws {JournalError} `journal-in-use` if another process has it; `journal-unusable` if this user
 *   or the disk cannot have it; and what `prepare` throws.
 */
export function openDatabase(file: string, prepare: Preparation, ownedLike = file): Database {
  try {
    return opened(file, prepare, ownedLike)
  } catch (error) {
    throw isOfTheDisk(error) ? unusable(file, error) : error
  }
}

function opened(file: string, prepare: Preparation, ownedLike: string): Database {
  if (file !== inMemory) mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const owner = ownerLike(ownedLike)
  const lock = file === inMemory ? undefined : lockOf(file)
  let connection: DatabaseSync | undefined
  try {
    if (file !== inMemory) keepPrivate(file, owner)
    connection = new DatabaseSync(file)
    keepLasting(connection, file)
    connection.exec('PRAGMA recursive_triggers = ON')
    const database = databaseOver(connection, lock)
    const exec = connection.exec.bind(connection)
    database.atomically(() => prepare(database, exec))
    return database
  } catch (error) {
    connection?.close()
    lock?.close()
    throw error
  }
}

/**
 * Has every commit on the disk before it returns, with readers beside it.
 *
 * @throws {JournalError} `journal-unusable` where SQLite keeps another way: it says so in an answer,
 *   and in no error.
 */
export function keepLasting(connection: DatabaseSync, file: string): void {
  const answer = connection.prepare('PRAGMA journal_mode = WAL').get()
  const mode = String(answer?.['journal_mode'])
  connection.exec('PRAGMA synchronous = FULL')
  if (mode === 'wal' || file === inMemory) return
  const sentence = `The journal ${file} cannot be used (its journal mode is ${mode}, not WAL). Put it on a local disk.`
  throw new JournalError('journal-unusable', sentence)
}

/** Lets nobody else of this machine read a random before its reveal. */
function keepPrivate(file: string, owner: Owner | undefined): void {
  // SQLite gives the files beside it the mode and the owner of the journal itself.
  closeSync(openSync(file, 'a', ownerOnly))
  for (const each of ['', '-wal', '-shm', '.lock', '.lock-journal'].map(
    (ending) => file + ending,
  )) {
    if (!existsSync(each)) continue
    chmodSync(each, ownerOnly)
    if (owner !== undefined) chownSync(each, owner.uid, owner.gid)
  }
}

const ownerOnly = 0o600

type Owner = { readonly uid: number; readonly gid: number }

/** Root leaves nothing that the bridge's own user could not write afterwards. */
function ownerLike(file: string): Owner | undefined {
  return process.getuid?.() === 0 ? statSync(file, { throwIfNoEntry: false }) : undefined
}

/** SQLite's words for what is no fault of a statement: rights, the disk, and what is no journal. */
const diskCodes = new Set([
  3, // PERM
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  26, // NOTADB
])
const busyCode = 5

/** Of an error of SQLite's its code; what is more exact is in higher bits. */
function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

function isOfTheDisk(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const code = sqliteCodeOf(error)
  return code === undefined ? 'syscall' in error : diskCodes.has(code)
}

function unusable(file: string, cause: Error): JournalError {
  const sentence = `The journal ${file} cannot be used (${cause.message}). It and the files beside it have to belong to the user that runs the bridge, on a disk that has room.`
  return new JournalError('journal-unusable', sentence, { cause })
}

/**
 * Opens a journal to look at it, also while a bridge writes to it.
 *
 * @throws {JournalError} `journal-missing`; `journal-of-another` if it is of another version;
 *   `journal-unusable` if this user cannot read it.
 */
export function readDatabase(file: string): Database {
  if (!existsSync(file))
    throw new JournalError('journal-missing', `There is no journal at ${file}.`)
  try {
    return readable(file)
  } catch (error) {
    throw isOfTheDisk(error) ? unusable(file, error) : error
  }
}

function readable(file: string): Database {
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
    if (sqliteCodeOf(cause) !== busyCode) throw cause
    throw new JournalError('journal-in-use', `Another process uses the journal ${file}.`, { cause })
  }
}

/**
 * Whether a process has a journal open for writing, as a running bridge does. Asking disturbs nobody.
 *
 * @throws {JournalError} `journal-unusable` if this user cannot know.
 */
export function isInUse(file: string): boolean {
  const name = `${file}.lock`
  if (!existsSync(name)) return false
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(name, { readOnly: true })
    lock.exec('SELECT 1 FROM sqlite_schema')
    return false
  } catch (error) {
    if (sqliteCodeOf(error) === busyCode) return true
    throw isOfTheDisk(error) ? unusable(file, error) : error
  } finally {
    lock?.close()
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
