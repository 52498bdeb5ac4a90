/** Which version a journal's file is of. */

import { z } from 'zod'

/** A journal of an older version is brought up to this one; of any other it is refused. */
export const journalVersion = '2'

type Readable = { readonly all: (sql: string) => unknown[] }

/** The version of a journal's file; `undefined` of one that is empty. */
export function versionOf({ all }: Readable): string | undefined {
  const tables = all(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'`)
  if (tables.length === 0) return undefined
  const rows = all(`SELECT value FROM meta WHERE name = 'version'`)
  return z.array(z.object({ value: z.string() })).parse(rows)[0]?.value
}
