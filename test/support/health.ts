/** Builders: what an exchange gave, ordinary but for what a test names. */

import type { Asked } from '../../src/exchanges/asking.ts'
import { ExchangeError, type ExchangeErrorCode } from '../../src/exchanges/exchange.ts'
import type { AskedWhen } from '../../src/exchanges/health.ts'

/** An answer after 80 ms that brought nothing and refused nothing. */
export function answered(differing: Partial<Asked> = {}): Asked {
  return { tickers: [], refusedMarkets: [], requests: 1, latencyMs: 80, address: 0, ...differing }
}

/** A failure, with the wait that the exchange asked for, milliseconds. */
export function failed(code: ExchangeErrorCode, retryAfterMs?: number): Asked {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  return answered({ failure: new ExchangeError(code, 'HTTP 429.', wait) })
}

/** Asked and answered at one instant; chance takes nothing off a wait. */
export function whenAt(atMs: number, chance = 0): AskedWhen {
  return { askedAtMs: atMs, atMs, chance }
}
