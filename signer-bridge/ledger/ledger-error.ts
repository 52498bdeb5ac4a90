/** What goes wrong between this program, a Ledger and its person, each with a stable code. */

import { OracleError } from '../../src/protocol/errors.ts'

export type LedgerErrorCode =
  /** Native modules or the libraries that they need are not there. */
  | 'ledger-modules-missing'
  /** The person said no. Never asked again by itself. */
  | 'ledger-refused'
  /** It did not become ready in time: unplugged, locked, another app, a setting, another seed. */
  | 'ledger-not-ready'
  /** The time for an answer is over. The device may still show the review. */
  | 'ledger-abandoned'
  /** Others wait for the device already. */
  | 'ledger-busy'
  /** The device was gone during a review: nobody knows whether it signed. */
  | 'ledger-lost'
  /** The device or its app does not do what was asked. */
  | 'ledger-failed'
  /** What was asked has no business on a Ledger. */
  | 'ledger-unsuitable'
  | 'ledger-path-malformed'

export class LedgerError extends OracleError<LedgerErrorCode> {}
