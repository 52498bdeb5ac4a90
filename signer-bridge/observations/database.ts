/**
 * The file of observations: SQLite, a cache of what the chain has said. It may be deleted at any
 * time at the cost of reading again; so one that is damaged, of another version or of another chain
 * is made anew, and the last commits may be lost with the machine's power.
 */

import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { OracleError } from '../../src/protocol/errors.ts'
import { type Database, databaseOver, inMemory } from '../journal/database.ts'
import { observationsSchema, observationsVersion } from './schema.ts'

export class ObservationsError extends OracleError<'observations-in-use'> {}

/** Names and values that say what a cache is of. */
export type CacheIdentity = Readonly<Record<string, string>>

/**
 * Opens the file, and makes it if it is not there or of no use.
 *
 * @throws {ObservationsError} `observations-in-use` if another process has it.
 */
export function openCache(file: string, identity: CacheIdentity): Database {
  const wanted = { version: observationsVersion, ...identity }
  if (file === inMemory) return made(file, wanted)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const lock = lockOf(file)
  try {
    const database = usable(file, wanted) ?? made(file, wanted)
    const close = () => {
      database.close()
      lock.close()
    }
    return { ...database, close }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** Binds a cache to what it is of from now on. */
export function bindCache(database: Database, identity: CacheIdentity): void {
  for (const [name, value] of Object.entries(identity)) {
    const sql = 'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'
    database.run(sql, [name, value])
  }
}

/** Whether a cache is of this. */
export function isCacheOf(database: Database, identity: CacheIdentity): boolean {
  const known = identityIn(database)
  return Object.entries(identity).every(([name, value]) => known.get(name) === value)
}

/** Whose cache it is, by name. */
export function identityIn(database: Database): ReadonlyMap<string, string> {
  const rows = z
    .array(z.object({ name: z.string(), value: z.string() }))
    .parse(database.all('SELECT name, value FROM meta'))
  return new Map(rows.map(({ name, value }) => [name, value]))
}

/** The file as it is, unless it is of something else or cannot be read at all. */
function usable(file: string, identity: CacheIdentity): Database | undefined {
  if (!existsSync(file)) return undefined
  let database: Database | undefined
  try {
    database = opened(file)
    if (isCacheOf(database, identity)) return database
  } catch {
    // A damaged file is one that has to be made anew, whatever SQLite says of it.
  }
  database?.close()
  return undefined
}

function made(file: string, identity: CacheIdentity): Database {
  if (file !== inMemory) {
    for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true })
  }
  const database = opened(file)
  bindCache(database, identity)
  return database
}

function opened(file: string): Database {
  const connection = new DatabaseSync(file)
  try {
    if (file !== inMemory) chmodSync(file, 0o600)
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    connection.exec(observationsSchema)
    return databaseOver(connection, undefined)
  } catch (error) {
    connection.close()
    throw error
  }
}

/** Dies with the process, as the journal's does. */
function lockOf(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}.lock`)
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock.close()
    const sentence = `Another process uses the observations ${file}.`
    throw new ObservationsError('observations-in-use', sentence, { cause })
  }
}
