/** How the stand-in refuses a command. */

import { OracleError } from '../../src/protocol/errors.ts'

/** A command that is refused; the message is what Redis 7 would say. */
export class CommandError extends OracleError<'command-refused'> {
  constructor(message: string) {
    super('command-refused', message)
  }
}
