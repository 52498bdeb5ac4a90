/** Housekeeping's journal, open for as long as something is done with it, and never while a person reads. */

import { existsSync } from 'node:fs'
import { type Address, isAddressEqual } from 'viem'
import type { ConnectedChain } from '../chain/flare.ts'
import {
  type HouseBook,
  housekeepingFile,
  type HouseJob,
  openHouseBook,
} from '../journal/housekeeping.ts'
import type { Settings } from '../settings.ts'
import type { HouseKind } from './calldata.ts'

/** @throws {JournalError} `journal-in-use` if another command is at work; `journal-unusable` */
export type WithBook = <T>(work: (book: HouseBook) => Promise<T> | T) => Promise<T>

export function bookOf(
  { journalFile, network }: Pick<Settings, 'journalFile' | 'network'>,
  { genesisHash }: Pick<ConnectedChain, 'genesisHash'>,
): WithBook {
  return async (work) => {
    const { chainId } = network
    const bound = { chainId, genesisHash }
    const book = openHouseBook(housekeepingFile(journalFile), bound, journalFile)
    try {
      return await work(book)
    } finally {
      book.close()
    }
  }
}

/** Whether there is one already, which is bound to its chain: another one is refused by it. */
export function hasBook({ journalFile }: Pick<Settings, 'journalFile'>): boolean {
  return existsSync(housekeepingFile(journalFile))
}

export type Asked = {
  readonly sender: Address
  readonly kind: HouseKind
  readonly owner: Address
}

/**
 * What may still land and stands in the way: a call of this sender's, whatever it says, or one that
 * says the same for this owner, whoever sent it. What was planned and never signed is no such thing,
 * and is forgotten.
 */
export function openJobOf(
  book: Pick<HouseBook, 'openJobs' | 'attempts' | 'settle'>,
  { sender, kind, owner }: Asked,
): HouseJob | undefined {
  const standing = book
    .openJobs()
    .filter(
      (job) =>
        isAddressEqual(job.sender, sender) ||
        (job.kind === kind && isAddressEqual(job.owner, owner)),
    )
  for (const job of standing) {
    if (book.attempts(job.id).length > 0) return job
    book.settle(job.id, 'void', Date.now())
  }
  return undefined
}
