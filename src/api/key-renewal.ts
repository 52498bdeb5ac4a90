/**
 * Looking known keys up again. The cache keeps a key long enough to outlast the database; what has
 * not been confirmed for a while is still believed, and while its client is being served the key
 * store is asked. So a key that was revoked, and that an answer under way then put back into the
 * cache, lives no longer than that while and one request more. What an isolate remembers while the
 * cache is down is confirmed in the same way, and sooner.
 *
 * One look-up at a time, a key and an isolate. What says that one is under way is an instant and not
 * a promise: an invocation may be ended before it can tell.
 */

import type { CachedKey } from '../cache/cache.ts'
import { OracleError } from '../protocol/errors.ts'
import type { ApiDeps } from './deps.ts'
import type { KeyRing, RememberedKey } from './key-ring.ts'

/** A key that the cache confirmed longer ago than this is looked up again. Milliseconds. */
const confirmedForMs = 300_000

/** The same of a key that only this isolate remembers, whose revocation nobody would tell it. */
const rememberedForMs = 60_000

/** From one look-up of a key to the next; longer than the key store may take to answer. */
const pauseMs = 30_000

/** Look-ups begun in a pause. Ten a second do not hurt a database; what is left over can wait. */
const maxLookUps = 300

export type KeyRenewal = {
  /** Takes note of a key that the cache gave, and begins to look it up if that is due. */
  readonly noticed: (hash: string, cached: CachedKey, nowMs: number) => void
  /** The same of a key that is believed from memory, for the cache is down. */
  readonly recalled: (hash: string, remembered: RememberedKey, nowMs: number) => void
  /** Hands the cache a key that the key store knew at an instant (Unix milliseconds). */
  readonly keep: (hash: string, cached: CachedKey) => void
}

type Needs = Pick<ApiDeps, 'cache' | 'defer' | 'log'>

export function keyRenewal({ cache, defer, log }: Needs, ring: KeyRing): KeyRenewal {
  /** When each look-up's pause ends, in the order of their beginning. */
  const pauses = new Map<string, number>()

  /** Whether a look-up may begin; if so, it has. */
  function mayBegin(hash: string, nowMs: number): boolean {
    for (const [other, endsAtMs] of pauses) {
      if (nowMs < endsAtMs) break
      pauses.delete(other)
    }
    if (pauses.has(hash) || pauses.size >= maxLookUps) return false
    pauses.set(hash, nowMs + pauseMs)
    return true
  }

  async function renew(hash: string, nowMs: number): Promise<void> {
    const answer = await ring.ask(hash, nowMs)
    switch (answer.kind) {
      case 'known':
        // Confirmed when it was asked for: the answer may have been overtaken since.
        return cache.rememberKey(hash, { record: answer.key, cachedAtMs: nowMs })
      case 'unknown':
        // Cache or memory vouched for it, so that it has not been made up.
        ring.revoke(hash, nowMs)
        return cache.forgetKey(hash)
      case 'failed':
        // Nobody has said anything against the key.
        return
    }
  }

  function deferred(work: Promise<void>, event: string): void {
    defer(
      work.catch((error: unknown) => {
        log({ event, code: error instanceof OracleError ? error.code : 'unexpected' })
      }),
    )
  }

  function begin(hash: string, nowMs: number): void {
    if (mayBegin(hash, nowMs)) deferred(renew(hash, nowMs), 'key-not-renewed')
  }

  return {
    noticed(hash, { cachedAtMs }, nowMs) {
      // Neither is an instant far in the future one to go by.
      if (Math.abs(nowMs - cachedAtMs) > confirmedForMs) begin(hash, nowMs)
    },

    recalled(hash, { heardAtMs }, nowMs) {
      if (nowMs - heardAtMs >= rememberedForMs) begin(hash, nowMs)
    },

    keep(hash, cached) {
      deferred(cache.rememberKey(hash, cached), 'key-not-cached')
    },
  }
}
