/** The parts of a system as programs: what is run, with which words, and what it may know. */

import { join } from 'node:path'
import { exchangeBaseUrls, exchangeLiveUrls } from './exchanges.ts'
import { type Addresses, type AddressOptions, host, portIn } from './addresses.ts'
import type { Operator } from './operator.ts'
import type { ChildPlan } from './processes.ts'

export const partNames = [
  'postgres',
  'neon',
  'upstash',
  'exchanges',
  'chain',
  'worker',
  'bridge',
  'dashboard',
] as const
export type PartName = (typeof partNames)[number]

export type PlanOptions = AddressOptions & {
  /** Where state and logs go. */
  readonly directory: string
  /** Hears the Worker's own log lines. */
  readonly onWorkerLine?: (line: string) => void
  /** Hears the bridge's own log lines. */
  readonly onBridgeLine?: (line: string) => void
  /** Hears that a part died without being asked to. */
  readonly onDeath: (sentence: string) => void
}

type Program = Pick<ChildPlan, 'args'> &
  Partial<Pick<ChildPlan, 'env' | 'onLine'>> & { readonly nodeFlags?: readonly string[] }

const root = join(import.meta.dirname, '..')

/** How each part is started. */
export function plansOf(
  options: PlanOptions,
  address: Addresses,
  operator: Operator,
): Readonly<Record<PartName, ChildPlan>> {
  const { directory } = options
  const { file } = address
  const local = (script: string, ...args: readonly string[]) => ({
    args: [join(root, 'local', script), ...args],
  })
  const programs: Readonly<Record<PartName, Program>> = {
    postgres: local('postgres.ts', ...listening(file.database_url), ...at(directory, 'postgres')),
    neon: local('neon.ts', ...listening(file.neon_url), '--database', file.database_url),
    upstash: {
      ...local('upstash.ts', ...listening(file.redis_url)),
      env: { UPSTASH_TOKEN: file.redis_token },
    },
    exchanges: local('exchanges.ts', ...listening(address.exchangesUrl)),
    chain: local('chain.ts', ...listening(file.rpc_url), ...chainArgs(options, operator)),
    worker: {
      ...local('leash.ts', process.execPath, ...wranglerArgs(options, address)),
      env: wranglerEnvironment(directory),
      ...(options.onWorkerLine === undefined ? {} : { onLine: options.onWorkerLine }),
    },
    bridge: {
      // As its own launcher has them: it allocates little, and the heap need not grow for it.
      nodeFlags: ['--max-semi-space-size=2', '--v8-pool-size=1', '--optimize-for-size'],
      args: [join(root, 'signer-bridge', 'main.ts'), 'run', '--settings', operator.settingsFile],
      env: operator.env,
      ...(options.onBridgeLine === undefined ? {} : { onLine: options.onBridgeLine }),
    },
    dashboard: {
      ...local('dashboard.ts', ...listening(file.dashboard_url), '--worker-url', file.worker_url),
    },
  }
  const named = partNames.map((name) => [name, planOf(name, programs[name], options)] as const)
  return record(named)
}

function planOf(
  name: PartName,
  { nodeFlags = [], ...program }: Program,
  options: PlanOptions,
): ChildPlan {
  return {
    name,
    command: process.execPath,
    logFile: join(options.directory, 'logs', `${name}.log`),
    onDeath: options.onDeath,
    ...program,
    args: ['--disable-warning=ExperimentalWarning', ...nodeFlags, ...program.args],
  }
}

function listening(url: string): readonly string[] {
  return ['--port', portIn(url)]
}

function at(directory: string, name: string): readonly string[] {
  return ['--data', join(directory, name)]
}

function chainArgs(options: PlanOptions, operator: Operator): readonly string[] {
  const rounds = ['--round-seconds', String(options.roundSec)]
  return [...rounds, ...at(options.directory, 'chain'), '--voter', JSON.stringify(operator.voter)]
}

function wranglerArgs({ port, directory }: PlanOptions, { inspectorPort }: Addresses): string[] {
  const options: Readonly<Record<string, string>> = {
    config: join(root, 'wrangler.toml'),
    ip: host,
    port: String(port),
    'inspector-port': String(inspectorPort),
    'persist-to': join(directory, 'wrangler'),
    'env-file': join(directory, 'worker.env'),
    'log-level': 'log',
    'show-interactive-dev-session': 'false',
  }
  const program = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  return [program, 'dev', ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)]
}

/** Keeps wrangler quiet, offline, and inside this checkout, so that two checkouts do not meet. */
function wranglerEnvironment(directory: string): Record<string, string> {
  return {
    CI: '1',
    WRANGLER_SEND_METRICS: 'false',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_REGISTRY_PATH: join(directory, 'registry'),
    WRANGLER_LOG_PATH: join(directory, 'logs'),
  }
}

/** The Worker's settings; base addresses of exchanges are replaced when prices are replayed. */
export function workerEnvironment(options: PlanOptions, address: Addresses): string {
  const { file, exchangesUrl, bridgeSecret } = address
  const settings: Readonly<Record<string, string>> = {
    NETWORK: 'local',
    MODE: options.mode,
    TICK_SECONDS: String(tickSecOf(options.roundSec)),
    ROUND_SECONDS: String(options.roundSec),
    // The driver wants a whole address and never resolves it: NEON_FETCH_ENDPOINT says where to go.
    DATABASE_URL: 'postgres://local:local@db.localtest.me/main',
    NEON_FETCH_ENDPOINT: file.neon_url,
    UPSTASH_REDIS_REST_URL: file.redis_url,
    UPSTASH_REDIS_REST_TOKEN: file.redis_token,
    ADMIN_KEY: file.admin_key,
    BRIDGE_SECRET: bridgeSecret,
    EXCHANGE_BASE_URLS:
      options.mode === 'replay'
        ? JSON.stringify(exchangeBaseUrls(Number(portIn(exchangesUrl))))
        : '{}',
    // Nobody is listened to unless LIVE_SOURCES says so; whoever is, is listened to here.
    EXCHANGE_LIVE_URLS:
      options.mode === 'replay'
        ? JSON.stringify(exchangeLiveUrls(Number(portIn(exchangesUrl))))
        : '{}',
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('')
}

/** Three ticks a round, as with 90 and 30 seconds, but not faster than a tick can be done. */
export function tickSecOf(roundSec: number): number {
  return Math.min(30, Math.max(2, Math.floor(roundSec / 3)))
}

/** A record out of pairs that name every part. */
function record(
  pairs: readonly (readonly [PartName, ChildPlan])[],
): Readonly<Record<PartName, ChildPlan>> {
  // `Object.fromEntries` forgets which keys it was given; `partNames` holds them all.
  return Object.fromEntries(pairs) as Record<PartName, ChildPlan>
}
