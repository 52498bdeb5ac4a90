/** What a run cannot begin with: its folder. */

import { OracleError } from '../../src/protocol/errors.ts'

export class ConformanceError extends OracleError<
  'option-malformed' | 'folder-missing' | 'folder-too-large' | 'no-vectors'
> {}
