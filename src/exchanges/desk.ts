/**
 * The desk of a collector: every source in its own good time. It asks, repeats, rests or hands on,
 * as `turnOf` decides, and remembers how each source fared and what it last said. Network, clock and
 * chance are handed in.
 */

import type { Ticker } from '../core/quote.ts'
import type { SourceStatus } from '../protocol/status.ts'
import type { Fetch } from './answer.ts'
import { ask } from './ask.ts'
import { type Collected, failing, nothing, type SourcePlan } from './collected.ts'
import { withDeadline } from './deadline.ts'
import { type Exchange, ExchangeError } from './exchange.ts'
import { healthAfter, newcomer, type SourceHealth } from './health.ts'
import { exchanges } from './registry.ts'
import { sourceStatusOf } from './source-status.ts'
import { isBlocked, type Turn, turnOf } from './turn.ts'

export type DeskDeps = {
  readonly fetch: Fetch
  /** Unix milliseconds. */
  readonly nowMs: () => number
  /** In [0, 1): takes a little off each wait. */
  readonly chance: () => number
  /** Addresses that replace an exchange's own, by its name. */
  readonly baseUrls: Readonly<Record<string, string>>
  /** Has a source asked by the collector of its fallback region. */
  readonly askElsewhere: (
    fallback: NonNullable<SourcePlan['fallback']>,
    plan: SourcePlan,
    tickAtMs: number,
    timeoutMs: number,
  ) => Promise<Collected>
}

/**
 * A source may take this long to answer. Whoever is in a hurry waits less and has what it said last;
 * what comes after all is there for the next who asks. Milliseconds.
 */
const patienceMs = 4_000

/** Nobody knows whether a source answers that is only tried, so nobody waits long for it. Milliseconds. */
const tryMs = 1_000

/** An asking ends by its own deadline; one that has not by this much later never will. Milliseconds. */
const graceMs = 2_000

/** Of the time that is left, the part that the fallback's source has; the rest is the way there. */
const elsewhereShare = 0.8

export class Desk {
  readonly #health: Map<string, SourceHealth>
  readonly #deps: DeskDeps
  /** Askings that go on: a tick and a freeze that overlap share one, and so its connection. */
  readonly #underWay = new Map<string, { asking: Promise<Collected>; overAtMs: number }>()
  /** Lost with the object, and then asked for anew. */
  readonly #lastTickers = new Map<string, readonly Ticker[]>()

  constructor(health: Iterable<readonly [string, SourceHealth]>, deps: DeskDeps) {
    this.#health = new Map(health)
    this.#deps = deps
  }

  /** How each source fares that has ever been asked here. */
  get health(): ReadonlyMap<string, SourceHealth> {
    return this.#health
  }

