/** What a start is refused with when its settings or secrets are wrong: named, and never with a value. */

import { OracleError } from '../src/protocol/errors.ts'

export class SettingsError extends OracleError<
  'settings-invalid' | 'secret-unreadable' | 'port-unavailable'
> {}
