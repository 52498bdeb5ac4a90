/** Builders: a value provider's key, and what the reference clients say with it. */

import type { AskedFeed } from '../../src/protocol/value-provider-wire.ts'
import { votingRoundAt } from '../../src/protocol/epoch.ts'
import { type FeedSymbol } from '../../src/protocol/feed.ts'
import { networks } from '../../src/protocol/networks.ts'
import {
  aCachedKey,
  aCachedPrice,
  aKey,
  anApi,
  type ApiUnderTest,
  btc,
  eth,
  flr,
  sha256Hex,
} from './api.ts'

export const providerKey = aKey('provider')

/** Half a minute into a round of Flare's. */
export const inRoundMs = 1_795_343_430_000
export const openRound = votingRoundAt(networks.flare.schedule, inRoundMs)

export const threeFeeds: readonly AskedFeed[] = [btc, eth, flr].map((name) => ({
  category: 1,
  name,
}))

/** An API in the middle of a round, with a value provider's key and prices of BTC and ETH. */
export function aProviderApi(...differing: Parameters<typeof anApi>): ApiUnderTest {
  const under = anApi(...differing)
  const { world } = under
  world.nowMs = inRoundMs
  addProvider(under, providerKey, '00000000-0000-4000-8000-00000000000a')
  world.feedPrices.clear()
  priceIs(under, btc, 97_500.1)
  priceIs(under, eth, 3_000.5)
  return under
}

/** Makes a key of the scope. */
export function addProvider({ world }: ApiUnderTest, key: string, id: string): void {
  const record = {
    id,
    name: 'provider',
    limit_per_minute: 600,
    scopes: ['value-provider'] as const,
  }
  world.cachedKeys.set(sha256Hex(key), aCachedKey(record, world.nowMs))
}

/** Puts a price of now into the cache. */
export function priceIs({ world }: ApiUnderTest, symbol: FeedSymbol, price: number): void {
  const atMs = world.nowMs
  const instants = { timestamp: atMs - 1_000, observed_at: atMs - 1_500, cached_at: atMs - 900 }
  world.cachedPrices.set(symbol, aCachedPrice({ symbol, price, ...instants }))
}

/** Asks as a provider's client does. */
export async function post(
  { api }: ApiUnderTest,
  path: string,
  body: unknown = { feeds: threeFeeds },
  headers: Record<string, string> = { 'X-API-Key': providerKey },
): Promise<Response> {
  return api.request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
