/**
 * The circuit breaker of a source. Closed, it is asked; open, it is left alone; once its time is up
 * it is half open: one small request decides between the two.
 */

import { z } from 'zod'
import type { ExchangeError, ExchangeErrorCode } from './exchange.ts'

export const circuitSchema = z.strictObject({
  /** Open until then, half open from then on, Unix milliseconds. */
  untilMs: z.int(),
  /** What opened it: an `ExchangeErrorCode`. */
  code: z.string(),
  /** Whether the place was refused since it last answered: whatever fails later, it still is. */
  isBlocked: z.boolean(),
  /** How often in a row it has been opened; the wait doubles with it. */
  times: z.int().positive(),
})
export type Circuit = Readonly<z.infer<typeof circuitSchema>>

export type CircuitState = 'closed' | 'open' | 'half-open'

type Wait = { readonly firstMs: number; readonly longestMs: number }

/** It may be our own network that failed: then all sources must be back soon after it is. */
const usualWait: Wait = { firstMs: 5_000, longestMs: 30_000 }

/** Of a limit whose end nobody told us. */
const limitedWait: Wait = { firstMs: 5_000, longestMs: 600_000 }

/**
 * A page that refuses us may be a bad quarter of a minute of a content network's, or the law of the
 * place for years: ten small questions in the first two hours, then one every other hour.
 */
const blockedWait: Wait = { firstMs: 15_000, longestMs: 7_200_000 }

/** Failures after which asking again at once makes it worse: one of them opens the circuit. */
const restfulCodes: ReadonlySet<ExchangeErrorCode> = new Set(['rate-limited', 'blocked-here'])

/** Any other failure may pass by the next tick, so it takes this many in a row. */
const failuresToOpen = 3

/** How much of a wait chance may take off, so that sources that fell together do not rise together. */
const jitterShare = 0.25

/** Whether a failure means that we are not wanted for a while. */
export function sendsAway({ code, retryAfterMs }: ExchangeError): boolean {
  return retryAfterMs !== undefined || restfulCodes.has(code)
}

/** Whether a source is to be asked at an instant, Unix milliseconds. */
export function circuitStateAt(circuit: Circuit | undefined, atMs: number): CircuitState {
  if (circuit === undefined) return 'closed'
  return atMs < circuit.untilMs ? 'open' : 'half-open'
}

/**
 * The circuit after a failure; undefined if it stays closed. It is opened for as long as the
 * exchange asked for, else for twice as long each time, up to a limit, less a chance part.
 *
 * @param failures Failures in a row, this one included.
 * @param chance In [0, 1): handed in, since nothing here is random.
 */
export function circuitAfter(
  before: Circuit | undefined,
  failure: ExchangeError,
  {
    atMs,
    failures,
    chance,
  }: { readonly atMs: number; readonly failures: number; readonly chance: number },
): Circuit | undefined {
  if (before === undefined && !sendsAway(failure) && failures < failuresToOpen) return undefined

  const { code, retryAfterMs } = failure
  const isBlocked = code === 'blocked-here' || before?.isBlocked === true
  const times = (before?.times ?? 0) + 1
  const { firstMs, longestMs } = waitAfter(code, isBlocked)
  const backoffMs = Math.min(firstMs * 2 ** (times - 1), longestMs) * (1 - jitterShare * chance)
  return { untilMs: Math.ceil(atMs + (retryAfterMs ?? backoffMs)), code, isBlocked, times }
}

function waitAfter(code: ExchangeErrorCode, isBlocked: boolean): Wait {
  if (isBlocked) return blockedWait
  return code === 'rate-limited' ? limitedWait : usualWait
}
