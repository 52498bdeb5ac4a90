/** A span of time within which an exchange must have answered completely, body and all. */

import { ExchangeError } from './exchange.ts'

/**
 * Runs work under a deadline, and does not rely on its giving up: what ignores the signal is left
 * behind.
 *
 * @throws {ExchangeError} `timed-out` once the time is up.
 */
export async function withDeadline<Value>(
  leftMs: number,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const reason = timedOut(timeoutMs)
    // First, so that the work's own complaint about being ended comes too late to be the answer.
    late.reject(reason)
    controller.abort(reason)
  }, leftMs)
  try {
    return await Promise.race([work(controller.signal), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** The failure of a source that was given a span of milliseconds, all requests together. */
export function timedOut(timeoutMs: number): ExchangeError {
  return new ExchangeError('timed-out', `No complete answer within ${timeoutMs} ms.`)
}
