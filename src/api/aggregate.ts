/** The engine in the words of the wire: anyone's quotes in, a consensus with its provenance out. */

import { type Aggregate, aggregateOf, type Verdict } from '../core/aggregate.ts'
import { defaultPolicy } from '../core/consensus.ts'
import { feedSymbol } from '../protocol/feed.ts'
import type { AggregateRequest } from '../protocol/wire.ts'
import type { AggregateResponse, VerdictResponse } from '../protocol/wire-rest.ts'

/**
 * The consensus of the quotes under the policy of the house.
 *
 * @throws {ProtocolError} `symbol-malformed` if the symbol names no feed in any spelling.
 */
export function aggregate({ symbol, quotes }: AggregateRequest): AggregateResponse {
  const about = feedSymbol(symbol)
  const { outcome, atMs, verdicts, ...votes } = aggregateOf(quotes, defaultPolicy)
  const told = { symbol: about, timestamp: atMs, verdicts: verdicts.map(toldVerdict) }
  if (outcome.kind === 'no-quorum') {
    const { agreeing, required } = outcome
    return { outcome: 'no-quorum', ...told, agreeing, required }
  }
  return {
    outcome: 'consensus',
    ...told,
    consensus_price: outcome.price,
    confidence: outcome.confidence,
    interval_bps: outcome.intervalBps,
    sources_used: outcome.sources,
    algorithm: outcome.algorithm,
    observed_at: outcome.observedAtMs,
    ...toldVotes(votes),
  }
}

type Votes = Pick<Aggregate, 'vwap' | 'twap' | 'weightedMedian'>

function toldVotes({ vwap, twap, weightedMedian }: Votes) {
  return {
    ...(vwap !== undefined && { vwap }),
    ...(twap !== undefined && { twap }),
    ...(weightedMedian !== undefined && { weighted_median: weightedMedian }),
  }
}

function toldVerdict(verdict: Verdict): VerdictResponse {
  const { source } = verdict
  return verdict.kind === 'rejected'
    ? { verdict: 'rejected', source, reason: verdict.reason }
    : { verdict: 'accepted', source, price: verdict.price, share: verdict.share }
}
