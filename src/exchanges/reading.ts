/** What a body says by its exchange's own reader, be it tickers or a refusal. */

import type { Ticker } from '../core/quote.ts'
import type { Body } from './answer.ts'
import { type AnswerContext, type Exchange, ExchangeError } from './exchange.ts'

/**
 * The tickers of an answer.
 *
 * @throws {ExchangeError} the exchange's own refusal, or else the bare status.
 */
export function tickersIn(
  exchange: Pick<Exchange, 'tickers'>,
  body: Body,
  answer: AnswerContext,
): readonly Ticker[] {
  if (body.ok) return exchange.tickers(body.value, answer)
  throw refusalOf(body, ownRefusal(exchange, body, answer))
}

/** A refusal in the exchange's own words; undefined if its reader does not know them. */
function ownRefusal(
  exchange: Pick<Exchange, 'tickers'>,
  body: Body,
  answer: AnswerContext,
): ExchangeError | undefined {
  try {
    exchange.tickers(body.value, answer)
    return undefined
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    return error.code === 'unexpected-shape' ? undefined : error
  }
}

/**
 * A status that refuses, with the exchange's own words for it where it has any. We bring no key, so
 * that a 403 which names no better reason can mean nothing but the place that we ask from.
 */
function refusalOf({ status, retryAfterMs }: Body, own: ExchangeError | undefined): ExchangeError {
  const isVague = own === undefined || own.code === 'exchange-refused'
  if (!isVague && retryAfterMs === undefined) return own

  const code = isVague && status === 403 ? 'blocked-here' : (own?.code ?? 'http-status')
  const waitMs = Math.max(retryAfterMs ?? 0, own?.retryAfterMs ?? 0)
  return new ExchangeError(code, own?.message ?? `HTTP ${status}.`, {
    ...(own && { cause: own }),
    ...(waitMs > 0 && { retryAfterMs: waitMs }),
  })
}
