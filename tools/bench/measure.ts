/** The whole bench in its order: what a tick costs, how fast answers are, how fast prices spread. */

import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exchangeBaseUrls } from '../../local/exchanges.ts'
import { freePort, untilItAnswers } from '../../local/processes.ts'
import { neonKeyStore } from '../../src/history/neon-keys.ts'
import { migrate } from '../migrate.ts'
import { bundleOf, workerBundle } from './bundle.ts'
import type { ServicePlan } from './capnp.ts'
import { type Contestant, type Duel, duel } from './duel.ts'
import { type FanOut, fanOut } from './fan-out.ts'
import { measureTicks, quickTicks, tickEars, type TicksMeasured } from './ticks.ts'
import type { Troupe } from './troupe.ts'
import { compatibilityDate, deployed, type RunningWorkerd, startWorkerd } from './workerd.ts'

export type BenchWorld = {
  readonly troupe: Troupe
  /** For bundles, storage and logs; the caller removes it. */
  readonly directory: string
  /** Opens the stand-in of Upstash. */
  readonly token: string
  /** Ends what is no part of the troupe. */
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

export type Measured = {
  readonly ticks: TicksMeasured
  readonly duels: readonly Duel[]
  readonly fanOut: FanOut
}

const connections = 32
const listeners = 1_000

/** Reads prices, as often as it likes. */
const key = `chrono_${'bench'.padEnd(32, '-')}`
const keyHash = createHash('sha256').update(key).digest('hex')
const headers = { 'X-API-Key': key }

/** Requests a minute: more than any machine can make. */
const unlimited = 1_000_000_000

type Bundles = { readonly chrono: string; readonly driver: string; readonly yardstick: string }

export async function measure(world: BenchWorld): Promise<Measured> {
  const { say } = world
  say('bundling with wrangler, starting the stand-ins')
  const [bundles, { databaseUrl: _, ...settings }] = await Promise.all([
    bundled(world),
    standInsOf(world),
  ])
  const chrono = [
    {
      ...deployed,
      name: 'chrono',
      module: bundles.chrono,
      vars: { ...deployed.vars, ...settings },
    },
    driverOf(bundles),
  ]

  say('ticks of the replayed exchanges')
  const ears = tickEars()
  const quick = chrono.map((each) => ({ ...each, vars: { ...each.vars, ...quickTicks } }))
  const ticking = await startWorkerd('ticking', quick, world, ears.onLine)
  const ticks = await measureTicks(ticking, ears)
  await ticking.stop()

  // The ticks have left their prices in the cache, for as long as all of this takes.
  await makeKey(settings)
  const ours = await startWorkerd('chrono', chrono, world)
  const bare = {
    name: 'yardstick',
    module: bundles.yardstick,
    vars: { ...settings, KEY_HASH: keyHash },
  }
  const yardstick = await startWorkerd('yardstick', [bare], world)
  const duels = await duelsOf(ours, yardstick, say)
  await yardstick.stop()

  say(`${listeners} listeners`)
  return { ticks, duels, fanOut: await heardFrom(ours, world) }
}

export async function bundled({ directory, signal }: BenchWorld): Promise<Bundles> {
  const target = (name: string) => ({ directory: join(directory, name), signal })
  const entries = {
    driver: fileURLToPath(new URL('driver.ts', import.meta.url)),
    yardstick: fileURLToPath(new URL('yardstick.ts', import.meta.url)),
  }
  const [chrono, driver, yardstick] = await Promise.all([
    workerBundle(target('bundle')),
    bundleOf(entries.driver, compatibilityDate, target('driver')),
    bundleOf(entries.yardstick, compatibilityDate, target('yardstick')),
  ])
  return { chrono, driver, yardstick }
}

/**
 * Starts the stores and the exchanges; the settings with which the Worker reaches them.
 *
 * @param serverUrl A Postgres to use in place of the stand-in.
 */
export async function standInsOf({ troupe, directory, token }: BenchWorld, serverUrl?: string) {
  const [postgresUrl, redisUrl, exchangesUrl] = await Promise.all([
    serverUrl ?? troupe.standIn('postgres', '--data', join(directory, 'postgres')),
    troupe.standIn('upstash'),
    troupe.standIn('exchanges'),
  ])
  await migrate(postgresUrl)
  return {
    MODE: 'replay',
    DATABASE_URL: 'postgres://local:local@db.localtest.me/main',
    NEON_FETCH_ENDPOINT: await troupe.standIn('neon', '--database', postgresUrl),
    UPSTASH_REDIS_REST_URL: redisUrl,
    UPSTASH_REDIS_REST_TOKEN: token,
    EXCHANGE_BASE_URLS: JSON.stringify(exchangeBaseUrls(Number(new URL(exchangesUrl).port))),
    databaseUrl: postgresUrl,
  }
}

type Settings = Omit<Awaited<ReturnType<typeof standInsOf>>, 'databaseUrl'>

export function driverOf({ driver }: Bundles): Omit<ServicePlan, 'port'> {
  const stream = '(className = "StreamObject", serviceName = "chrono")'
  return {
    name: 'driver',
    module: driver,
    vars: {},
    bindings: { CHRONO: 'service = "chrono"', STREAM: `durableObjectNamespace = ${stream}` },
  }
}

/** Makes the key where keys live: the Worker finds it there, and caches it at its first request. */
async function makeKey(settings: Settings): Promise<void> {
  const { DATABASE_URL: databaseUrl, NEON_FETCH_ENDPOINT: fetchEndpoint } = settings
  await neonKeyStore({ databaseUrl, fetchEndpoint }).create({
    id: randomUUID(),
    name: 'bench',
    hash: keyHash,
    limitPerMinute: unlimited,
    scopes: ['read'],
  })
}

async function duelsOf(
  ours: RunningWorkerd,
  yardstick: RunningWorkerd,
  say: (line: string) => void,
): Promise<readonly Duel[]> {
  const of = (path: string): Contestant => ({
    name: `GET ${path}`,
    path,
    headers,
    port: ours.portOf('chrono'),
    workerd: ours,
  })
  const bare = (name: string, path: string): Contestant => ({
    name,
    path,
    port: yardstick.portOf('yardstick'),
    workerd: yardstick,
  })
  const hello = bare('bare Hono, a constant', '/hello')
  const roundTrip = bare('bare Hono, the same round trip', '/price')

  const duels: Duel[] = []
  for (const [path, against, rounds] of [
    ['/api/v1/price/BTC', roundTrip, 8],
    ['/health', hello, 3],
    ['/api/v1/feeds', hello, 3],
  ] as const) {
    say(`GET ${path} against ${against.name}`)
    duels.push(await duel(of(path), against, { connections, forMs: 1_500, rounds }))
  }
  return duels
}

async function heardFrom(ours: RunningWorkerd, { troupe }: BenchWorld): Promise<FanOut> {
  const port = await freePort()
  troupe.program(fileURLToPath(new URL('plain-ws.ts', import.meta.url)), String(port))
  await untilItAnswers(`http://127.0.0.1:${port}/`, 'The plain server', 10_000)
  return fanOut(
    listeners,
    {
      url: `ws://127.0.0.1:${ours.portOf('chrono')}/ws`,
      headers,
      broadcastUrl: `http://127.0.0.1:${ours.portOf('driver')}/broadcast`,
    },
    {
      url: `ws://127.0.0.1:${port}/`,
      headers,
      broadcastUrl: `http://127.0.0.1:${port}/broadcast`,
    },
  )
}
