/**
 * The whole system on one machine: every stand-in as a child of this process, the Worker in workerd
 * through wrangler, the bridge and the dashboard beside it, and the cron that wrangler never fires.
 * Nothing here is in the deployed bundle.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { migrate } from '../tools/migrate.ts'
import { type Addresses, addressesOf, type StackFile } from './addresses.ts'
import { lockDirectory } from './directory-lock.ts'
import { operatorIn } from './operator.ts'
import { type PartName, type PlanOptions, plansOf, workerEnvironment } from './plans.ts'
import { type Child, isPortFree, pause, start, untilItAnswers } from './processes.ts'

export type StackOptions = PlanOptions & {
  /** Hears what is being started, for a person to read. */
  readonly onProgress: (line: string) => void
  /** Is handed the way to end what has been started so far. */
  readonly onStarting?: (stop: () => Promise<void>) => void
}

export type Stack = {
  readonly file: StackFile
  /** Starts a part again that was stopped, with the same address and state. */
  readonly restart: (name: PartName) => Promise<void>
  readonly stopPart: (name: PartName) => Promise<void>
  /** Ends a part as a power cut would. */
  readonly killPart: (name: PartName) => Promise<void>
  /** Fires the cron of one minute; resolves when the minute has run. */
  readonly fireCron: (scheduledAtMs: number) => Promise<void>
  readonly stop: () => Promise<void>
}

/** A part that has not answered after this long is not coming. Milliseconds. */
const startWithinMs = 60_000

/** A minute of cron, and the longest work that its last event can start. Milliseconds. */
const cronWithinMs = 90_000

/** The dashboard asks every few seconds on behalf of whoever looks at it. */
const dashboardLimitPerMinute = 600

const toldByChainSchema = z.object({
  chainId: z.int(),
  contracts: z.record(z.string(), z.string()),
})

/** @throws {Error} in one sentence, if something is in the way; all that was started is ended. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { directory } = options
  await refuseTakenPorts(options)
  // Another system's state would be removed under it.
  const unlock = await lockDirectory(directory)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(join(directory, 'logs'), { recursive: true })

  const address = await addressesOf(options)
  const { file } = address
  const operator = operatorIn(directory, address)
  const plans = plansOf(options, address, operator)
  const parts = partsOf(plans, address)
  const stop = async (): Promise<void> => {
    await parts.stopAll()
    rmSync(join(directory, 'stack.json'), { force: true })
    await unlock()
  }
  options.onStarting?.(stop)

  try {
    const chain = await startStores(parts, address, options)
    const apiKey = await startActors(parts, address, options)
    const stack: StackFile = {
      ...file,
      api_key: apiKey,
      chain_id: chain.chainId,
      contracts: chain.contracts,
    }
    writeFileSync(join(directory, 'stack.json'), `${JSON.stringify(stack, null, 2)}\n`, {
      mode: 0o600,
    })
    return {
      file: stack,
      restart: async (name) => void (await parts.launch(name)),
      stopPart: parts.stop,
      killPart: parts.kill,
      fireCron: async (atMs) => fireCron(file.worker_url, atMs),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Parts = ReturnType<typeof partsOf>

/** What the Worker needs, and the chain beside it; side by side, since each takes its seconds. */
async function startStores(
  parts: Parts,
  { file }: Addresses,
  { mode, onProgress }: StackOptions,
): Promise<z.infer<typeof toldByChainSchema>> {
  onProgress('Postgres (PGlite), Neon, Upstash, a Flare-like chain')
  const [chain] = await Promise.all([
    parts.launch('chain').then((told) => toldByChainSchema.parse(told)),
    parts.launch('postgres').then(async () => {
      await migrate(file.database_url)
      await parts.launch('neon')
    }),
    parts.launch('upstash'),
    mode === 'replay' ? parts.launch('exchanges') : undefined,
  ])
  return chain
}

