/** What the cache's replies say: nothing that it holds is believed before it has been read here. */

import { z } from 'zod'
import { keyRecordSchema } from '../protocol/api-key.ts'
import type { FeedSymbol } from '../protocol/feed.ts'
import { instantSchema } from '../protocol/wire.ts'
import { type CachedKey, type CachedPrice, cachedPriceSchema } from './cache.ts'
import { CacheError } from './cache-error.ts'
import type { Reply } from './upstash-client.ts'

const integerSchema = z.int()

/** What lies under `key:<sha256>`. */
const storedKeySchema = keyRecordSchema.extend({ cached_at: instantSchema })
export type StoredKey = z.infer<typeof storedKeySchema>

/** What a cached text says, if it is JSON of the right shape. */
function parsed<T>(schema: z.ZodType<T>, text: unknown): T | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    // No JSON: somebody else wrote it, and the next publication replaces it.
    return undefined
  }
}

/**
 * The integer that a command came to.
 *
 * @throws {CacheError} if the command was refused or its result is no integer.
 */
export function integerOf(reply: Reply | undefined): number {
  if (reply !== undefined) mustHaveRun(reply)
  const result = integerSchema.safeParse(reply?.result)
  if (result.success) return result.data
  throw new CacheError('cache-malformed', 'The cache answered a count with what is no integer.')
}

/** @throws {CacheError} `cache-refused` if the command was. */
export function mustHaveRun({ error }: Reply): void {
  if (error === undefined) return
  throw new CacheError('cache-refused', `The cache refused a command: ${error.slice(0, 200)}.`)
}

/** The key that `GET` gave; a value that is none is as good as absent. */
export function cachedKeyOf(reply: Reply | undefined): CachedKey | undefined {
  const stored = parsed(storedKeySchema, reply?.result)
  if (stored === undefined) return undefined
  const { cached_at: cachedAtMs, ...record } = stored
  return { record, cachedAtMs }
}

/** The prices among the values of `MGET`; a value that is none is as good as absent. */
export function pricesOf(
  symbols: readonly FeedSymbol[],
  reply: Reply | undefined,
): ReadonlyMap<FeedSymbol, CachedPrice> {
  const values: readonly unknown[] = Array.isArray(reply?.result) ? reply.result : []
  const prices = new Map<FeedSymbol, CachedPrice>()
  symbols.forEach((symbol, i) => {
    const price = parsed(cachedPriceSchema, values[i])
    // Feeds of one base share a key whatever their quote currency.
    if (price?.symbol === symbol) prices.set(symbol, price)
  })
  return prices
}
