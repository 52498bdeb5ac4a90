/** The journal's file as SQLite keeps it: what has been committed survives the machine's power. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { keepLasting, openDatabase } from '../../../signer-bridge/journal/database.ts'
import { migrate } from '../../../signer-bridge/journal/migrate.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-database-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** As SQLite numbers it. */
const full = 2

test('an open journal writes ahead, and waits for the disk at every commit', () => {
  const database = openDatabase(join(directory, 'journal.sqlite'), migrate)
  expect(database.all('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }])
  expect(database.all('PRAGMA synchronous')).toEqual([{ synchronous: full }])
  database.close()
})

test('one that SQLite keeps in another way is refused, and told of in a sentence', () => {
  const file = join(directory, 'elsewhere.sqlite')
  // A way to files that shares no memory, as some network disks are: SQLite declines without an error.
  const connection = new DatabaseSync(`file:${file}?vfs=unix-dotfile`)
  expect(() => keepLasting(connection, file)).toThrow(
    expect.objectContaining({
      code: 'journal-unusable',
      message: expect.stringContaining('its journal mode is delete, not WAL'),
    }),
  )
  connection.close()
})
