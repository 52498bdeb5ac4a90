/**
 * What is remembered of a source between ticks, at the place from where it is asked: how it has
 * fared, and all that decides when, how and where it is asked next.
 */

import { z } from 'zod'
import type { Asked } from './asking.ts'
import { circuitAfter, circuitSchema, sendsAway } from './circuit.ts'
import type { ExchangeError } from './exchange.ts'
import { rememberedLatencies, withLatency } from './latency.ts'

export const sourceHealthSchema = z.strictObject({
  consecutiveFailures: z.int().nonnegative(),
  lastAskedAtMs: z.int().optional(),
  lastSuccessAtMs: z.int().optional(),
  /** Tickers that its last answer gave. */
  lastTickers: z.int().nonnegative().optional(),
  lastLatencyMs: z.number().optional(),
  lastError: z.strictObject({ code: z.string(), message: z.string(), atMs: z.int() }).optional(),
  /** Of its last answers, the newest last. Milliseconds. */
  latenciesMs: z.array(z.number()).max(rememberedLatencies).readonly(),
  /** The share of its limit that was used up by its own last account. */
  usedShare: z.number().optional(),
  /** Set once it has failed for good reason, and kept until it answers again. */
  circuit: circuitSchema.optional(),
  /** Which of its addresses to begin with, until when; the first one where there is none. */
  address: z.strictObject({ index: z.int().positive(), untilMs: z.int() }).optional(),
  /** Refused markets, and until when they are left out; from then on they are doubted. */
  refusedUntilMs: z.record(z.string(), z.int()),
})
export type SourceHealth = Readonly<z.infer<typeof sourceHealthSchema>>

/** A source that has never been asked. */
export const newcomer: SourceHealth = {
  consecutiveFailures: 0,
  latenciesMs: [],
  refusedUntilMs: {},
}

/** Listings change by the day, not by the minute. */
const refusedForMs = 1_800_000

/** Another address is kept to for this long before the first one is tried again. */
const addressForMs = 1_800_000

/** When an asking began and ended, Unix milliseconds, and a chance in [0, 1) for the wait after it. */
export type AskedWhen = {
  readonly askedAtMs: number
  readonly atMs: number
  readonly chance: number
}

/**
 * A source's health once it has been asked. A failure that left some tickers, and did not send us
 * away, is noted and counts as an answer.
 */
export function healthAfter(health: SourceHealth, asked: Asked, when: AskedWhen): SourceHealth {
  const { failure, tickers, latencyMs, usedShare } = asked
  const { atMs, askedAtMs, chance } = when
  const lastError = failure ? errorAt(failure, atMs) : health.lastError
  const noted = {
    lastAskedAtMs: askedAtMs,
    lastLatencyMs: latencyMs,
    lastTickers: tickers.length,
    ...(usedShare !== undefined && { usedShare }),
    ...(lastError && { lastError }),
    ...addressAfter(health, asked, atMs),
    refusedUntilMs: refusedAfter(health, asked, when),
  }
  if (failure === undefined || (tickers.length > 0 && !sendsAway(failure))) {
    const latenciesMs = withLatency(health.latenciesMs, latencyMs)
    return { ...noted, consecutiveFailures: 0, lastSuccessAtMs: atMs, latenciesMs }
  }

  const failures = health.consecutiveFailures + 1
  const circuit = circuitAfter(health.circuit, failure, { atMs, failures, chance })
  const { lastSuccessAtMs, latenciesMs } = health
  return {
    ...noted,
    consecutiveFailures: failures,
    latenciesMs,
    ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }),
    ...(circuit && { circuit }),
  }
}

/** Some of a source's markets as they are to be asked for. */
export type MarketsToAsk = {
  readonly markets: readonly string[]
  /** Refused a while ago, and since then unheard of. One alone could cost the others their batch. */
  readonly doubted: readonly string[]
}

/** The markets that are worth asking for at an instant, Unix milliseconds. */
export function marketsWorthAsking(
  { refusedUntilMs }: SourceHealth,
  markets: readonly string[],
  atMs: number,
): MarketsToAsk {
  return {
    markets: markets.filter((market) => refusedUntilMs[market] === undefined),
    doubted: markets.filter((market) => atMs >= (refusedUntilMs[market] ?? Infinity)),
  }
}

/** Refused markets that are left out at an instant, and until when. */
export function stillRefused(
  { refusedUntilMs }: SourceHealth,
  atMs: number,
): readonly (readonly [string, number])[] {
  return Object.entries(refusedUntilMs).filter(([, untilMs]) => atMs < untilMs)
}

/** The address to begin with at an instant: an index into the exchange's own. */
export function addressAt({ address }: SourceHealth, atMs: number): number {
  return address && atMs < address.untilMs ? address.index : 0
}

function refusedAfter(
  { refusedUntilMs }: SourceHealth,
  { refusedMarkets, tickers, failure }: Asked,
  { askedAtMs, atMs }: AskedWhen,
) {
  const quoted = new Set(tickers.map(({ market }) => market))
  // A doubted one is trusted again when it was granted, which after a failure only a ticker shows.
  const isOpen = (market: string, untilMs: number): boolean =>
    askedAtMs < untilMs || (failure !== undefined && !quoted.has(market))
  return {
    ...Object.fromEntries(
      Object.entries(refusedUntilMs).filter(([market, untilMs]) => isOpen(market, untilMs)),
    ),
    ...Object.fromEntries(refusedMarkets.map((market) => [market, atMs + refusedForMs])),
  }
}

/** An address that answers is not kept to for longer because it goes on answering. */
function addressAfter(
  health: SourceHealth,
  { address: index }: Asked,
  atMs: number,
): Pick<SourceHealth, 'address'> {
  if (index === 0) return {}
  const isKept = addressAt(health, atMs) === index
  const untilMs = isKept && health.address ? health.address.untilMs : atMs + addressForMs
  return { address: { index, untilMs } }
}

function errorAt({ code, message }: ExchangeError, atMs: number) {
  return { code, message, atMs }
}
