/** What a call of the client fails with: the server's own problem, or that no answer came. */

import { OracleError } from '../protocol/errors.ts'

/** Codes that the client makes itself; every other is the server's, from its problem details. */
export type OwnErrorCode =
  | 'timed-out'
  | 'unreachable'
  | 'answer-malformed'
  | 'status-unexpected'
  | 'key-malformed'
  | 'address-malformed'
  | 'too-many-symbols'

export type ClientErrorDetails = ErrorOptions & {
  readonly status?: number
  readonly retryAfterMs?: number
}

export class ClientError extends OracleError {
  /** The HTTP status; none when no answer came. */
  readonly status: number | undefined
  /** How long to wait before asking again, milliseconds; none when the server did not say. */
  readonly retryAfterMs: number | undefined

  /** @param code One of our own (`OwnErrorCode`), or the server's. */
  constructor(code: string, message: string, details: ClientErrorDetails = {}) {
    super(code, message, details)
    this.status = details.status
    this.retryAfterMs = details.retryAfterMs
  }
}

/** An error of the client's own making: the compiler knows all of its codes. */
export function ownError(
  code: OwnErrorCode,
  message: string,
  details: ClientErrorDetails = {},
): ClientError {
  return new ClientError(code, message, details)
}
