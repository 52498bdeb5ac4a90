/**
 * The one manager of subscriptions: a line to each exchange that is listened to, and the join with
 * REST. What the sockets have told of late is the answer; for what is missing from it REST is asked
 * as ever, so that a socket that is down, or new, or dead costs nothing but its advantage.
 */

import type { SourceStatus } from '../../protocol/status.ts'
import { type Collected, nothing, type SourcePlan, together } from '../collected.ts'
import { Line, type LiveDeps } from './line.ts'
import { liveExchanges } from './registry.ts'

/** How a source's last answer came: out of the socket's memory, over REST, or a part by each. */
type Way = NonNullable<NonNullable<SourceStatus['live']>['came_by']>

/** What there is to tell of a source: how it is listened to, and its last answer by socket alone. */
export type LiveReport = {
  readonly live: NonNullable<SourceStatus['live']>
  readonly last?: { readonly atMs: number; readonly tickers: number }
}

type Listened = { readonly line: Line; way?: Way; last?: NonNullable<LiveReport['last']> }

export class LiveManager {
  readonly #listened = new Map<string, Listened>()
  readonly #urls: ReadonlyMap<string, string>
  readonly #deps: LiveDeps

  /** @param urls Where each source is listened to; one that has no address is left to REST. */
  constructor(urls: ReadonlyMap<string, string>, deps: LiveDeps) {
    this.#urls = urls
    this.#deps = deps
  }

  /**
   * What a source says: its fresh tickers out of the memory, and the others as `askRest` brings
   * them. The first answer comes by REST alone, and opens the socket.
   */
  async collect(
    plan: SourcePlan,
    askRest: (plan: SourcePlan) => Promise<Collected>,
  ): Promise<Collected> {
    const listened = this.#listenedTo(plan)
    if (listened === undefined) return askRest(plan)

    listened.line.want(plan.markets)
    const tickers = listened.line.fresh(plan.markets)
    const told = new Set(tickers.map(({ market }) => market))
    const missing = plan.markets.filter((market) => !told.has(market))
    listened.way = wayOf(told.size, missing.length)
    if (missing.length === 0) {
      listened.last = { atMs: this.#deps.nowMs(), tickers: tickers.length }
      return { ...nothing, tickers }
    }
    const rest = await askRest({ ...plan, markets: missing })
    return tickers.length === 0 ? rest : together([{ ...nothing, tickers }, calmly(rest)])
  }

  /** How the sources are listened to that anybody has asked for, by their names. */
  status(): ReadonlyMap<string, LiveReport> {
    return new Map(
      [...this.#listened].map(([source, { line, way, last }]) => {
        const { lastEnd, ...state } = line.state()
        const live = {
          ...state,
          ...(way && { came_by: way }),
          ...(lastEnd && {
            last_end: { code: lastEnd.code, message: lastEnd.message, at: lastEnd.atMs },
          }),
        }
        return [source, { live, ...(last && { last }) }]
      }),
    )
  }

  /** Closes every socket. */
  stop(): void {
    for (const { line } of this.#listened.values()) line.stop()
    this.#listened.clear()
  }

  #listenedTo({ source, isLive = false }: SourcePlan): Listened | undefined {
    const known = this.#listened.get(source)
    if (known !== undefined || !isLive) return isLive ? known : undefined
    const exchange = liveExchanges.get(source)
    const url = this.#urls.get(source)
    if (exchange === undefined || url === undefined) return undefined
    const listened = { line: new Line(exchange, url, this.#deps) }
    this.#listened.set(source, listened)
    return listened
  }
}

function wayOf(told: number, missing: number): Way {
  if (missing === 0) return 'live'
  return told === 0 ? 'rest' : 'both'
}

/** A market that REST refuses is always missing, and no news where the others have been told of. */
function calmly(collected: Collected): Collected {
  const failures = collected.failures.filter(
    ({ source, code }) => code !== 'market-refused' || source in collected.latencyMs,
  )
  return { ...collected, failures }
}