  /**
   * What a source has to say now. Over within `timeoutMs`, whatever happens; an asking that is not
   * over by then goes on for as long as any source may take.
   *
   * @param tickAtMs Names the tick where the source is asked elsewhere, Unix milliseconds.
   *
   * @throws {RangeError} if no exchange is called so: a slip of the program, not of a day.
   */
  async collect(plan: SourcePlan, tickAtMs: number, timeoutMs: number): Promise<Collected> {
    const { source, markets, fallback } = plan
    const exchange = exchanges.get(source)
    if (!exchange) throw new RangeError(`No exchange is called "${source}".`)

    const startedAtMs = this.#deps.nowMs()
    const isMovable = fallback !== undefined
    const turn = turnOf(this.#healthOf(source), { exchange, markets, isMovable }, startedAtMs)
    switch (turn.kind) {
      case 'silence':
        return failing(source, turn)
      case 'repeat':
        return this.#repeat(plan)
      case 'elsewhere':
        return this.#askElsewhere(plan, tickAtMs, timeoutMs)
      case 'ask': {
        const waitMs = turn.isProbe ? Math.min(tryMs, timeoutMs) : timeoutMs
        const collected = await this.#heard(plan, this.#askOnce(exchange, turn, timeoutMs), waitMs)
        const leftMs = timeoutMs - (this.#deps.nowMs() - startedAtMs)
        const isRefused = isMovable && isBlocked(this.#healthOf(source)) && leftMs > 0
        return isRefused ? this.#askElsewhere(plan, tickAtMs, leftMs) : collected
      }
    }
  }

  /** How each source fares, sorted by name. */
  status(): SourceStatus[] {
    const nowMs = this.#deps.nowMs()
    return [...this.#health]
      .map(([name, health]) => sourceStatusOf(exchanges.get(name) ?? { name }, health, nowMs))
      .toSorted((a, b) => (a.source < b.source ? -1 : 1))
  }

  /** What an asking brings; if it is not over in time, what the source said last, and that it is late. */
  async #heard(plan: SourcePlan, asking: Promise<Collected>, waitMs: number): Promise<Collected> {
    try {
      return await withDeadline(waitMs, waitMs, async () => asking)
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      return { ...this.#repeat(plan), failures: failing(plan.source, error).failures }
    }
  }

  /** Whoever comes while the source is being asked is given that answer. */
  async #askOnce(
    exchange: Exchange,
    turn: Extract<Turn, { kind: 'ask' }>,
    timeoutMs: number,
  ): Promise<Collected> {
    const { name } = exchange
    const nowMs = this.#deps.nowMs()
    const underWay = this.#underWay.get(name)
    // One that should have been over lost its invocation: nobody may wait for it for ever.
    if (underWay !== undefined && nowMs < underWay.overAtMs) return underWay.asking
    const withinMs = Math.max(timeoutMs, patienceMs)
    const asking = this.#askHere(exchange, turn, withinMs)
    this.#underWay.set(name, { asking, overAtMs: nowMs + withinMs + graceMs })
    try {
      return await asking
    } finally {
      if (this.#underWay.get(name)?.asking === asking) this.#underWay.delete(name)
    }
  }

  async #askHere(
    exchange: Exchange,
    { markets, doubted, address, isProbe }: Extract<Turn, { kind: 'ask' }>,
    timeoutMs: number,
  ): Promise<Collected> {
    const { fetch, nowMs, chance, baseUrls } = this.#deps
    const source = exchange.name
    const baseUrl = baseUrls[source]
    const askedAtMs = nowMs()
    const asked = await ask(exchange, markets, {
      fetch,
      nowMs,
      timeoutMs,
      address,
      isProbe,
      doubted,
      ...(baseUrl !== undefined && { baseUrl }),
    })
    const when = { askedAtMs, atMs: nowMs(), chance: chance() }
    this.#health.set(source, healthAfter(this.#healthOf(source), asked, when))
    this.#lastTickers.set(source, asked.tickers)
    return {
      tickers: asked.tickers,
      failures: asked.failure ? failing(source, asked.failure).failures : [],
      latencyMs: { [source]: asked.latencyMs },
    }
  }

  /** The collector there has its own health of the source, and hands it on to nobody. */
  async #askElsewhere(plan: SourcePlan, tickAtMs: number, leftMs: number): Promise<Collected> {
    const { source, markets, fallback } = plan
    if (fallback === undefined) return nothing
    try {
      return await withDeadline(leftMs, leftMs, async () =>
        this.#deps.askElsewhere(fallback, { source, markets }, tickAtMs, leftMs * elsewhereShare),
      )
    } catch (error) {
      const code = error instanceof ExchangeError ? error.code : 'unreachable'
      return failing(source, { code, message: `${fallback.name} gave no answer: ${String(error)}` })
    }
  }

  /** Its last tickers, dated as they were: asked too soon is no reason to call them new. */
  #repeat({ source, markets }: SourcePlan): Collected {
    const wanted = new Set(markets)
    const last = this.#lastTickers.get(source) ?? []
    return { ...nothing, tickers: last.filter(({ market }) => wanted.has(market)) }
  }

  #healthOf(source: string): SourceHealth {
    return this.#health.get(source) ?? newcomer
  }
}
