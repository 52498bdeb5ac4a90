/**
 * The value provider under load: 63 feeds, the key checked and counted at each request, against a bare
 * Hono route that makes the same round trip and knows every value already.
 */

import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { upstashCache } from '../../src/cache/upstash.ts'
import { catalogue } from '../../src/catalogue.ts'
import { votingRoundAt } from '../../src/protocol/epoch.ts'
import { networks } from '../../src/protocol/networks.ts'
import { roundFeedValuesResponseSchema } from '../../src/protocol/value-provider-wire.ts'
import { bundleOf, workerBundle } from './bundle.ts'
import { type Contestant, type Duel, duel } from './duel.ts'
import type { BenchWorld } from './measure.ts'
import { compatibilityDate, deployed, startWorkerd } from './workerd.ts'

export type FeedValuesMeasured = {
  readonly feeds: number
  readonly alone: Duel
  readonly crowded: Duel
  /** Round 0, from the isolate's copy, at the crowd's connections. */
  readonly latest: Duel
}

export const crowd = 32

const key = `chrono_${'bench'.padEnd(32, '-')}`
const keyHash = createHash('sha256').update(key).digest('hex')

/** Requests a minute: more than any machine can make. */
const unlimited = 1_000_000_000

const body = JSON.stringify({
  feeds: catalogue.map(({ symbol, category }) => ({ category, name: symbol })),
})

export async function measureFeedValues(
  world: BenchWorld,
  each: { readonly forMs: number; readonly rounds: number },
): Promise<FeedValuesMeasured> {
  world.say('bundling with wrangler, starting the cache')
  const { ours, theirs, redisUrl } = await started(world)
  const bare: Contestant = {
    name: 'bare Hono, the same round trip',
    path: '/feed-values',
    body,
    port: theirs.portOf('yardstick'),
    workerd: theirs,
  }

  const against = async (round: number, connections: number): Promise<Duel> => {
    const contestant: Contestant = {
      name: `POST /feed-values/${round === 0 ? '0' : '{round}'}`,
      path: `/vp/${key}/feed-values/${round}`,
      body,
      port: ours.portOf('chrono'),
      workerd: ours,
    }
    await publishPrices(redisUrl, world.token)
    await mustHaveAll(contestant)
    world.say(`${contestant.name}, ${connections} connections`)
    return duel(contestant, bare, { connections, ...each })
  }
  const openRound = () => votingRoundAt(networks.flare.schedule, Date.now())
  return {
    feeds: catalogue.length,
    alone: await against(openRound(), 1),
    crowded: await against(openRound(), crowd),
    latest: await against(0, crowd),
  }
}

/** The Worker as it would be deployed, the yardstick, and the one store that both ask. */
async function started(world: BenchWorld) {
  const target = (name: string) => ({
    directory: join(world.directory, name),
    signal: world.signal,
  })
  const entry = fileURLToPath(new URL('yardstick.ts', import.meta.url))
  const [chrono, yardstick, redisUrl] = await Promise.all([
    workerBundle(target('bundle')),
    bundleOf(entry, compatibilityDate, target('yardstick')),
    world.troupe.standIn('upstash'),
  ])
  const settings = {
    MODE: 'replay',
    // Nobody asks it: the key is in the cache.
    DATABASE_URL: 'postgres://local:local@db.localtest.me/main',
    UPSTASH_REDIS_REST_URL: redisUrl,
    UPSTASH_REDIS_REST_TOKEN: world.token,
  }
  const worker = {
    ...deployed,
    name: 'chrono',
    module: chrono,
    vars: { ...deployed.vars, ...settings },
  }
  const bare = { name: 'yardstick', module: yardstick, vars: { ...settings, KEY_HASH: keyHash } }
  return {
    ours: await startWorkerd('chrono', [worker], world),
    theirs: await startWorkerd('yardstick', [bare], world),
    redisUrl,
  }
}

/** Puts the key and a price of now for every feed where the Worker finds them. */
async function publishPrices(url: string, token: string): Promise<void> {
  const cache = upstashCache({ url, token })
  const nowMs = Date.now()
  await cache.rememberKey(keyHash, {
    record: {
      id: randomUUID(),
      name: 'bench',
      limit_per_minute: unlimited,
      scopes: ['value-provider'],
    },
    cachedAtMs: nowMs,
  })
  const prices = catalogue.map(({ symbol, decimals }, i) => ({
    symbol,
    // As many digits as a real one has, and as large as the feed's slot on chain holds.
    price: (1_000_000 + i * 12_345.678_9) / 10 ** decimals,
    timestamp: nowMs,
    observed_at: nowMs,
    sources: ['binance', 'coinbase', 'kraken', 'okx'],
    confidence: 0.97,
    interval_bps: 1.5,
    algorithm: 'median-of-five-votes',
    seq: 1,
  }))
  await cache.publish(prices, nowMs)
}

/** @throws {Error} if a feed has no value: an answer with gaps is no measure. */
async function mustHaveAll({ port, path }: Contestant): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body })
  const answer: unknown = await response.json()
  const { data } = roundFeedValuesResponseSchema.parse(answer)
  const missing = data.filter(({ value }) => value === undefined).length
  if (missing > 0 || data.length !== catalogue.length) throw new Error(`${missing} have no value.`)
}
