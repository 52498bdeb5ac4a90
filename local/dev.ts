/** `npm run dev`: the whole system on one machine, with no account and no network needed. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { liveExchanges } from './live.ts'
import { type Options, optionsOf, usage } from './options.ts'
import { tickSecOf } from './plans.ts'
import { type Stack, startStack } from './stack.ts'

const minuteMs = 60_000

/** Exchanges that must answer before prices are taken to be live. */
const enoughLive = 2

async function modeOf({ mode }: Options): Promise<'live' | 'replay'> {
  if (mode !== 'probe') return mode
  const live = await liveExchanges()
  say(`Exchanges that answer from here: ${live.length === 0 ? 'none' : live.join(', ')}`)
  return live.length >= enoughLive ? 'live' : 'replay'
}

function say(line: string): void {
  console.log(`  ${line}`)
}

/** The Worker's own events, the rest of what wrangler prints stays in its log file. */
function sayEvent(line: string): void {
  const at = line.indexOf('{"event"')
  if (at >= 0) say(line.slice(at))
}

function sayTable({ file }: Stack): void {
  const rows: readonly (readonly [string, string])[] = [
    ['prices', file.mode === 'replay' ? 'replay (a tape; nothing here is real)' : 'live'],
    ['dashboard', file.dashboard_url],
    ['Worker', file.worker_url],
    ['WebSocket', `${file.worker_url.replace('http', 'ws')}/ws`],
    ['demo API key', file.api_key],
    ['Postgres', file.database_url],
    ['Neon', file.neon_url],
    ['Upstash', file.redis_url],
    ['chain', `${file.rpc_url} (chain id ${file.chain_id})`],
    ['bridge', file.bridge_metrics_url],
    ['rounds, ticks', `${file.round_seconds} s, ${tickSecOf(file.round_seconds)} s`],
    ['all of it', '.local/stack.json'],
  ]
  console.log()
  for (const [what, where] of rows) say(`${what.padEnd(14)} ${where}`)
  console.log(`
  curl -H 'X-API-Key: ${file.api_key}' ${file.worker_url}/api/v1/price/BTC

  Ctrl-C ends everything.
`)
}

/** Fires the Worker's cron now and at every full minute, as Cloudflare would. */
function keepCron(stack: Stack): () => void {
  let timer: NodeJS.Timeout
  const fire = (): void => {
    const nowMs = Date.now()
    stack.fireCron(nowMs).catch((error: unknown) => {
      if (!isStopping) say(`cron: ${error instanceof Error ? error.message : String(error)}`)
    })
    timer = setTimeout(fire, minuteMs - (nowMs % minuteMs))
  }
  fire()
  return () => clearTimeout(timer)
}

let isStopping = false
let stopAll: () => Promise<void> = async () => undefined

/** Ends everything once, whoever asks. */
async function end(code: number): Promise<void> {
  if (isStopping) return
  isStopping = true
  await stopAll()
  process.exit(code)
}

function fail(sentence: string): void {
  if (!isStopping) console.error(`\n${sentence}`)
  void end(1)
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2))
  if (options.help) {
    console.log(usage)
    return
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void end(0))
  }
  endWithParent()

  console.log('\nChrono, on this machine:\n')
  const directory = join(import.meta.dirname, '..', '.local')
  mkdirSync(directory, { recursive: true })
  const stack = await startStack({
    port: options.port,
    dashboardPort: options.dashboardPort,
    roundSec: options.roundSec,
    mode: await modeOf(options),
    directory,
    onProgress: say,
    onWorkerLine: sayEvent,
    onBridgeLine: sayEvent,
    onDeath: fail,
    onStarting: (stop) => {
      stopAll = stop
    },
  })
  const stopCron = keepCron(stack)
  stopAll = async () => {
    stopCron()
    await stack.stop()
  }
  sayTable(stack)
}

/** npm runs us through a shell that may die without telling us; then nobody could press Ctrl-C. */
function endWithParent(): void {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) void end(0)
  }, 500).unref()
}

try {
  await main()
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}
