/** What the cache's adapters throw. */

import { OracleError } from '../protocol/errors.ts'

/**
 * The cache did not do what it was asked: it could not be reached, did not answer in time, refused,
 * answered what makes no sense, or its address or token cannot be used at all. Neither token nor
 * address is in the message or behind it.
 */
export class CacheError extends OracleError<
  | 'cache-unreachable'
  | 'cache-timed-out'
  | 'cache-refused'
  | 'cache-malformed'
  | 'cache-misconfigured'
> {}
