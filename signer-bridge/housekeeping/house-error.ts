/** What goes wrong in housekeeping, each with a sentence for a person. */

import { OracleError } from '../../src/protocol/errors.ts'

export class HouseError extends OracleError<
  /** The file, directory or address of reward data gave nothing that can be read. */
  | 'data-unreadable'
  /** It gave something that is no reward data of that network and reward epoch. */
  | 'data-malformed'
  /** Nodes contradict one another, or too few of them answer. */
  | 'nodes-differ'
  /** Nothing was found to be claimed, and not everything could be looked at. */
  | 'rewards-unknown'
  /** The policy forbids it, or the contract would refuse it. */
  | 'house-refused'
  /** No key of the settings can send it. */
  | 'sender-unknown'
  /** Something of this sender's may still land. */
  | 'house-pending'
  /** Nobody is there who could say yes. */
  | 'terminal-missing'
> {}
