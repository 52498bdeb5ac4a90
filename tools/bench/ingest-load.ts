/**
 * Sustained ingestion: batches of distinct quotes through the route of the deployed bundle into
 * Postgres, by the collector's own client. Every accepted id is looked for afterwards.
 */

import { createHash, randomUUID } from 'node:crypto'
import { listings } from '../../src/catalogue.ts'
import { quoteId } from '../../src/core/quote-id.ts'
import type { FeedSymbol } from '../../src/protocol/feed.ts'
import type { IngestRequest, RawTicker } from '../../src/protocol/ingest-wire.ts'
import { post } from '../collect/ingest-client.ts'
import { cpuNow, mb, usEach } from './accounts.ts'
import { median, percentile } from './figures.ts'
import { query } from './scratch-database.ts'
import type { RunningWorkerd } from './workerd.ts'

export const benchCollector = 'bench'

/** As many as a collector of a dozen exchanges sends in a tick. */
const batchSize = 500

/** Batches under way at a time. */
const connections = 4

/** What one batch may take. Milliseconds. */
const timeoutMs = 15_000

/** Memory is looked at this often. Milliseconds. */
const sampleMs = 1_000

export type IngestTarget = {
  readonly workerd: RunningWorkerd
  readonly secret: string
  /** Where the quotes end up. */
  readonly databaseUrl: string
  readonly seconds: number
}

export type IngestLoad = {
  readonly seconds: number
  readonly batches: number
  readonly accepted: number
  readonly perSecond: number
  readonly stored: number
  readonly sentSha256: string
  readonly storedSha256: string
  readonly p50Ms: number
  readonly p99Ms: number
  /** Tries that had to be made again. */
  readonly again: number
  /** Processor time of each who takes part, microseconds a quote. */
  readonly cpuUs: Readonly<Record<string, number | undefined>>
  /** Of workerd, megabytes: after two thirds of the time, when it has settled, and at the end. */
  readonly residentMb: readonly [from: number | undefined, to: number | undefined]
}

/** Which quotes a batch may hold: in dollars, so that each of them becomes one. */
const inDollars = listings
  .filter(({ quoteCurrency }) => quoteCurrency === 'USD')
  .slice(0, batchSize)

export const benchSources: readonly string[] = [...new Set(inDollars.map(({ source }) => source))]

type Sent = { readonly ids: string[]; readonly tookMs: number[]; again: number; batches: number }

/** @throws {Error} if a batch is refused, or its answer names other ids than were sent. */
export async function measureIngest(target: IngestTarget): Promise<IngestLoad> {
  const { workerd, databaseUrl, seconds } = target
  const sent: Sent = { ids: [], tookMs: [], again: 0, batches: 0 }
  const nextTick = tickNames()
  await Promise.all(Array.from({ length: connections }, async () => one(target, nextTick, sent)))
  // The first round compiles the code and is not counted in the time, but its quotes are.
  sent.tookMs.length = 0
  const uncounted = sent.ids.length

  const before = cpuNow(workerd, databaseUrl)
  const resident: (number | undefined)[] = []
  const sampling = setInterval(() => resident.push(workerd.residentBytes()), sampleMs)
  const startedAtMs = performance.now()
  const untilMs = startedAtMs + seconds * 1_000
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < untilMs) await one(target, nextTick, sent)
    }),
  )
  const tookSec = (performance.now() - startedAtMs) / 1_000
  clearInterval(sampling)
  const after = cpuNow(workerd, databaseUrl)
  resident.push(workerd.residentBytes())

  const counted = sent.ids.length - uncounted
  const stored = (await query(databaseUrl, 'SELECT id FROM price_feeds')).map(({ id }) =>
    String(id),
  )
  return {
    seconds: tookSec,
    batches: sent.batches,
    accepted: sent.ids.length,
    perSecond: counted / tookSec,
    stored: stored.length,
    sentSha256: digestOf(sent.ids),
    storedSha256: digestOf(stored),
    p50Ms: median(sent.tookMs),
    p99Ms: percentile(sent.tookMs, 0.99),
    again: sent.again,
    cpuUs: Object.fromEntries(
      Object.entries(after).map(([name, ms]) => [name, usEach(before[name], ms, counted)]),
    ),
    residentMb: [mb(resident[Math.floor((resident.length * 2) / 3)]), mb(resident.at(-1))],
  }
}

/** Sends one batch until it is accepted. */
async function one(target: IngestTarget, nextTick: () => number, sent: Sent): Promise<void> {
  const batch = batchAt(nextTick())
  const { workerd, secret } = target
  const workerUrl = `http://127.0.0.1:${workerd.portOf('chrono')}`
  const startedAtMs = performance.now()
  for (;;) {
    const posted = await post(batch, { workerUrl, secret, fetch, nowMs: Date.now, timeoutMs })
    if (posted.kind === 'refused') throw new Error(`A batch was refused: ${posted.code}.`)
    if (posted.kind === 'again') {
      sent.again += 1
      if (performance.now() - startedAtMs > timeoutMs) throw new Error(`Ingest: ${posted.reason}`)
      continue
    }
    sent.tookMs.push(performance.now() - startedAtMs)
    const ids = await Promise.all(inDollars.map(async (each) => idOf(each, batch.tick_at)))
    const { answer } = posted
    if (answer.accepted !== ids.length || answer.ids_sha256 !== digestOf(ids)) {
      throw new Error(`Of ${ids.length} quotes ${answer.accepted} were accepted, or other ones.`)
    }
    sent.ids.push(...ids)
    sent.batches += 1
    return
  }
}

/** Instants that no two batches share. */
function tickNames(): () => number {
  let last = 0
  return () => {
    last = Math.max(last + 1, Date.now())
    return last
  }
}

function batchAt(tickAtMs: number): IngestRequest {
  const tickers = inDollars.map(({ source, market }, i): RawTicker => {
    const last = 100 + i + (tickAtMs % 1_000) / 1_000
    const observed = { observed_at: Date.now(), observed_kind: 'ticker' as const }
    return {
      source,
      market,
      last,
      bid: last - 0.01,
      ask: last + 0.01,
      volume: 1_000 + i,
      ...observed,
    }
  })
  return { collector: benchCollector, batch_id: randomUUID(), tick_at: tickAtMs, tickers }
}

async function idOf(
  { source, symbol }: { readonly source: string; readonly symbol: FeedSymbol },
  tickAtMs: number,
): Promise<string> {
  return quoteId(source, symbol, tickAtMs, async (bytes) => {
    const digest = createHash('sha1').update(bytes).digest()
    return Uint8Array.from(digest).buffer
  })
}

function digestOf(ids: readonly string[]): string {
  const hash = createHash('sha256')
  for (const id of ids.toSorted()) hash.update(`${id}\n`)
  return hash.digest('hex')
}
