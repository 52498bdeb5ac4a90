/**
 * The door in front of every route that needs a key: who is it, how often has it been here, and
 * may it do this. One round trip to the cache answers all three and brings the prices with it.
 *
 * Without the cache the door stays open: keys that this isolate has seen lately are believed at once,
 * others come from the database, and this isolate counts alone.
 */

import { type Admission, type CachedKey, rateWindowSec } from '../cache/cache.ts'
import type { KeyRecord, Scope } from '../protocol/api-key.ts'
import { OracleError } from '../protocol/errors.ts'
import type { FeedSymbol } from '../protocol/feed.ts'
import { type ApiContext, secondsUntil } from './answer.ts'
import type { Caller, Lack } from './caller.ts'
import { isApiKey } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import { keyLookUp, unknownKeyError } from './key-lookup.ts'
import { keyRenewal } from './key-renewal.ts'
import type { KeyRing } from './key-ring.ts'
import { LocalWindows } from './local-windows.ts'
import { ApiError } from './problem.ts'
import { ShortMemory } from './short-memory.ts'

/** Clients that one isolate counts at a time while the cache is down. */
const maxLocalClients = 10_000

/**
 * Hashing a key takes as long as all else that the door does, so that known keys' hashes are
 * remembered by the keys themselves. Those are in memory alone and for five minutes, as they are in
 * that of every request that carries one: nothing that reads our memory learns more by it.
 */
const hashLimits = { lifetimeMs: 300_000, maxEntries: 1_000 } as const

export type Visit = {
  /** The key as the client wrote it. */
  readonly key: string | undefined
  readonly scope: Scope
  readonly symbols: readonly FeedSymbol[]
}

export type Door = {
  /**
   * Counts a request and lets it in. From then on every answer to it, errors too, says how much of
   * the limit is left.
   *
   * @throws {ApiError} `key-missing`, `key-unknown`, `keys-unavailable`, `rate-limited` or
   *   `scope-missing`.
   */
  readonly enter: (context: ApiContext, visit: Visit) => Promise<Caller>
}

/** Who came, before it is known whether it may. */
type Counted = Pick<Caller, 'key' | 'prices' | 'degraded'> & {
  readonly count: number
  readonly resetAtMs: number
}

const nothing: readonly never[] = []
const withoutCache: readonly Lack[] = ['cache']

export function door(deps: ApiDeps, ring: KeyRing): Door {
  const renewal = keyRenewal(deps, ring)
  const lookUp = keyLookUp(deps, ring, renewal)
  const windows = new LocalWindows(rateWindowSec * 1000, maxLocalClients)
  const hashes = new ShortMemory<string>(hashLimits)

  async function counted(hash: string, symbols: readonly FeedSymbol[]): Promise<Counted> {
    const nowMs = deps.nowMs()
    if (ring.isUnknown(hash, nowMs)) throw unknownKeyError()
    const admission = await admissionOf(deps, hash, symbols, nowMs)
    if (admission === undefined) return countedHere(hash, nowMs)

    const { count, resetAtMs, prices } = admission
    const key =
      admission.key === undefined
        ? await lookUp(hash, nowMs)
        : foundInCache(hash, admission.key, nowMs)
    return { key, count, resetAtMs, prices, degraded: nothing }
  }

  function foundInCache(hash: string, cached: CachedKey, nowMs: number): KeyRecord {
    ring.remember(hash, cached.record, nowMs)
    renewal.noticed(hash, cached, nowMs)
    return cached.record
  }

  async function countedHere(hash: string, nowMs: number): Promise<Counted> {
    // Only known keys are counted, so that made-up ones cannot push them out of the count.
    const key = recalled(hash, nowMs) ?? (await lookUp(hash, nowMs))
    const window = windows.count(hash, nowMs)
    return { key, ...window, prices: new Map(), degraded: withoutCache }
  }

  function recalled(hash: string, nowMs: number): KeyRecord | undefined {
    const remembered = ring.remembered(hash, nowMs)
    if (remembered !== undefined) renewal.recalled(hash, remembered, nowMs)
    return remembered?.key
  }

  return {
    async enter(context, { key: text, scope, symbols }) {
      if (text === undefined || text === '') {
        throw new ApiError('key-missing', 'Send your API key in the header X-API-Key.')
      }
      // What no key looks like is worth neither a hash nor a question.
      if (!isApiKey(text)) throw unknownKeyError()

      const rememberedHash = hashes.get(text, deps.nowMs())
      const hash = rememberedHash ?? (await deps.sha256Hex(text))
      const { key, count, resetAtMs, prices, degraded } = await counted(hash, symbols)
      // Only now, so that what is no key cannot flush those that are.
      if (rememberedHash === undefined) hashes.set(text, hash, deps.nowMs())
      const limit = key.limit_per_minute
      const remaining = Math.max(0, limit - count)
      const caller = { key, rateLimit: { limit, remaining, reset_at: resetAtMs }, prices, degraded }
      context.set('caller', caller)

      if (count > limit) throw rateLimitedError(caller, deps.nowMs())
      if (!key.scopes.includes(scope)) {
        throw new ApiError('scope-missing', `This key lacks the scope "${scope}".`)
      }
      return caller
    },
  }
}

async function admissionOf(
  deps: ApiDeps,
  hash: string,
  symbols: readonly FeedSymbol[],
  nowMs: number,
): Promise<Admission | undefined> {
  try {
    return await deps.cache.admit(hash, symbols, nowMs)
  } catch (error) {
    if (!(error instanceof OracleError)) throw error
    deps.log({ event: 'cache-failed', code: error.code })
    return undefined
  }
}

function rateLimitedError({ rateLimit }: Caller, nowMs: number): ApiError {
  const waitSec = Math.max(1, secondsUntil(rateLimit.reset_at, nowMs))
  return new ApiError(
    'rate-limited',
    `This key may ask ${rateLimit.limit} times a minute; ask again in ${waitSec} s.`,
    { headers: { 'Retry-After': String(waitSec) }, members: { rate_limit: rateLimit } },
  )
}
