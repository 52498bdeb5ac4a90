/**
 * A house without a Worker: ticks as `poll.ts` runs them, over desks, feeds and stores that are plain
 * memory in this process. What is left is what a tick itself costs.
 */

import { exchangeBaseUrls } from '../../local/exchanges.ts'
import type { Replay } from '../../local/exchanges/replay.ts'
import { listings } from '../../src/catalogue.ts'
import { consensusOf } from '../../src/core/consensus.ts'
import { type FeedMemory, newFeedMemory } from '../../src/core/feed-memory.ts'
import { learnt } from '../../src/core/learning.ts'
import { priceRecordOf } from '../../src/core/price-record.ts'
import type { FetchInit } from '../../src/exchanges/answer.ts'
import { failing, together } from '../../src/exchanges/collected.ts'
import { Desk } from '../../src/exchanges/desk.ts'
import { housePolicy } from '../../src/house-policy.ts'
import { type PollDeps, runTick, type TickReport } from '../../src/poll.ts'
import type { FeedSymbol } from '../../src/protocol/feed.ts'
import type { PriceRecord } from '../../src/protocol/wire.ts'
import { planOf, vantages } from '../../src/vantage.ts'

/** A venue's answer by what it was asked. */
export type Answers = Map<string, string>

export type TickCount = {
  readonly report: TickReport
  readonly requests: number
  /** Of the bodies that venues sent. */
  readonly bytesRead: number
  readonly rows: number
  /** Of the statement's one parameter, and of what listeners and the cache are told. */
  readonly bytesWritten: number
  /** Of the time, what the votes of the feeds took. Milliseconds. */
  readonly votingMs: number
}

export type House = {
  /** Runs the tick of an instant; the clock stands a moment behind it. */
  readonly tick: (tickAtMs: number) => Promise<TickCount>
}

/** Venues have answered this long after a tick's instant. Milliseconds. */
const answeredAfterMs = 300

/** A venue in memory answers at once. Milliseconds. */
const timeoutMs = 5_000

const nothingCounted = { requests: 0, bytesRead: 0, rows: 0, bytesWritten: 0, votingMs: 0 }

/** @param answerOf What a venue says to a request, as text. */
export function houseOf(answerOf: (url: string, init: FetchInit) => string): House {
  const clock = { ms: 0 }
  const counted = { ...nothingCounted }
  const baseUrls = exchangeBaseUrls(1)
  const desks = vantages.map((vantage) => ({
    plans: planOf(vantage, listings).filter(({ markets }) => markets.length > 0),
    desk: new Desk([], {
      fetch: async (url, init) => {
        const text = answerOf(url, init)
        counted.requests += 1
        counted.bytesRead += text.length
        return new Response(text, { headers: { 'Content-Type': 'application/json' } })
      },
      nowMs: () => clock.ms,
      chance: () => 0,
      baseUrls,
      askElsewhere: async (_, { source }) =>
        failing(source, { code: 'blocked-here', message: 'There is no other place.' }),
    }),
  }))
  const written = (value: unknown): void => {
    counted.bytesWritten += JSON.stringify(value).length
  }
  const deps: PollDeps = {
    listings,
    collectors: desks.map(
      ({ desk, plans }) =>
        async (tickAtMs) =>
          together(
            await Promise.all(plans.map(async (plan) => desk.collect(plan, tickAtMs, timeoutMs))),
          ),
    ),
    ...feeds((ms) => {
      counted.votingMs += ms
    }),
    broadcast: async (_, records) => written(records),
    publish: async (records) => written(records),
    keep: async ({ rows }) => {
      counted.rows += rows.length
      written(rows)
      return { kind: 'stored', refused: 0 }
    },
    sha1: async (bytes) => crypto.subtle.digest('SHA-1', bytes),
    nowMs: () => clock.ms,
    workerId: 'bench',
    log: () => undefined,
  }

  return {
    tick: async (tickAtMs) => {
      clock.ms = tickAtMs + answeredAfterMs
      Object.assign(counted, nothingCounted)
      const report = await runTick(tickAtMs, deps)
      return { report, ...counted }
    },
  }
}

/** What `Feed` does with a tick, but for its storage. */
function feeds(onVote: (tookMs: number) => void): Pick<PollDeps, 'record' | 'latest'> {
  const memories = new Map<FeedSymbol, FeedMemory>()
  const records = new Map<FeedSymbol, PriceRecord>()
  return {
    record: async (symbol, { atMs, quotes }) => {
      const startedAtMs = performance.now()
      const memory = memories.get(symbol) ?? newFeedMemory
      const outcome = consensusOf(quotes, housePolicy, atMs, memory)
      memories.set(symbol, learnt(memory, quotes, outcome, housePolicy))
      onVote(performance.now() - startedAtMs)
      if (outcome.kind === 'no-quorum') {
        return { kind: 'no-quorum', agreeing: outcome.agreeing, required: outcome.required }
      }
      const seq = (records.get(symbol)?.seq ?? 0) + 1
      const record = priceRecordOf(symbol, outcome, { atMs, seq, changePercent: 0 })
      records.set(symbol, record)
      return { kind: 'priced', record }
    },
    latest: async (symbol) => records.get(symbol),
  }
}

/** What the replay answers, as its server would. */
export function replayed(replay: Replay, url: string, init: FetchInit): string {
  const { pathname, searchParams: query } = new URL(url)
  const [, venue = '', ...rest] = decodeURIComponent(pathname).split('/')
  const answer = replay.answer(venue, {
    method: init.method ?? 'GET',
    path: `/${rest.join('/')}`,
    query,
    headers: init.headers,
    ...(init.body !== undefined && { body: JSON.parse(init.body) }),
  })
  if (answer?.kind !== 'reply') throw new Error(`${venue} did not answer.`)
  return JSON.stringify(answer.reply.body)
}

/** The name under which an answer is remembered. */
export function questionOf(url: string, { body = '' }: FetchInit): string {
  return `${url} ${body}`
}
