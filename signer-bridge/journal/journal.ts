/**
 * The journal: what this bridge has promised and done. Each function that writes is one transaction
 * that is on the disk when it returns, so that the order of calls is the order of safety.
 */

import { randomUUID } from 'node:crypto'
import type { Address } from 'viem'
import { z } from 'zod'
import { type AttemptBook, attemptBook } from './attempts.ts'
import { type ChainEvents, chainEvents } from './chain-events.ts'
import { bind, type Database, openDatabase, readDatabase } from './database.ts'
import { type Outbox, outbox } from './outbox.ts'
import { type RoundBook, roundBook } from './rounds.ts'

export type Journal = RoundBook &
  AttemptBook & {
    /** Names this bridge to the Worker; the same for the life of the journal. */
    readonly holder: string
    /**
     * Binds the journal to a chain by its first block, for chains of one id may be several.
     *
     * @throws {JournalError} `journal-of-another`
     */
    readonly bindGenesis: (genesisHash: string) => void
    readonly outbox: Outbox
    readonly chainEvents: ChainEvents
    readonly close: () => void
  }

/** A journal belongs to one signer on one chain. */
export type JournalOwner = { readonly chainId: number; readonly submitAddress: Address }

/**
 * Opens a signer's journal, and makes it if it is not there.
 *
 * @throws {JournalError} `journal-in-use` if another process has it; `journal-of-another` if it
 *   belongs to another signer or chain.
 */
export function openJournal(file: string, { chainId, submitAddress }: JournalOwner): Journal {
  const signer = submitAddress.toLowerCase()
  const database = openDatabase(file, { chain_id: String(chainId), submit_address: signer })
  return {
    ...roundBook(database, signer),
    ...attemptBook(database, signer),
    holder: holderIn(database),
    bindGenesis: (genesis) => database.atomically(() => bind(database, { genesis })),
    outbox: outbox(database),
    chainEvents: chainEvents(database),
    close: database.close,
  }
}

/**
 * The name by which a journal's bridge is known to the Worker, without opening it for writing.
 *
 * @throws {JournalError} `journal-missing`
 */
export function holderOf(file: string): string | undefined {
  const database = readDatabase(file)
  try {
    return readHolder(database)
  } finally {
    database.close()
  }
}

function holderIn(database: Database): string {
  database.run('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING', ['holder', randomUUID()])
  const holder = readHolder(database)
  if (holder === undefined) throw new Error('A journal has a holder once one is written.')
  return holder
}

function readHolder(database: Database): string | undefined {
  const rows = database.all(`SELECT value FROM meta WHERE name = 'holder'`)
  return z.array(z.object({ value: z.string() })).parse(rows)[0]?.value
}
