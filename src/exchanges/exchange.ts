/**
 * The port: all that the program knows of an exchange. Both halves are pure; the collector alone
 * touches the network. A new exchange is one small file and one recorded response.
 */

import type { Ticker } from '../core/quote.ts'
import { OracleError } from '../protocol/errors.ts'

export type Exchange = {
  /** The source's name in quotes: lower case, no spaces. */
  readonly name: string
  /** Where its public REST interface lives. Settings may replace it (a replay, another host). */
  readonly baseUrl: string
  /** Other addresses of the same interface and the same books, for when the first one fails. */
  readonly alternateUrls?: readonly string[]
  /** Where it is asked from, the better place first. */
  readonly regions: readonly [home: Region, fallback: Region]
  /** Most markets that one request may name; `Infinity` where every answer holds all markets. */
  readonly maxMarkets: number
  /** It is asked no more often than this, milliseconds: well inside the limit that it documents. */
  readonly minIntervalMs: number
  /**
   * The request that asks for the tickers of some markets, in the exchange's own spelling.
   * The path is appended to the base URL.
   */
  readonly request: (markets: readonly string[]) => ExchangeRequest
  /**
   * Reads the tickers out of a parsed response body. A row that cannot be read is left out; the
   * caller sees from the markets it asked for which ones are missing.
   *
   * @throws {ExchangeError} if the body as a whole is no answer.
   */
  readonly tickers: (body: unknown, answer: AnswerContext) => readonly Ticker[]
  /**
   * The share of its limit that we have used up by its own account (0 to 1, or more), read from an
   * answer's headers; undefined where it tells none.
   */
  readonly usedShare?: (headers: Headers) => number | undefined
}

/**
 * Cloudflare's names for places. Spelled out, so that this file loads without the platform's types.
 *
 * @see https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
export type Region = 'wnam' | 'enam' | 'sam' | 'weur' | 'eeur' | 'apac' | 'oc' | 'afr' | 'me'

export type ExchangeRequest = {
  /** Path and query, beginning with a slash. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Set for a POST: sent as JSON. */
  readonly json?: unknown
}

export type AnswerContext = {
  /** The markets that were asked for. */
  readonly markets: readonly string[]
  /** When the response arrived, Unix milliseconds; sooner by as long as it says it lay in a cache. */
  readonly receivedAtMs: number
}

/** Why an exchange gave no tickers, in the words of status pages and metrics. */
export type ExchangeErrorCode =
  | 'timed-out'
  | 'unreachable'
  | 'http-status'
  | 'rate-limited'
  | 'blocked-here'
  | 'not-json'
  | 'too-large'
  | 'unexpected-shape'
  | 'market-refused'
  | 'exchange-refused'

export class ExchangeError extends OracleError<ExchangeErrorCode> {
  /** How long the exchange asked us to wait, milliseconds, where it did. */
  readonly retryAfterMs?: number

  constructor(
    code: ExchangeErrorCode,
    message: string,
    options: ErrorOptions & { readonly retryAfterMs?: number } = {},
  ) {
    super(code, message, options)
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
  }
}
