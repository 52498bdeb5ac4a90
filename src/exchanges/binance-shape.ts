/**
 * Binance's 24-hour ticker: the rows and the refusals that Binance and the exchanges which took
 * over its interface answer with.
 *
 * Known from the exchange's own documents (binance-spot-api-docs of July 2026), read on 2026-11-22;
 * not yet from a live answer.
 */

import { z } from 'zod'
import type { Ticker } from '../core/quote.ts'
import { askedRows } from './asked-rows.ts'
import { nonNegativeDecimal } from './decimal.ts'
import { type AnswerContext, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { refusal } from './said.ts'
import { tickerOf } from './ticker.ts'

export type BinanceLike = {
  /** The exchange's name in quotes. */
  readonly source: string
  /** Its name for people. */
  readonly title: string
  /** Of what `closeTime` is the time, where it is one; Binance dates the ticker by it. */
  readonly closeTimeOf?: 'ticker' | 'response'
}

const errorSchema = z.object({ code: z.number(), msg: z.unknown().optional() })

/** Error codes of which the caller can make something; all others mean a refusal. */
const errorCodes: ReadonlyMap<string, ExchangeErrorCode> = new Map([
  ['-1121', 'market-refused'], // invalid symbol; one is enough to lose the whole batch
  ['-1003', 'rate-limited'], // too much weight
  ['-1015', 'rate-limited'],
])

/**
 * The tickers of the markets asked for, out of a list of them or of all markets.
 *
 * @throws {ExchangeError} if the body is no list.
 */
export function binanceTickers(
  { source, title, closeTimeOf = 'ticker' }: BinanceLike,
  body: unknown,
  { markets, receivedAtMs }: AnswerContext,
): readonly Ticker[] {
  if (!Array.isArray(body)) throw refusalOf(title, body)

  return askedRows(body, 'symbol', markets).flatMap(({ market, row }) => {
    const ticker = tickerOf({
      source,
      market,
      last: row['lastPrice'],
      bid: row['bidPrice'],
      ask: row['askPrice'],
      volume: row['volume'],
      open24h: row['openPrice'],
      dated: { atMs: row['closeTime'], kind: closeTimeOf },
      receivedAtMs,
    })
    return ticker ?? []
  })
}

/** The share of a minute's weight that Binance counts as used by our address (0 to 1, or more). */
export function usedWeightShare(headers: Headers, weightPerMinute: number): number | undefined {
  const used = nonNegativeDecimal(headers.get('X-MBX-USED-WEIGHT-1M'))
  return used === undefined ? undefined : used / weightPerMinute
}

function refusalOf(title: string, body: unknown): ExchangeError {
  const { data: error } = errorSchema.safeParse(body)
  if (!error) return new ExchangeError('unexpected-shape', `${title} answered no list of tickers.`)
  return refusal(title, { code: error.code, reason: error.msg }, errorCodes)
}
