/**
 * What this isolate remembers of keys: those that cache or key store vouched for, those that the key
 * store does not know, and those that have been revoked.
 */

import type { KeyRecord } from '../protocol/api-key.ts'
import { OracleError } from '../protocol/errors.ts'
import type { ApiDeps } from './deps.ts'
import { ShortMemory } from './short-memory.ts'

/** Garbage asks the database once in this long and isolate; a new key may have to wait as long. */
const unknownKeys = { lifetimeMs: 30_000, maxEntries: 10_000 }

/** Keys seen lately, for while the cache is down. */
const knownKeys = { lifetimeMs: 300_000, maxEntries: 10_000 }

/**
 * Apart from unknown keys, which anyone can make up and so push each other out. As long as a key is
 * remembered, so that no answer that was under way outlives the word against it.
 */
const revokedKeys = { lifetimeMs: 300_000, maxEntries: 10_000 }

/** What is heard of a key again sooner than this is not written down again. Milliseconds. */
const rewrittenAfterMs = 60_000

export type RememberedKey = {
  readonly key: KeyRecord
  /** When cache or key store said so, Unix milliseconds; up to a minute before they last did. */
  readonly heardAtMs: number
}

export type KeyRing = {
  /** Whether the key store said lately that there is no such key, or that it has been revoked. */
  readonly isUnknown: (hash: string, nowMs: number) => boolean
  /** The key as this isolate heard of it in the last five minutes. */
  readonly remembered: (hash: string, nowMs: number) => RememberedKey | undefined
  /** Remembers what cache or key store said; never what was only remembered. */
  readonly remember: (hash: string, key: KeyRecord, nowMs: number) => void
  /** Takes a key out of this isolate's memory at once. */
  readonly revoke: (hash: string, nowMs: number) => void
  /** Asks the key store, and remembers what it says; that it does not answer is logged. */
  readonly ask: (hash: string, nowMs: number) => Promise<StoreAnswer>
}

export type StoreAnswer =
  | { readonly kind: 'known'; readonly key: KeyRecord }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly cause: OracleError }

export function keyRing(deps: Pick<ApiDeps, 'keys' | 'log'>): KeyRing {
  const unknown = new ShortMemory<true>(unknownKeys)
  const revoked = new ShortMemory<true>(revokedKeys)
  const known = new ShortMemory<RememberedKey>(knownKeys)

  function isUnknown(hash: string, nowMs: number): boolean {
    return unknown.get(hash, nowMs) === true || revoked.get(hash, nowMs) === true
  }

  function remember(hash: string, key: KeyRecord, nowMs: number): void {
    // Said before the key was revoked, heard after.
    if (isUnknown(hash, nowMs)) return
    const entry = known.get(hash, nowMs)
    if (entry === undefined || nowMs - entry.heardAtMs >= rewrittenAfterMs) {
      known.set(hash, { key, heardAtMs: nowMs }, nowMs)
    }
  }

  return {
    isUnknown,
    remembered: (hash, nowMs) => known.get(hash, nowMs),
    remember,

    revoke(hash, nowMs) {
      known.delete(hash)
      revoked.set(hash, true, nowMs)
    },

    async ask(hash, nowMs) {
      const answer = await answerOf(deps, hash)
      // A revocation that overtook the question knows better than the answer.
      if (answer.kind === 'known' && isUnknown(hash, nowMs)) return { kind: 'unknown' }
      if (answer.kind === 'known') remember(hash, answer.key, nowMs)
      if (answer.kind === 'unknown') {
        known.delete(hash)
        unknown.set(hash, true, nowMs)
      }
      return answer
    },
  }
}

async function answerOf(
  { keys, log }: Pick<ApiDeps, 'keys' | 'log'>,
  hash: string,
): Promise<StoreAnswer> {
  try {
    const key = await keys.find(hash)
    return key === undefined ? { kind: 'unknown' } : { kind: 'known', key }
  } catch (cause) {
    if (!(cause instanceof OracleError)) throw cause
    log({ event: 'key-lookup-failed', code: cause.code })
    return { kind: 'failed', cause }
  }
}
