/** Whose journal it is: the operator's keys. More may be added; a stranger's journal is not shared. */

import type { Address } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import { type Database, JournalError } from './database.ts'

/**
 * Records keys, within a transaction of the caller's. A journal that has keys must know one of them.
 *
 * @throws {JournalError} `journal-of-another` if it knows none of them.
 */
export function admit({ all, run }: Database, signers: readonly Address[]): void {
  const isKnown = (signer: Address) =>
    all('SELECT 1 FROM signer WHERE address = ?', [lowerCase(signer)]).length > 0
  if (all('SELECT 1 FROM signer LIMIT 1').length > 0 && !signers.some(isKnown)) {
    throw new JournalError(
      'journal-of-another',
      'The journal is of another operator: it knows none of the keys.',
    )
  }
  for (const signer of signers) {
    run(
      `INSERT INTO signer VALUES (?, CAST(unixepoch('subsec') * 1000 AS INTEGER))
       ON CONFLICT DO NOTHING`,
      [lowerCase(signer)],
    )
  }
}
