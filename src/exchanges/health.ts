/**
 * What is remembered of a source between ticks, and what follows from it: whether it is to be left
 * alone for a while, and which of its markets are not worth asking for.
 */

import { z } from 'zod'
import type { SourceStatus } from '../protocol/status.ts'
import type { Asked } from './ask.ts'
import { ExchangeError } from './exchange.ts'

/** Failures after which asking again at once makes it worse. All others may pass by the next tick. */
const restfulCodes = ['rate-limited', 'blocked-here'] as const

export const sourceHealthSchema = z.strictObject({
  consecutiveFailures: z.int().nonnegative(),
  lastSuccessAtMs: z.int().optional(),
  lastLatencyMs: z.number().optional(),
  lastError: z.strictObject({ code: z.string(), message: z.string(), atMs: z.int() }).optional(),
  /** Set while the source is to be left alone, and kept until it answers again. */
  rest: z
    .strictObject({
      untilMs: z.int(),
      /** What it said when it sent us away. */
      code: z.enum(restfulCodes),
      /** How often in a row it has sent us away; the wait doubles with it. */
      times: z.int().positive(),
    })
    .optional(),
  /** Refused markets, and until when they are left out. */
  refusedUntilMs: z.record(z.string(), z.int()),
})
export type SourceHealth = Readonly<z.infer<typeof sourceHealthSchema>>

/** A source that has never been asked. */
export const newcomer: SourceHealth = { consecutiveFailures: 0, refusedUntilMs: {} }

/** Listings change by the day, not by the minute; a market asked for in error costs few requests. */
const refusedForMs = 600_000

const firstRestMs = 5_000
const longestRestMs = 600_000

/** The markets that are worth asking for at an instant, Unix milliseconds. */
export function marketsWorthAsking(
  { refusedUntilMs }: SourceHealth,
  markets: readonly string[],
  atMs: number,
): readonly string[] {
  return markets.filter((market) => atMs >= (refusedUntilMs[market] ?? 0))
}

/**
 * What stands for an answer if a source is not to be asked at all at an instant: because it rests,
 * or because it has refused every market that we know.
 */
export function silenceOf(
  { rest, lastError }: SourceHealth,
  marketsLeft: readonly string[],
  atMs: number,
): Asked | undefined {
  if (rest && atMs < rest.untilMs) {
    const waitSec = Math.ceil((rest.untilMs - atMs) / 1_000)
    const why = lastError ? ` (${lastError.message})` : ''
    return unasked(new ExchangeError(rest.code, `Left alone for another ${waitSec} s${why}`))
  }
  return marketsLeft.length === 0
    ? unasked(new ExchangeError('market-refused', 'Every market was refused of late.'))
    : undefined
}

/** A source's health once it has been asked. */
export function healthAfter(health: SourceHealth, asked: Asked, atMs: number): SourceHealth {
  const { failure, refusedMarkets, latencyMs } = asked
  const refusedUntilMs = {
    ...Object.fromEntries(stillRefused(health, atMs)),
    ...Object.fromEntries(refusedMarkets.map((market) => [market, atMs + refusedForMs])),
  }
  if (!failure) {
    const { lastError } = health
    return {
      consecutiveFailures: 0,
      lastSuccessAtMs: atMs,
      lastLatencyMs: latencyMs,
      ...(lastError && { lastError }),
      refusedUntilMs,
    }
  }
  const rest = restAfter(health, failure, atMs)
  return {
    ...health,
    consecutiveFailures: health.consecutiveFailures + 1,
    lastLatencyMs: latencyMs,
    lastError: { code: failure.code, message: failure.message, atMs },
    ...(rest && { rest }),
    refusedUntilMs,
  }
}

/** Health in the words of the status page. */
export function sourceStatusOf(source: string, health: SourceHealth, atMs: number): SourceStatus {
  const { lastSuccessAtMs, lastLatencyMs, lastError, consecutiveFailures } = health
  const refused = stillRefused(health, atMs).map(([market]) => market)
  return {
    source,
    ok: consecutiveFailures === 0,
    consecutive_failures: consecutiveFailures,
    ...(lastSuccessAtMs !== undefined && { last_success_at: lastSuccessAtMs }),
    ...(lastLatencyMs !== undefined && { last_latency_ms: lastLatencyMs }),
    ...(lastError && {
      last_error: { code: lastError.code, message: lastError.message, at: lastError.atMs },
    }),
    ...(refused.length > 0 && { refused_markets: refused.toSorted() }),
  }
}

function stillRefused({ refusedUntilMs }: SourceHealth, atMs: number): [string, number][] {
  return Object.entries(refusedUntilMs).filter(([, untilMs]) => atMs < untilMs)
}

/** As long as the exchange asked for; else 5 s, 10 s, 20 s, … up to 10 min. */
function restAfter(
  health: SourceHealth,
  { code: failed, retryAfterMs }: ExchangeError,
  atMs: number,
): SourceHealth['rest'] {
  const code = restfulCodes.find((restful) => restful === failed)
  if (code === undefined) return undefined
  const times = (health.rest?.times ?? 0) + 1
  const waitMs = retryAfterMs ?? Math.min(firstRestMs * 2 ** (times - 1), longestRestMs)
  return { untilMs: Math.ceil(atMs + waitMs), code, times }
}

function unasked(failure: ExchangeError): Asked {
  return { tickers: [], refusedMarkets: [], requests: 0, latencyMs: 0, failure }
}
