/**
 * Observations: what this bridge has read of the chain, over restarts. Nothing in it is promised to
 * anybody; what is promised is in the journal.
 */

import type { Database } from '../journal/database.ts'
import { type BlockBook, blockBook } from './block-book.ts'
import { type ChainEvents, chainEvents } from './chain-events.ts'
import { type ConfirmationBook, confirmationBook } from './confirmation-book.ts'
import { type ContractBook, contractBook } from './contract-book.ts'
import { bindCache, identityIn, isCacheOf, openCache } from './database.ts'

export type Observations = {
  /**
   * Binds the cache to a chain by its first block: what was read of another one is forgotten, for
   * chains of one id may be several.
   */
  readonly bindGenesis: (genesisHash: string) => void
  /** The first block that was gone by last, be it that of one node alone. */
  readonly genesisHash: () => string | undefined
  readonly chainEvents: ChainEvents
  readonly contracts: ContractBook
  readonly blocks: BlockBook
  readonly confirmations: ConfirmationBook
  readonly close: () => void
}

/**
 * Opens the observations of a chain; a file of another one, or a damaged one, is made anew.
 *
 * @throws {ObservationsError} `observations-in-use` if another process has the file.
 */
export function openObservations(file: string, owner: { readonly chainId: number }): Observations {
  const database = openCache(file, { chain_id: String(owner.chainId) })
  const events = chainEvents(database)
  const blocks = blockBook(database)
  return {
    bindGenesis: (genesis) => {
      if (isCacheOf(database, { genesis })) return
      events.clear()
      blocks.clear()
      forgetContracts(database)
      bindCache(database, { genesis })
    },
    genesisHash: () => identityIn(database).get('genesis'),
    chainEvents: events,
    contracts: contractBook(database),
    blocks,
    confirmations: confirmationBook(database),
    close: database.close,
  }
}

function forgetContracts({ run }: Database): void {
  run('DELETE FROM contract')
}
