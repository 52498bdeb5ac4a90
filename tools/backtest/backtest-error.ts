/** What a backtest cannot go on with: its input or its options. One sentence says what and where. */

import { OracleError } from '../../src/protocol/errors.ts'

export class BacktestError extends OracleError<
  | 'option-malformed'
  | 'csv-malformed'
  | 'header-malformed'
  | 'row-malformed'
  | 'too-much'
  | 'file-unreadable'
  | 'file-unwritable'
> {}
