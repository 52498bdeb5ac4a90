/**
 * The journal: what this bridge has promised and done. Each function that writes is one transaction
 * that is on the disk when it returns, so that the order of calls is the order of safety.
 */

import { randomUUID } from 'node:crypto'
import type { Address } from 'viem'
import { z } from 'zod'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { type AttemptBook, attemptBook } from './attempts.ts'
import { type BindingBook, bindingBook } from './bindings.ts'
import { type CallBook, callBook } from './calls.ts'
import { bind, type Database, openDatabase, readDatabase } from './database.ts'
import { type Handovers, handovers } from './handovers.ts'
import { type HeldBook, heldBook } from './held.ts'
import { exchange, type Exchange, metaOf } from './interchange.ts'
import { migrate } from './migrate.ts'
import { type Outbox, outbox } from './outbox.ts'
import { prune } from './prune.ts'
import { type RelayBook, relayBook } from './relays.ts'
import { type RootBook, rootBook } from './roots.ts'
import { type RoundBook, roundBook } from './rounds.ts'
import { admit } from './signers.ts'
import { type VerdictBook, verdictBook } from './verdicts.ts'
import { journalVersion } from './version.ts'

export type Journal = RoundBook &
  CallBook &
  AttemptBook &
  BindingBook &
  RootBook &
  VerdictBook &
  RelayBook &
  Handovers &
  HeldBook &
  Exchange & {
    /** Names this bridge to the Worker; the same for the life of the journal. */
    readonly holder: string
    /**
     * Binds the journal to a chain by its first block, for chains of one id may be several.
     *
     * @throws {JournalError} `journal-of-another`
     */
    readonly bindGenesis: (genesisHash: string) => void
    /** The first block that it is bound to; `undefined` if it is not yet. */
    readonly genesisHash: () => string | undefined
    readonly outbox: Outbox
    /**
     * Forgets what is two reward epochs old, and raises the watermarks above it first.
     *
     * @returns How many bindings were forgotten.
     */
    readonly prune: () => number
    readonly close: () => void
  }

/** A journal belongs to the keys of one operator on one chain. */
export type JournalOwner = { readonly chainId: number; readonly signers: readonly Address[] }

/**
 * Opens an operator's journal, makes it if it is not there, and brings one of an older version up to
 * date. Keys may be added to it.
 *
 * @throws {JournalError} `journal-in-use` if another process has it; `journal-of-another` if it
 *   belongs to other keys, to another chain, or is of a version that is not known here.
 */
export function openJournal(file: string, { chainId, signers }: JournalOwner): Journal {
  const identity = { chain_id: String(chainId), submission: submissionAddress.toLowerCase() }
  const database = openDatabase(file, (opened, exec) => {
    migrate(opened, exec)
    bind(opened, { version: journalVersion, ...identity })
    admit(opened, signers)
  })
  return {
    ...roundBook(database),
    ...callBook(database),
    ...attemptBook(database),
    ...bindingBook(database),
    ...rootBook(database),
    ...verdictBook(database),
    ...relayBook(database),
    ...handovers(database),
    ...heldBook(database),
    ...exchange(database),
    holder: holderIn(database),
    bindGenesis: (genesis) => database.atomically(() => bind(database, { genesis })),
    genesisHash: () => metaOf(database, 'genesis'),
    outbox: outbox(database),
    prune: () => database.atomically(() => prune(database)),
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
