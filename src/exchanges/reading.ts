/** What a body says by its exchange's own reader, be it tickers or a refusal. */

import type { Ticker } from '../core/quote.ts'
import type { Body } from './answer.ts'
import {
  type AnswerContext,
  type Exchange,
  ExchangeError,
  type ExchangeErrorCode,
} from './exchange.ts'

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
  if (body.ok) return readBy(exchange, body, answer)
  throw refusalOf(body, ownRefusal(exchange, body, answer))
}

/** A reader that stumbles over what nobody foresaw costs its own exchange, and no other's tick. */
function readBy(
  exchange: Pick<Exchange, 'tickers'>,
  { value }: Body,
  answer: AnswerContext,
): readonly Ticker[] {
  try {
    return exchange.tickers(value, answer)
  } catch (cause) {
    if (cause instanceof ExchangeError) throw cause
    throw new ExchangeError('unexpected-shape', `The reader failed: ${String(cause)}`, { cause })
  }
}

/** A refusal in the exchange's own words, or the bare status where its reader does not know them. */
function ownRefusal(
  exchange: Pick<Exchange, 'tickers'>,
  body: Body,
  answer: AnswerContext,
): ExchangeError {
  try {
    readBy(exchange, body, answer)
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    if (error.code !== 'unexpected-shape') return error
  }
  return new ExchangeError('http-status', `HTTP ${body.status}.`)
}

/** What tells no more than that we were refused. */
const vagueCodes: ReadonlySet<ExchangeErrorCode> = new Set(['http-status', 'exchange-refused'])

/**
 * A status that refuses, said in a code that helps. We bring no key, so that a 403 without a better
 * reason can mean nothing but the place that we ask from.
 */
function refusalOf({ status, retryAfterMs = 0 }: Body, own: ExchangeError): ExchangeError {
  const code = status === 403 && vagueCodes.has(own.code) ? 'blocked-here' : own.code
  const waitMs = Math.max(retryAfterMs, own.retryAfterMs ?? 0)
  return new ExchangeError(code, own.message, {
    cause: own,
    ...(waitMs > 0 && { retryAfterMs: waitMs }),
  })
}
