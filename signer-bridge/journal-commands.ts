/** `chrono-bridge journal`: carries what a journal is bound to elsewhere, and forgets what is old. */

import { readFileSync, writeFileSync } from 'node:fs'
import { votingRoundAt } from '../src/protocol/epoch.ts'
import { OracleError } from '../src/protocol/errors.ts'
import { readDatabase } from './journal/database.ts'
import { exchange, type Interchange, interchangeSchema } from './journal/interchange.ts'
import { type Journal, openJournal } from './journal/journal.ts'
import type { Settings } from './settings.ts'

export class InterchangeError extends OracleError<
  'interchange-malformed' | 'interchange-unwritable'
> {}

/** After a start without its past a bridge lets so many rounds go by: no watermark is further ahead. */
const roundsAhead = 2

/** What these commands go by. */
type JournalSettings = Pick<Settings, 'journalFile' | 'keys' | 'network'>

/**
 * Writes a journal's bindings and watermarks to a new file, also while a bridge uses the journal.
 *
 * @returns A sentence for a person.
 * @throws {JournalError} `journal-missing`, `journal-of-another`
 * @throws {InterchangeError} `interchange-unwritable`, also if the file is there already
 */
export function exportJournal({ journalFile }: JournalSettings, file: string): string {
  const database = readDatabase(journalFile)
  try {
    const exported = exchange(database).exported()
    write(file, `${JSON.stringify(exported, null, 1)}\n`)
    const { data, watermarks } = exported
    return `${data.length} bindings and ${watermarks.length} watermarks written to ${file}.`
  } finally {
    database.close()
  }
}

/**
 * Adds the bindings and watermarks in a file to the journal: all or nothing.
 *
 * @returns A sentence for a person.
 * @throws {InterchangeError} `interchange-malformed`
 * @throws {JournalError} as `openJournal` and `merge` do
 */
export function importJournal(settings: JournalSettings, file: string, nowMs: number): string {
  const other = interchangeIn(file)
  const lastRound = votingRoundAt(settings.network.schedule, nowMs) + roundsAhead
  return withJournal(settings, (journal) => {
    const added = journal.merge(other, nowMs, lastRound)
    return `${other.data.length} bindings read, ${added} of them new.`
  })
}

/**
 * Forgets what is older than two reward epochs.
 *
 * @returns A sentence for a person.
 * @throws {JournalError} as `openJournal` does
 */
export function pruneJournal(settings: JournalSettings): string {
  return withJournal(settings, (journal) => `${journal.prune()} bindings forgotten.`)
}

function withJournal<T>(
  { journalFile, keys, network: { chainId } }: JournalSettings,
  work: (journal: Journal) => T,
): T {
  const journal = openJournal(journalFile, { chainId, signers: keys.map(({ address }) => address) })
  try {
    return work(journal)
  } finally {
    journal.close()
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    const why = `${file} cannot be written; it must not be there yet.`
    throw new InterchangeError('interchange-unwritable', why, { cause })
  }
}

function interchangeIn(file: string): Interchange {
  try {
    return interchangeSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new InterchangeError('interchange-malformed', `${file} is no export of a journal.`, {
      cause,
    })
  }
}
