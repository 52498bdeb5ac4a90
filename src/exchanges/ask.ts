/**
 * Asks one exchange for its markets: in as many requests as its limit needs, all under one
 * deadline. A market that it refuses costs only itself: the batch is halved until the refused one
 * stands alone, and its name is handed back so that it can be left out for a while.
 */

import type { Ticker } from '../core/quote.ts'
import { type Body, bodyOf, type Fetch } from './answer.ts'
import { timedOut, withDeadline } from './deadline.ts'
import { type AnswerContext, type Exchange, ExchangeError } from './exchange.ts'

export type AskDeps = {
  readonly fetch: Fetch
  /** Unix milliseconds. */
  readonly nowMs: () => number
  /** Replaces the exchange's own address. */
  readonly baseUrl?: string
  /** For everything together, from the moment the first request is sent. */
  readonly timeoutMs: number
}

/** What an exchange gave. Tickers and a failure may stand side by side: a part is worth having. */
export type Asked = {
  readonly tickers: readonly Ticker[]
  /** Markets that the exchange does not know or no longer trades. */
  readonly refusedMarkets: readonly string[]
  readonly requests: number
  /** How long the slowest request took. */
  readonly latencyMs: number
  /** What ended the asking before every market had been asked for, or left it without a price. */
  readonly failure?: ExchangeError
}

/** Requests that the search for refused markets may add; one among 60 takes seven at most. */
const maxExtraRequests = 12

/** Asks for the tickers of some markets. Failures of the exchange are values here. */
export async function ask(
  exchange: Exchange,
  markets: readonly string[],
  deps: AskDeps,
): Promise<Asked> {
  const groups = chunksOf(markets, exchange.maxMarkets)
  const asking = new Asking(exchange, deps, groups.length + maxExtraRequests)
  try {
    for (const group of groups) {
      if (!(await asking.isGranted(group))) await asking.findRefused(group)
    }
    return asking.end(emptinessOf(asking, markets))
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    return asking.end(error)
  }
}

/** One asking as it goes on: what has come in, and what is left of its budget. */
class Asking {
  readonly tickers: Ticker[] = []
  readonly refusedMarkets: string[] = []
  requests = 0
  #latencyMs = 0
  #deadlineMs: number | undefined
  readonly #exchange: Exchange
  readonly #deps: AskDeps
  readonly #maxRequests: number

  constructor(exchange: Exchange, deps: AskDeps, maxRequests: number) {
    this.#exchange = exchange
    this.#deps = deps
    this.#maxRequests = maxRequests
  }

  /**
   * Asks for a group. False if one of its markets is refused.
   *
   * @throws {ExchangeError} of every other kind.
   */
  async isGranted(markets: readonly string[]): Promise<boolean> {
    try {
      this.tickers.push(...(await this.#request(markets)))
      return true
    } catch (error) {
      if (error instanceof ExchangeError && error.code === 'market-refused') return false
      throw error
    }
  }

  /** Finds the refused markets of a group that was refused, and the tickers of the others. */
  async findRefused(markets: readonly string[]): Promise<void> {
    let suspects = markets
    const aside: string[] = []
    while (suspects.length > 1) {
      const first = suspects.slice(0, suspects.length >> 1)
      const second = suspects.slice(first.length)
      if (await this.isGranted(first)) {
        // Then a refused one is in the second half, which need not be asked to know it.
        suspects = second
      } else {
        aside.push(...second)
        suspects = first
      }
    }
    this.refusedMarkets.push(...suspects)
    if (aside.length > 0 && !(await this.isGranted(aside))) await this.findRefused(aside)
  }

  end(failure: ExchangeError | undefined): Asked {
    return {
      tickers: this.tickers,
      refusedMarkets: this.refusedMarkets,
      requests: this.requests,
      latencyMs: this.#latencyMs,
      ...(failure && { failure }),
    }
  }

  async #request(markets: readonly string[]): Promise<readonly Ticker[]> {
    const { nowMs, timeoutMs, baseUrl = this.#exchange.baseUrl } = this.#deps
    if (this.requests === this.#maxRequests) {
      const message = `Still refused after ${this.requests} requests.`
      throw new ExchangeError('exchange-refused', message)
    }
    const sentAtMs = nowMs()
    this.#deadlineMs ??= sentAtMs + timeoutMs
    const leftMs = this.#deadlineMs - sentAtMs
    if (leftMs <= 0) throw timedOut(timeoutMs)

    this.requests++
    const { path, headers = {} } = this.#exchange.request(markets)
    try {
      const { fetch } = this.#deps
      const body = await withDeadline(leftMs, timeoutMs, (signal) =>
        bodyOf(baseUrl + path, headers, { fetch, nowMs, signal }),
      )
      return tickersOf(this.#exchange, body, { markets, receivedAtMs: nowMs() })
    } finally {
      this.#latencyMs = Math.max(this.#latencyMs, nowMs() - sentAtMs)
    }
  }
}

/** The tickers of a body, or the exchange's own words for refusing, or else the bare status. */
function tickersOf(exchange: Exchange, body: Body, answer: AnswerContext): readonly Ticker[] {
  if (body.ok) return exchange.tickers(body.value, answer)
  try {
    exchange.tickers(body.value, answer)
  } catch (error) {
    if (!(error instanceof ExchangeError) || error.code !== 'unexpected-shape') throw error
  }
  throw new ExchangeError('http-status', `HTTP ${body.status}.`)
}

/** Asked for markets and given no price at all is a failure, however well-formed the answer. */
function emptinessOf(
  { tickers, refusedMarkets }: Asking,
  markets: readonly string[],
): ExchangeError | undefined {
  if (tickers.length > 0 || markets.length === 0) return undefined
  const count = markets.length
  return refusedMarkets.length === count
    ? new ExchangeError('market-refused', `All ${count} markets were refused.`)
    : new ExchangeError('unexpected-shape', `None of ${count} markets could be read.`)
}

function chunksOf(markets: readonly string[], size: number): readonly (readonly string[])[] {
  const count = Math.ceil(markets.length / size)
  return Array.from({ length: count }, (_, i) => markets.slice(i * size, (i + 1) * size))
}
