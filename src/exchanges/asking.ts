/**
 * One asking of an exchange as it goes on: what has come in, and what is left of its time and its
 * requests. Requests follow one another: a source never has more than one connection.
 */

import type { Ticker } from '../core/quote.ts'
import { bodyOf, type Fetch } from './answer.ts'
import { timedOut, withDeadline } from './deadline.ts'
import { type Exchange, ExchangeError } from './exchange.ts'
import { cachedForMs } from './header-times.ts'
import { tickersIn } from './reading.ts'

export type AskDeps = {
  readonly fetch: Fetch
  /** Unix milliseconds. */
  readonly nowMs: () => number
  /** Replaces the exchange's own addresses. */
  readonly baseUrl?: string
  /** Which of its own addresses to begin with: 0 is `baseUrl`, the others are its alternates. */
  readonly address?: number
  /** One small request first: nobody knows whether it answers again. */
  readonly isProbe?: boolean
  /** For everything together, from the moment the first request is sent. */
  readonly timeoutMs: number
  /** Markets that were refused a while ago: asked for after the others, so as not to cost those. */
  readonly doubted?: readonly string[]
}

/** What an exchange gave. Tickers and a failure may stand side by side: a part is worth having. */
export type Asked = {
  readonly tickers: readonly Ticker[]
  /** Markets that the exchange does not know or no longer trades. */
  readonly refusedMarkets: readonly string[]
  readonly requests: number
  /** How long the slowest request took. */
  readonly latencyMs: number
  /** The address to begin with next time: the one that answered, or else the one after the last. */
  readonly address: number
  /** The share of its limit that it says is used up. */
  readonly usedShare?: number
  /** What ended the asking before every market had been asked for, or left it without a price. */
  readonly failure?: ExchangeError
}

/** One asking as it goes on: what has come in, and what is left of its budget. */
export class Asking {
  readonly tickers: Ticker[] = []
  readonly refusedMarkets: string[] = []
  requests = 0
  #latencyMs = 0
  #usedShare: number | undefined
  #deadlineMs: number | undefined
  #address = ''
  readonly #exchange: Exchange
  readonly #deps: AskDeps
  readonly #maxRequests: number

  constructor(exchange: Exchange, deps: AskDeps, maxRequests: number) {
    this.#exchange = exchange
    this.#deps = deps
    this.#maxRequests = maxRequests
  }

  /** Asks for all groups at one address; what ended it, if anything did. */
  async askAt(
    address: string,
    groups: readonly (readonly string[])[],
  ): Promise<ExchangeError | undefined> {
    this.#address = address
    try {
      for (const group of groups) {
        if (!(await this.isGranted(group))) await this.findRefused(group)
      }
      return undefined
    } catch (error) {
      if (error instanceof ExchangeError) return error
      throw error
    }
  }

  /** What is left of the time, milliseconds; all of it before the first request. */
  leftMs(): number {
    const { nowMs, timeoutMs } = this.#deps
    return this.#deadlineMs === undefined ? timeoutMs : this.#deadlineMs - nowMs()
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
      if (!(error instanceof ExchangeError) || error.code !== 'market-refused') throw error
      // Where a request names no market, none of them can be what is refused.
      if (Number.isFinite(this.#exchange.maxMarkets)) return false
      throw new ExchangeError('exchange-refused', error.message, { cause: error })
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

  end(address: number, failure: ExchangeError | undefined): Asked {
    return {
      tickers: this.tickers,
      refusedMarkets: this.refusedMarkets,
      requests: this.requests,
      latencyMs: this.#latencyMs,
      address,
      ...(this.#usedShare !== undefined && { usedShare: this.#usedShare }),
      ...(failure && { failure }),
    }
  }

  async #request(markets: readonly string[]): Promise<readonly Ticker[]> {
    const { fetch, nowMs, timeoutMs } = this.#deps
    if (this.requests === this.#maxRequests) {
      const message = `Still refused after ${this.requests} requests.`
      throw new ExchangeError('exchange-refused', message)
    }
    const sentAtMs = nowMs()
    this.#deadlineMs ??= sentAtMs + timeoutMs
    const leftMs = this.leftMs()
    if (leftMs <= 0) throw timedOut(timeoutMs)

    this.requests++
    const request = this.#exchange.request(markets)
    try {
      const body = await withDeadline(leftMs, timeoutMs, (signal) =>
        bodyOf(this.#address, request, { fetch, nowMs, signal }),
      )
      this.#usedShare = this.#exchange.usedShare?.(body.headers) ?? this.#usedShare
      // What lay in a cache on the way is no fresher for having come just now.
      const receivedAtMs = nowMs() - cachedForMs(body.headers)
      return tickersIn(this.#exchange, body, { markets, receivedAtMs })
    } finally {
      this.#latencyMs = Math.max(this.#latencyMs, nowMs() - sentAtMs)
    }
  }
}
