/** What ticks cost in this very process, beside what reading their bodies as JSON costs at least. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { venues } from '../../local/exchanges.ts'
import { replayOf } from '../../local/exchanges/replay.ts'
import { loadTape } from '../../local/exchanges/tape.ts'
import { median } from './figures.ts'
import { type Answers, houseOf, questionOf, replayed, type TickCount } from './tick-house.ts'

/** Ticks that are not counted: the first ones compile the code and find nobody known. */
const warmUpTicks = 10
const countedTicks = 20

const tickMs = 30_000
const startMs = Date.UTC(2026, 10, 22, 12)

/** Memory settles within these: caches fill, sources are learnt. */
const settlingTicks = 100

export type CollectTicks = Omit<TickCount, 'report'> & {
  readonly ticks: number
  readonly quotes: number
  readonly priced: number
  /** Processor time and time of a tick, milliseconds; medians. */
  readonly cpuMs: number
  readonly wallMs: number
  /** Processor time of `JSON.parse` over the same bodies. */
  readonly parseMs: number
}

export type Growth = {
  readonly ticks: number
  /** Megabytes after a collection of garbage, after the settling and at the end. */
  readonly heapMb: readonly [from: number, to: number]
  readonly rssMb: readonly [from: number, to: number]
}

/** Ticks over bodies that were made beforehand, so that the replay itself costs nothing. */
export async function measureCollectTicks(): Promise<CollectTicks> {
  const clock = { ms: 0 }
  const replay = replayOf(venues, loadTape(), () => clock.ms)
  const answers: Answers = new Map()
  const rehearsal = houseOf((url, init) => {
    const text = replayed(replay, url, init)
    answers.set(questionOf(url, init), text)
    return text
  })
  const house = houseOf((url, init) => answers.get(questionOf(url, init)) ?? missing(url))

  const measured: (Spent & { readonly counted: TickCount; readonly parseMs: number })[] = []
  for (let i = 0; i < warmUpTicks + countedTicks; i += 1) {
    const tickAtMs = startMs + i * tickMs
    clock.ms = tickAtMs
    answers.clear()
    await rehearsal.tick(tickAtMs)
    const { value: counted, ...spent } = await spending(async () => house.tick(tickAtMs))
    const { cpuMs: parseMs } = await spending(async () => {
      for (const text of answers.values()) JSON.parse(text)
    })
    if (i >= warmUpTicks) measured.push({ counted, parseMs, ...spent })
  }
  const middle = (of: (each: (typeof measured)[number]) => number) => median(measured.map(of))
  return {
    ticks: countedTicks,
    quotes: middle(({ counted }) => counted.report.acceptedIds.length),
    priced: Math.min(...measured.map(({ counted }) => counted.report.priced)),
    requests: middle(({ counted }) => counted.requests),
    bytesRead: middle(({ counted }) => counted.bytesRead),
    rows: middle(({ counted }) => counted.rows),
    bytesWritten: middle(({ counted }) => counted.bytesWritten),
    votingMs: middle(({ counted }) => counted.votingMs),
    cpuMs: middle(({ cpuMs }) => cpuMs),
    wallMs: middle(({ wallMs }) => wallMs),
    parseMs: middle(({ parseMs }) => parseMs),
  }
}

/** Many ticks of one house, the replay in the same process. */
export async function measureGrowth(ticks: number): Promise<Growth> {
  const clock = { ms: 0 }
  const replay = replayOf(venues, loadTape(), () => clock.ms)
  const house = houseOf((url, init) => replayed(replay, url, init))
  const settled = Math.min(settlingTicks, Math.floor(ticks / 2))
  let before = memoryMb()
  for (let i = 0; i < ticks; i += 1) {
    clock.ms = startMs + i * tickMs
    await house.tick(clock.ms)
    if (i + 1 === settled) before = memoryMb()
  }
  const after = memoryMb()
  return { ticks, heapMb: [before.heap, after.heap], rssMb: [before.rss, after.rss] }
}

function missing(url: string): never {
  throw new Error(`The rehearsal did not ask ${url}.`)
}

type Spent = { readonly cpuMs: number; readonly wallMs: number }

async function spending<T>(work: () => Promise<T>): Promise<Spent & { readonly value: T }> {
  const before = process.cpuUsage()
  const startedAtMs = performance.now()
  const value = await work()
  const wallMs = performance.now() - startedAtMs
  const { user, system } = process.cpuUsage(before)
  return { value, wallMs, cpuMs: (user + system) / 1_000 }
}

function memoryMb(): { readonly heap: number; readonly rss: number } {
  setFlagsFromString('--expose-gc')
  // The flag makes it a global of contexts that are made from now on.
  runInNewContext('gc')()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed / 1e6, rss: rss / 1e6 }
}
