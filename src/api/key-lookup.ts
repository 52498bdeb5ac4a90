/**
 * The look-up that a request waits for: of a key for which neither the cache nor this isolate's
 * memory vouches. Anyone can make up such keys, so look-ups are few a second, and none is waited for
 * long; one that takes longer goes on, and what it says helps the next request.
 */

import type { KeyRecord } from '../protocol/api-key.ts'
import { OracleError } from '../protocol/errors.ts'
import type { ApiDeps } from './deps.ts'
import type { KeyRenewal } from './key-renewal.ts'
import type { KeyRing, StoreAnswer } from './key-ring.ts'
import { ApiError } from './problem.ts'
import { TokenBucket } from './token-bucket.ts'

/**
 * An isolate's look-ups. Far more than new keys and cold starts need; few enough that a flood of
 * made-up keys is no load to the database.
 */
const lookUpLimits = { perSecond: 50, capacity: 50 } as const

/** A database that is awake answers in a tenth of this; one that sleeps is awake for the next try. */
const lookUpWithinMs = 1_500

/** What a client does while the database is down. Seconds. */
const retryAfterSec = 5

/** What a client does while too many ask: a second later there are look-ups again. Seconds. */
const retryAfterFloodSec = 1

type Needs = Pick<ApiDeps, 'defer' | 'log' | 'withDeadline'>

/**
 * A function that tells the key by the key store's word, which is remembered by isolate and cache.
 *
 * It throws an `ApiError`: `key-unknown` if there is no such key; `keys-unavailable` if nobody can
 * say, or if too many ask. A flood is no reason to call a good key unknown.
 */
export function keyLookUp(
  deps: Needs,
  ring: KeyRing,
  renewal: KeyRenewal,
): (hash: string, nowMs: number) => Promise<KeyRecord> {
  const bucket = new TokenBucket(lookUpLimits)

  async function askedFor(hash: string, nowMs: number): Promise<StoreAnswer> {
    const answer = await ring.ask(hash, nowMs)
    if (answer.kind === 'known') renewal.keep(hash, { record: answer.key, cachedAtMs: nowMs })
    return answer
  }

  async function askedInTime(hash: string, nowMs: number): Promise<StoreAnswer> {
    const asking = askedFor(hash, nowMs)
    try {
      return await deps.withDeadline(asking, lookUpWithinMs, 'Looking up a key')
    } catch (cause) {
      if (!(cause instanceof OracleError)) throw cause
      deps.log({ event: 'key-lookup-late', code: cause.code })
      deps.defer(
        asking.then(
          () => undefined,
          () => deps.log({ event: 'key-lookup-failed', code: 'unexpected' }),
        ),
      )
      return { kind: 'failed', cause }
    }
  }

  return async (hash, nowMs) => {
    if (!bucket.take(nowMs)) throw tooManyLookUpsError()
    const answer = await askedInTime(hash, nowMs)
    switch (answer.kind) {
      case 'known':
        return answer.key
      case 'unknown':
        throw unknownKeyError()
      case 'failed':
        throw keysUnavailableError(answer.cause)
    }
  }
}

export function unknownKeyError(): ApiError {
  return new ApiError('key-unknown', 'The key is unknown or has been revoked.')
}

export function keysUnavailableError(cause: unknown): ApiError {
  return new ApiError('keys-unavailable', 'The store of keys does not answer; try again soon.', {
    cause,
    headers: { 'Retry-After': String(retryAfterSec) },
  })
}

function tooManyLookUpsError(): ApiError {
  return new ApiError('keys-unavailable', 'Too many unknown keys are asked about; try again.', {
    headers: { 'Retry-After': String(retryAfterFloodSec) },
  })
}
