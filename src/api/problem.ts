/**
 * Every error that a client may see: its code, its HTTP status and its title. A route throws an
 * `ApiError`; `error-answer.ts` alone turns it into an answer.
 */

import { OracleError } from '../protocol/errors.ts'

/** Status and title by code. Codes of other rooms' errors that are the client's fault are here too. */
export const problems = {
  'request-malformed': [400, 'The request is malformed'],
  'json-malformed': [400, 'The body is not JSON'],
  'symbol-malformed': [400, 'Not a symbol'],
  'symbol-too-long': [400, 'Not a symbol'],
  'subprotocol-unknown': [400, 'No subprotocol in common'],
  'key-missing': [401, 'An API key is required'],
  'key-unknown': [401, 'The API key is not valid'],
  'bridge-unauthorised': [401, 'The request is not signed as a bridge would'],
  'bridge-clock-off': [401, 'The clocks differ too much'],
  'collector-unauthorised': [401, 'The request is not signed as a collector would'],
  'collector-clock-off': [401, 'The clocks differ too much'],
  'nonce-used': [401, 'The request has been made before'],
  'scope-missing': [403, 'The API key does not allow this'],
  'admin-not-configured': [403, 'Administration is switched off'],
  'bridge-closed': [403, 'There is no bridge here'],
  'ingest-closed': [403, 'There are no collectors here'],
  'route-unknown': [404, 'No such resource'],
  'feed-unknown': [404, 'No such feed'],
  'key-not-found': [404, 'No such key'],
  'round-not-revealed': [404, 'The round is not revealed'],
  'provenance-unknown': [404, 'What the price was made of is not kept'],
  'method-not-allowed': [405, 'The method is not allowed'],
  'lease-taken': [409, 'Another bridge has the lease'],
  'lease-lost': [409, 'The lease is lost'],
  'too-early': [409, 'It is too early in the round'],
  'round-not-open': [409, 'The round is not open yet'],
  'round-over': [409, 'The round is over'],
  'feeds-differ': [409, 'The round is frozen over other feeds'],
  'digest-differs': [409, 'Something else is reserved'],
  'body-too-large': [413, 'The body is too large'],
  'upgrade-required': [426, 'A WebSocket upgrade is required'],
  'rate-limited': [429, 'Too many requests'],
  'too-many-listeners': [429, 'Too many listeners'],
  'internal-error': [500, 'Something went wrong on our side'],
  'price-unavailable': [503, 'The price is not available'],
  'provenance-unavailable': [503, 'What the price was made of cannot be looked up at present'],
  'keys-unavailable': [503, 'Keys cannot be looked up at present'],
  'revocation-incomplete': [503, 'The revocation is not complete'],
  'rounds-unavailable': [503, 'Rounds cannot be looked up at present'],
  'reports-not-kept': [503, 'The reports could not be kept'],
  'values-not-kept': [503, 'The values could not be kept'],
  'quotes-not-kept': [503, 'The quotes could not be kept'],
  'ingest-unavailable': [503, 'Collectors cannot be told apart at present'],
  'stream-unavailable': [503, 'The stream is not available'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>

export type ProblemCode = keyof typeof problems

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code)
}

/** What an answer carries besides the problem itself. */
export type ProblemExtras = ErrorOptions & {
  readonly headers?: Readonly<Record<string, string>>
  /** Members of the problem document beyond the standard ones. */
  readonly members?: Readonly<Record<string, unknown>>
}

/** An answer other than the one hoped for. Its message is the problem's `detail`. */
export class ApiError extends OracleError<ProblemCode> {
  readonly headers: Readonly<Record<string, string>>
  readonly members: Readonly<Record<string, unknown>>

  constructor(code: ProblemCode, message: string, extras: ProblemExtras = {}) {
    super(code, message, extras)
    this.headers = extras.headers ?? {}
    this.members = extras.members ?? {}
  }
}
