/**
 * `npm run chrono-collect`: asks exchanges from wherever it runs and posts what they say to the Worker,
 * for venues that refuse Workers.
 *
 *     CHRONO_COLLECTOR_SECRET_FILE=secret npm run chrono-collect -- \
 *       --worker-url https://… --collector eu-1 [--exchanges okx,bybit] [--interval 10] [--once]
 *
 * Every option has a variable (tools/collect/settings.ts). The log is a line of JSON an event. SIGINT
 * and SIGTERM end it when what was heard has been sent, ten seconds later at most.
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { listings } from '../src/catalogue.ts'
import { failing } from '../src/exchanges/collected.ts'
import { Desk } from '../src/exchanges/desk.ts'
import { post } from './collect/ingest-client.ts'
import { Outbox } from './collect/outbox.ts'
import { type CollectSettings, settingsIn } from './collect/settings.ts'
import { tick, tickUntil, type TickingDeps } from './collect/ticking.ts'

/** What is left to be sent when it is to end has this long. Milliseconds. */
const graceMs = 10_000

/** One try of a batch. A Worker answers in a fraction of it. Milliseconds. */
const postWithinMs = 10_000

const log: TickingDeps['log'] = (event) => {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`)
}

try {
  process.exitCode = await run(settingsIn(process.argv.slice(2), process.env))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
// A connection that is kept open for a next request would keep us.
process.stdout.write('', () => process.exit())

async function run(settings: CollectSettings): Promise<number> {
  const over = new AbortController()
  for (const sign of ['SIGINT', 'SIGTERM'] as const) process.once(sign, () => over.abort())
  const outbox = outboxOf(settings)
  const deps = depsOf(settings, outbox)
  const { collector, sources, intervalMs, isOnce } = settings
  log({ event: 'collector-started', collector, sources, interval_ms: intervalMs })

  if (isOnce) await tick(Date.now(), deps)
  else await tickUntil(over.signal, intervalMs, deps)
  await Promise.race([outbox.empty(), pause(graceMs, new AbortController().signal)])
  outbox.close()
  const { totals } = outbox
  log({ event: 'collector-ended', ...totals })
  return isOnce && totals.accepted === 0 ? 1 : 0
}

function outboxOf({ workerUrl, secret }: CollectSettings): Outbox {
  const client = { workerUrl, secret, fetch, nowMs: Date.now, timeoutMs: postWithinMs }
  return new Outbox({
    post: async (batch) => post(batch, client),
    nowMs: Date.now,
    pause,
    chance: Math.random,
    log,
  })
}

function depsOf(
  { sources, collector, timeoutMs, baseUrls }: CollectSettings,
  outbox: Outbox,
): TickingDeps {
  const desk = new Desk([], {
    fetch: (url, init) => fetch(url, init),
    nowMs: Date.now,
    chance: Math.random,
    baseUrls,
    askElsewhere: async (_, { source }) =>
      failing(source, { code: 'blocked-here', message: 'There is no other place to ask from.' }),
  })
  const plans = sources.map((source) => ({
    source,
    markets: listings.filter((listing) => listing.source === source).map(({ market }) => market),
  }))
  return {
    plans: plans.filter(({ markets }) => markets.length > 0),
    ask: async (plan, tickAtMs) => desk.collect(plan, tickAtMs, timeoutMs),
    send: (batch) => outbox.add(batch),
    collector,
    newId: randomUUID,
    nowMs: Date.now,
    pause,
    log,
  }
}

async function pause(ms: number, wake: AbortSignal): Promise<void> {
  try {
    await sleep(Math.max(0, ms), undefined, { signal: wake })
  } catch {
    // Woken before its time, which is what the signal is for.
  }
}
