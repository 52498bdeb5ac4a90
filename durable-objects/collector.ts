/**
 * A collector: asks up to five exchanges for their tickers, from the place where it lives, since
 * some exchanges answer only to some regions. It remembers how each of them fared, and the last
 * few ticks' answers, so that a doubled tick asks nobody twice.
 */

import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import type { Ticker } from '../src/core/quote.ts'
import { ask, type Asked } from '../src/exchanges/ask.ts'
import type { Exchange, ExchangeErrorCode } from '../src/exchanges/exchange.ts'
import {
  healthAfter,
  marketsWorthAsking,
  newcomer,
  silenceOf,
  type SourceHealth,
  sourceHealthSchema,
  sourceStatusOf,
} from '../src/exchanges/health.ts'
import {
  type ExchangeBaseUrls,
  exchangeBaseUrlsSchema,
  exchanges,
} from '../src/exchanges/registry.ts'
import type { SourceStatus } from '../src/protocol/status.ts'

/** What one tick wants of one exchange. */
export type SourcePlan = { readonly source: string; readonly markets: readonly string[] }

export type SourceFailure = {
  readonly source: string
  readonly code: ExchangeErrorCode
  readonly message: string
}

/** What one tick brought in. A source may have given tickers and a failure: a part of them. */
export type Collected = {
  readonly tickers: readonly Ticker[]
  readonly failures: readonly SourceFailure[]
  /** How long each source's slowest request took; absent for those that were not asked. */
  readonly latencyMs: Readonly<Record<string, number>>
}

type AskedPlan = { readonly exchange: Exchange; readonly markets: readonly string[] }
type Answer = { readonly source: string; readonly asked: Asked }

/** An object has six connections; each source uses one, and one stays free. */
const maxSources = 5

/** For one source, unless the tick says less. */
const defaultTimeoutMs = 4_000

/** Ticks whose answers are kept: enough for a doubled cron and a freeze beside it. */
const rememberedTicks = 4

const settingsSchema = z.object({ EXCHANGE_BASE_URLS: exchangeBaseUrlsSchema.default({}) })
const healthBySourceSchema = z.record(z.string(), sourceHealthSchema)

export class CollectorObject extends DurableObject<Env> {
  readonly #sql: SqlStorage
  readonly #baseUrls: ExchangeBaseUrls
  readonly #ticks = new Map<number, Promise<Collected>>()
  readonly #health: Map<string, SourceHealth>

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#baseUrls = settingsSchema.parse(env).EXCHANGE_BASE_URLS
    this.#sql = ctx.storage.sql
    // One packed row for all sources: writing is billed by the row, and a tick changes them all.
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS health (
        id   INTEGER PRIMARY KEY CHECK (id = 1),
        json TEXT NOT NULL
      ) STRICT`)
    this.#health = this.#storedHealth()
  }

  /**
   * Asks the sources of a plan, all at once, each under a deadline of its own.
   *
   * @param tickAtMs The instant that names the tick, Unix milliseconds. Asking again under the same
   *   name, also while the first asking goes on, gives the same answer.
   * @param timeoutMs For each source; a tick that must be over soon says so.
   */
  async collect(
    tickAtMs: number,
    plan: readonly SourcePlan[],
    timeoutMs = defaultTimeoutMs,
  ): Promise<Collected> {
    const known = this.#ticks.get(tickAtMs)
    if (known) return known

    const collecting = this.#collect(checked(plan), timeoutMs)
    this.#ticks.set(tickAtMs, collecting)
    for (const oldest of [...this.#ticks.keys()].slice(0, -rememberedTicks)) {
      this.#ticks.delete(oldest)
    }
    try {
      return await collecting
    } catch (bug) {
      // No failure of a source ends here; whatever does must not be remembered as the tick.
      this.#ticks.delete(tickAtMs)
      throw bug
    }
  }

  /** How each source fares that this collector has ever asked, sorted by name. */
  status(): SourceStatus[] {
    const nowMs = Date.now()
    return [...this.#health]
      .map(([source, health]) => sourceStatusOf(source, health, nowMs))
      .toSorted((a, b) => (a.source < b.source ? -1 : 1))
  }

  async #collect(plan: readonly AskedPlan[], timeoutMs: number): Promise<Collected> {
    const answers = await Promise.all(plan.map((item) => this.#askSource(item, timeoutMs)))
    const reached = answers.filter(({ asked }) => asked.requests > 0)
    if (reached.length > 0) this.#keepHealth(reached, Date.now())
    return {
      tickers: answers.flatMap(({ asked }) => asked.tickers),
      failures: answers.flatMap(({ source, asked: { failure } }) =>
        failure ? [{ source, code: failure.code, message: failure.message }] : [],
      ),
      latencyMs: Object.fromEntries(reached.map(({ source, asked }) => [source, asked.latencyMs])),
    }
  }

  async #askSource({ exchange, markets }: AskedPlan, timeoutMs: number): Promise<Answer> {
    const source = exchange.name
    const health = this.#healthOf(source)
    const worthAsking = marketsWorthAsking(health, markets, Date.now())
    const silence = silenceOf(health, worthAsking, Date.now())
    if (silence) return { source, asked: silence }

    const baseUrl = this.#baseUrls[source]
    const asked = await ask(exchange, worthAsking, {
      fetch: (url, init) => fetch(url, init),
      nowMs: () => Date.now(),
      timeoutMs,
      ...(baseUrl !== undefined && { baseUrl }),
    })
    return { source, asked }
  }

  #healthOf(source: string): SourceHealth {
    return this.#health.get(source) ?? newcomer
  }

  #keepHealth(answers: readonly Answer[], atMs: number): void {
    for (const { source, asked } of answers) {
      this.#health.set(source, healthAfter(this.#healthOf(source), asked, atMs))
    }
    const json = JSON.stringify(Object.fromEntries(this.#health))
    this.#sql.exec('INSERT OR REPLACE INTO health VALUES (1, ?)', json)
  }

  #storedHealth(): Map<string, SourceHealth> {
    const [row] = this.#sql.exec<{ json: string }>('SELECT json FROM health').toArray()
    // What another version wrote in another shape is worth less than a collector that starts.
    const stored = healthBySourceSchema.safeParse(row && JSON.parse(row.json))
    return new Map(Object.entries(stored.data ?? {}))
  }
}

/** @throws {RangeError} if the plan is none for a collector: a slip of the program, not of a day. */
function checked(plan: readonly SourcePlan[]): readonly AskedPlan[] {
  if (plan.length > maxSources) {
    throw new RangeError(`A collector asks at most ${maxSources} sources, not ${plan.length}.`)
  }
  const wanted = plan.filter(({ markets }) => markets.length > 0)
  return wanted.map(({ source, markets }) => {
    const exchange = exchanges.get(source)
    if (!exchange) throw new RangeError(`No exchange is called "${source}".`)
    return { exchange, markets }
  })
}
