/**
 * A collector: asks up to five exchanges for their tickers, from the place where it lives, since
 * some exchanges answer only to some regions. It remembers how each of them fared, and the last
 * few ticks' answers, so that a doubled tick asks nobody twice.
 */

import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { type Collected, type SourcePlan, together } from '../src/exchanges/collected.ts'
import { Desk } from '../src/exchanges/desk.ts'
import { type SourceHealth, sourceHealthSchema } from '../src/exchanges/health.ts'
import { withLive } from '../src/exchanges/live/live-status.ts'
import { LiveManager } from '../src/exchanges/live/manager.ts'
import { liveUrlsOf, liveUrlsSchema } from '../src/exchanges/live/registry.ts'
import { liveRules } from '../src/exchanges/live/rules.ts'
import { exchangeBaseUrlsSchema } from '../src/exchanges/registry.ts'
import type { SourceStatus } from '../src/protocol/status.ts'
import { openOutgoing } from './outgoing-socket.ts'

/** An object has six connections; each source uses one, and one stays free. */
const maxSources = 5

/** For one source, unless the tick says less. */
const defaultTimeoutMs = 4_000

/** Ticks whose answers are kept: enough for a doubled cron and a freeze beside it. */
const rememberedTicks = 4

/** Rows are billed, and one more good answer is not worth a row each tick. */
const keepHealthEveryMs = 20_000

const settingsSchema = z.object({
  EXCHANGE_BASE_URLS: exchangeBaseUrlsSchema.default({}),
  EXCHANGE_LIVE_URLS: liveUrlsSchema.default({}),
})
const healthBySourceSchema = z.record(z.string(), sourceHealthSchema)

export class CollectorObject extends DurableObject<Env> {
  readonly #sql: SqlStorage
  readonly #desk: Desk
  readonly #live: LiveManager
  /** By tick, what each source was found to say. */
  readonly #ticks = new Map<number, Map<string, Promise<Collected>>>()
  #keptAtMs = Number.NEGATIVE_INFINITY

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    // One packed row for all sources: writing is billed by the row, and a tick changes them all.
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS health (
        id   INTEGER PRIMARY KEY CHECK (id = 1),
        json TEXT NOT NULL
      ) STRICT`)
    const { EXCHANGE_BASE_URLS: baseUrls, EXCHANGE_LIVE_URLS: liveUrls } = settingsSchema.parse(env)
    const world = { nowMs: () => Date.now(), chance: () => Math.random() }
    // Sockets are lost with the object; the next tick that wants them opens them again.
    this.#live = new LiveManager(liveUrlsOf({ baseUrls, liveUrls }), {
      ...world,
      open: openOutgoing,
      after: (ms, act) => {
        const timer = setTimeout(act, ms)
        return () => clearTimeout(timer)
      },
      rules: liveRules,
    })
    this.#desk = new Desk(Object.entries(this.#storedHealth()), {
      ...world,
      fetch: (url, init) => fetch(url, init),
      baseUrls,
      // A plan without a fallback: who asks for another hands nothing on.
      askElsewhere: async ({ name, locationHint }, plan, tickAtMs, timeoutMs) =>
        env.COLLECTOR.getByName(name, { locationHint }).collect(tickAtMs, [plan], timeoutMs),
    })
  }

  /**
   * Asks the sources of a plan, all at once, each under a deadline of its own.
   *
   * @param tickAtMs The instant that names the tick, Unix milliseconds. Asking a source again under
   *   the same name, also while the first asking goes on, gives the same answer.
   * @param timeoutMs For each source; a tick that must be over soon says so.
   * @throws {RangeError} if the plan is none for a collector: a slip of the program, not of a day.
   */
  async collect(
    tickAtMs: number,
    plan: readonly SourcePlan[],
    timeoutMs = defaultTimeoutMs,
  ): Promise<Collected> {
    if (plan.length > maxSources) {
      throw new RangeError(`A collector asks at most ${maxSources} sources, not ${plan.length}.`)
    }
    const tick = this.#tick(tickAtMs)
    const answers = plan
      .filter(({ markets }) => markets.length > 0)
      .map(async (item) => {
        const known = tick.get(item.source)
        if (known) return known
        const asking = this.#live.collect(item, async (rest) =>
          this.#desk.collect(rest, tickAtMs, timeoutMs),
        )
        tick.set(item.source, asking)
        // No failure of a source ends so; whatever does must not be remembered as its answer.
        asking.catch(() => tick.delete(item.source))
        return asking
      })
    const collected = together(await Promise.all(answers))
    const { failures, latencyMs } = collected
    // Who is left alone fails each tick, and that is no news.
    this.#keepHealth(
      Date.now(),
      failures.some(({ source }) => source in latencyMs),
    )
    return collected
  }

  /** How each source fares that this collector has ever asked, sorted by name. */
  status(): SourceStatus[] {
    return withLive(this.#desk.status(), this.#live.status())
  }

  #tick(tickAtMs: number): Map<string, Promise<Collected>> {
    const tick = this.#ticks.get(tickAtMs) ?? new Map<string, Promise<Collected>>()
    this.#ticks.set(tickAtMs, tick)
    for (const oldest of [...this.#ticks.keys()].slice(0, -rememberedTicks)) {
      this.#ticks.delete(oldest)
    }
    return tick
  }

  #keepHealth(atMs: number, isNews: boolean): void {
    if (!isNews && atMs - this.#keptAtMs < keepHealthEveryMs) return
    this.#keptAtMs = atMs
    const json = JSON.stringify(Object.fromEntries(this.#desk.health))
    this.#sql.exec('INSERT OR REPLACE INTO health VALUES (1, ?)', json)
  }

  #storedHealth(): Readonly<Record<string, SourceHealth>> {
    const [row] = this.#sql.exec<{ json: string }>('SELECT json FROM health').toArray()
    // What another version wrote in another shape is worth less than a collector that starts.
    return healthBySourceSchema.safeParse(row && JSON.parse(row.json)).data ?? {}
  }
}
