/** The health of a source, in the words of the status page. */

import type { SourceStatus } from '../protocol/status.ts'
import { circuitStateAt } from './circuit.ts'
import type { Exchange } from './exchange.ts'
import { addressAt, type SourceHealth, stillRefused } from './health.ts'
import { percentilesOf } from './latency.ts'

/** @param atMs Unix milliseconds. */
export function sourceStatusOf(
  { name, alternateUrls = [] }: Pick<Exchange, 'name' | 'alternateUrls'>,
  health: SourceHealth,
  atMs: number,
): SourceStatus {
  const { consecutiveFailures, circuit, usedShare } = health
  const address = alternateUrls[addressAt(health, atMs) - 1]
  return {
    source: name,
    ok: consecutiveFailures === 0,
    consecutive_failures: consecutiveFailures,
    circuit: circuitStateAt(circuit, atMs),
    ...(circuit?.isBlocked === true && { blocked_here: true }),
    ...(circuit && { retry_at: circuit.untilMs }),
    ...lastAnswer(health),
    ...(usedShare !== undefined && { used_share: usedShare }),
    ...(address !== undefined && { address }),
    ...troubles(health, atMs),
  }
}

function lastAnswer({
  lastAskedAtMs,
  lastSuccessAtMs,
  lastTickers,
  lastLatencyMs,
  latenciesMs,
}: SourceHealth): Partial<SourceStatus> {
  const latencyMs = percentilesOf(latenciesMs)
  return {
    ...(lastAskedAtMs !== undefined && { last_asked_at: lastAskedAtMs }),
    ...(lastSuccessAtMs !== undefined && { last_success_at: lastSuccessAtMs }),
    ...(lastTickers !== undefined && { last_tickers: lastTickers }),
    ...(lastLatencyMs !== undefined && { last_latency_ms: lastLatencyMs }),
    ...(latencyMs && { latency_ms: latencyMs }),
  }
}

function troubles(health: SourceHealth, atMs: number): Partial<SourceStatus> {
  const { lastError } = health
  const refused = stillRefused(health, atMs).map(([market]) => market)
  return {
    ...(lastError && {
      last_error: { code: lastError.code, message: lastError.message, at: lastError.atMs },
    }),
    ...(refused.length > 0 && { refused_markets: refused.toSorted() }),
  }
}
