/**
 * The cache on Upstash, over its REST interface. What lies where:
 *
 *     price:BTC:latest  JSON of a `CachedPrice`             300 s
 *     prices            channel: a JSON array of `PriceUpdate`, one message a publication
 *     ws:sessions       hash: shard to count of listeners   120 s
 *     key:<sha256>      JSON of a `KeyRecord`, `cached_at`  24 h
 *     rate:<sha256>     requests counted                    60 s from the first one on
 *
 * Nothing is ever sent twice: a request that seems lost may have been counted or published.
 */

import { baseOf, type FeedSymbol } from '../protocol/feed.ts'
import { type PriceRecord, priceTtlSec, type PriceUpdate } from '../protocol/wire.ts'
import {
  type Admission,
  type CachedKey,
  type CachedPrice,
  type PriceCache,
  rateWindowSec,
} from './cache.ts'
import { cachedKeyOf, integerOf, mustHaveRun, pricesOf, type StoredKey } from './replies.ts'
import {
  type Ask,
  type Batch,
  type Command,
  type UpstashClient,
  type UpstashSettings,
  upstashClient,
} from './upstash-client.ts'

/** The channel on which latest prices are published. */
export const pricesChannel = 'prices'

/** As long as clients are let in while the key store cannot be asked. Seconds. */
const keyTtlSec = 86_400

/** A few ticks: counts that nobody renews are not those of now. Seconds. */
export const sessionsTtlSec = 120

const sessionsKey = 'ws:sessions'

/**
 * The cache behind an Upstash database. What readers wait for gives up at once while the database
 * was silent lately; what a tick publishes, a revocation and a ping are tried whatever happened, and
 * so they are also the first to notice that it is back.
 *
 * @throws {CacheError} `cache-misconfigured` if the address or the token can be used for no request.
 */
export function upstashCache(settings: UpstashSettings): PriceCache {
  const upstash = upstashClient(settings)
  const { client, insist } = upstash
  return {
    admit: (keyHash, symbols, nowMs) => admit(upstash, keyHash, symbols, nowMs),
    publish: (prices, nowMs) => publish(upstash, prices, nowMs),
    read: (symbols) => read(upstash, symbols),
    countListeners: (byShard) => countListeners(upstash, byShard),
    rememberKey: (keyHash, key) => rememberKey(upstash, keyHash, key),
    forgetKey: (keyHash) => mustRun(insist, client.pipeline().del(keyKey(keyHash))),
    ping: () => mustRun(insist, client.pipeline().ping()),
  }
}

async function admit(
  { client, ask }: UpstashClient,
  keyHash: string,
  symbols: readonly FeedSymbol[],
  nowMs: number,
): Promise<Admission> {
  const rateKey = `rate:${keyHash}`
  const commands: Command[] = [
    ['INCR', rateKey],
    // Each request offers the window an end, so that none stays without; the first one's counts.
    ['EXPIRE', rateKey, rateWindowSec, 'NX'],
    ['PTTL', rateKey],
    ['GET', keyKey(keyHash)],
  ]
  if (symbols.length > 0) commands.push(['MGET', ...symbols.map(priceKey)])

  const replies = await ask(client.batchOf(commands))
  return {
    count: integerOf(replies[0]),
    resetAtMs: nowMs + windowLeftMs(integerOf(replies[2])),
    key: cachedKeyOf(replies[3]),
    prices: pricesOf(symbols, replies[4]),
  }
}

async function rememberKey(
  { client, ask }: UpstashClient,
  keyHash: string,
  { record, cachedAtMs }: CachedKey,
): Promise<void> {
  const stored: StoredKey = { ...record, cached_at: cachedAtMs }
  await mustRun(
    ask,
    client.pipeline().set(keyKey(keyHash), JSON.stringify(stored), { ex: keyTtlSec }),
  )
}

async function publish(
  { client, insist }: UpstashClient,
  prices: readonly PriceRecord[],
  nowMs: number,
): Promise<void> {
  if (prices.length === 0) return
  const pipeline = client.pipeline()
  for (const price of prices) {
    const cached: CachedPrice = { ...price, cached_at: nowMs }
    pipeline.set(priceKey(price.symbol), JSON.stringify(cached), { ex: priceTtlSec })
  }
  const updates = prices.map((data): PriceUpdate => ({ type: 'price_update', data }))
  pipeline.publish(pricesChannel, JSON.stringify(updates))
  await mustRun(insist, pipeline)
}

async function read(
  { client, ask }: UpstashClient,
  symbols: readonly FeedSymbol[],
): Promise<ReadonlyMap<FeedSymbol, CachedPrice>> {
  if (symbols.length === 0) return new Map()
  const [reply] = await ask(client.pipeline().mget(symbols.map(priceKey)))
  if (reply !== undefined) mustHaveRun(reply)
  return pricesOf(symbols, reply)
}

/** All at once and instead of what was there: a shard that said nothing has no count. */
async function countListeners(
  { client, insist }: UpstashClient,
  byShard: ReadonlyMap<string, number>,
): Promise<void> {
  const transaction = client.multi().del(sessionsKey)
  if (byShard.size > 0) {
    transaction.hset(sessionsKey, Object.fromEntries(byShard))
    transaction.expire(sessionsKey, sessionsTtlSec)
  }
  await mustRun(insist, transaction)
}

/** @throws {CacheError} if one of the commands was refused. */
async function mustRun(ask: Ask, batch: Batch): Promise<void> {
  for (const reply of await ask(batch)) mustHaveRun(reply)
}

function keyKey(keyHash: string): string {
  return `key:${keyHash}`
}

function priceKey(symbol: FeedSymbol): string {
  return `price:${baseOf(symbol)}:latest`
}

/** What is left of a window. -2: it ended after the count was taken. -1: it begins now. */
function windowLeftMs(pttl: number): number {
  if (pttl === -2) return 0
  return pttl < 0 ? rateWindowSec * 1_000 : pttl
}