/** The Worker, and those who live by it. Gives the key for a person to try. */
async function startActors(
  parts: Parts,
  address: Addresses,
  options: StackOptions,
): Promise<string> {
  const { file } = address
  options.onProgress('The Worker')
  const environment = join(options.directory, 'worker.env')
  writeFileSync(environment, workerEnvironment(options, address), { mode: 0o600 })
  await parts.launch('worker')

  options.onProgress('The signer bridge and the dashboard')
  const demoKey = await newKey(file, { name: 'demo' })
  const limit = { limit_per_minute: dashboardLimitPerMinute }
  const dashboardKey = await newKey(file, { name: 'dashboard', ...limit })
  parts.tell('dashboard', { CHRONO_API_KEY: dashboardKey })
  await Promise.all([parts.launch('bridge'), parts.launch('dashboard')])
  return demoKey
}

async function refuseTakenPorts({ port, dashboardPort }: StackOptions): Promise<void> {
  if (!(await isPortFree(port))) {
    throw new Error(`Port ${port} is taken; choose another with --port.`)
  }
  if (!(await isPortFree(dashboardPort))) {
    throw new Error(`Port ${dashboardPort} is taken; choose another with --dashboard-port.`)
  }
}

/** The children by their names, and what they were told besides their plans. */
function partsOf(plans: ReturnType<typeof plansOf>, address: Addresses) {
  const children = new Map<PartName, Child>()
  const told = new Map<PartName, Readonly<Record<string, string>>>()

  return {
    tell: (name: PartName, env: Readonly<Record<string, string>>): void => {
      told.set(name, env)
    },
    /** Resolves to what the part says of itself, once it answers. */
    launch: async (name: PartName): Promise<unknown> => {
      const plan = plans[name]
      const child = start({ ...plan, env: { ...plan.env, ...told.get(name) } })
      children.set(name, child)
      return answering(name, child, address)
    },
    stop: async (name: PartName): Promise<void> => children.get(name)?.stop(),
    kill: async (name: PartName): Promise<void> => children.get(name)?.kill(),
    stopAll: async (): Promise<void> => {
      await Promise.all([...children.values()].map(async (child) => child.stop()))
    },
  }
}

async function answering(name: PartName, child: Child, { file }: Addresses): Promise<unknown> {
  if (name === 'worker') {
    return untilItAnswers(`${file.worker_url}/health`, 'The Worker', startWithinMs)
  }
  if (name === 'bridge') {
    return untilItAnswers(file.bridge_metrics_url, 'The signer bridge', startWithinMs)
  }
  if (name === 'postgres') await untilPostgresAnswers(file.database_url)
  const late = pause(startWithinMs).then(() => {
    throw new Error(`${name} did not start within ${startWithinMs / 1_000} seconds.`)
  })
  return Promise.race([child.told, late])
}

async function untilPostgresAnswers(databaseUrl: string): Promise<void> {
  const deadline = Date.now() + startWithinMs
  for (;;) {
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 })
    try {
      await client.connect()
      await client.query('SELECT 1')
      return
    } catch (error) {
      if (Date.now() > deadline) throw new Error('Postgres did not answer.', { cause: error })
      await pause(100)
    } finally {
      // A connection that never came to be has nothing to end.
      await client.end().catch(() => undefined)
    }
  }
}

async function newKey(
  { worker_url: workerUrl, admin_key: adminKey }: Addresses['file'],
  about: Readonly<Record<string, unknown>>,
): Promise<string> {
  const response = await fetch(`${workerUrl}/admin/v1/keys`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-API-Key': adminKey },
    body: JSON.stringify(about),
    signal: AbortSignal.timeout(10_000),
  })
  const body: unknown = await response.json()
  if (response.status === 201 && typeof body === 'object' && body !== null && 'key' in body) {
    return String(body.key)
  }
  throw new Error(`A key could not be made (status ${response.status}).`)
}

async function fireCron(workerUrl: string, scheduledAtMs: number): Promise<void> {
  const url = new URL('/cdn-cgi/handler/scheduled', workerUrl)
  url.searchParams.set('cron', '* * * * *')
  url.searchParams.set('time', String(scheduledAtMs))
  const response = await fetch(url, { signal: AbortSignal.timeout(cronWithinMs) })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`The cron of the Worker failed (status ${response.status}).`)
}
