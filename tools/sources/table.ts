/** What a probe found, for an operator to read: a table, and a sentence that sums it up. */

import type { Row } from '../report.ts'
import type { Probe } from './probe.ts'

export type Verdict = {
  /** Whether any exchange can be used from here. */
  readonly ok: boolean
  readonly sentence: string
}

/** One row an exchange. */
export function rowOf({ exchange, asked, markets, spreadBps, ageMs }: Probe): Row {
  const { tickers, failure, latencyMs, refusedMarkets, requests } = asked
  const refused = refusedMarkets.length === 0 ? '' : `refused: ${refusedMarkets.join(' ')}`
  const why = failure === undefined ? refused : `${failure.code}: ${failure.message}`
  return {
    exchange,
    reachable: tickers.length > 0 ? 'yes' : 'no',
    'latency ms': requests === 0 ? '' : latencyMs.toFixed(0),
    markets: `${tickers.length}/${markets}`,
    'spread bps': spreadBps?.toFixed(1) ?? '',
    'age s': ageOf(ageMs, tickers.length),
    failure: why.replaceAll('|', '/').slice(0, 160),
  }
}

/** What an operator is to make of it. */
export function verdictOf(probes: readonly Probe[]): Verdict {
  const count = probes.length
  const reached = probes.filter(({ asked }) => asked.tickers.length > 0).length
  if (reached > 0) {
    return { ok: true, sentence: `${reached} of ${count} exchanges can be used from here.` }
  }
  return probes.every(({ asked: { failure } }) => isSilence(failure?.code))
    ? {
        ok: false,
        sentence: `Offline: none of ${count} exchanges could be reached from this machine.`,
      }
    : { ok: false, sentence: `None of ${count} exchanges gave a price to this machine.` }
}

/** Nobody was there, as if there were no network. */
function isSilence(code: string | undefined): boolean {
  return code === 'unreachable' || code === 'timed-out'
}

function ageOf(ageMs: number | undefined, tickers: number): string {
  if (ageMs !== undefined) return (ageMs / 1_000).toFixed(1)
  return tickers > 0 ? 'undated' : ''
}
