/** Builders of provenance: a vote of two sources that agreed and one that was left out. */

import { feedSymbol } from '../../src/protocol/feed.ts'
import {
  type Provenance,
  provenanceSchema,
  type RoundProvenance,
} from '../../src/protocol/wire-provenance.ts'

const said = {
  market: 'BTCUSD',
  raw_price: 100,
  conversion_rate: 1,
  quoted_price: 100,
  volume: 5,
  observed_at: 999_000,
  observed_kind: 'ticker',
}

function accepted(source: string) {
  return {
    verdict: 'accepted',
    source,
    ...said,
    price: 100,
    basis: 'last',
    age_ms: 1_000,
    sigma_bps: 2,
    own_sigma_bps: 1.5,
    reputation: 1,
    bias_bps: 0,
    carried_bps: 0,
    anomaly: 0.1,
    share: 0.5,
    residual_bps: 0,
  }
}

/** A consensus of BTC/USD at 100, of the instant 1 000 000. */
export function aProvenance(differing: Partial<Provenance> = {}): Provenance {
  return provenanceSchema.parse({
    version: 1,
    outcome: 'consensus',
    symbol: feedSymbol('BTC'),
    timestamp: 1_000_000,
    tick_at: 999_900,
    policy: { constants: '0123abcd', stale_after_ms: 60_000, min_sources: 2, probation_ticks: 20 },
    sources: [
      accepted('a'),
      accepted('b'),
      { verdict: 'rejected', source: 'c', ...said, reason: 'outlier', residual_bps: 90 },
    ],
    price: 100,
    seq: 1,
    algorithm: 'median-of-five-votes',
    votes: { weighted_median: 100, huber: 100, trimmed_mean: 100, three_vote: 100, median: 100 },
    reference: 100,
    lowest_price: 99.9,
    highest_price: 100.1,
    n: 2,
    n_eff: 2,
    sigma_bps: 1,
    interval_bps: 2,
    confidence: 0.98,
    split: false,
    low_quorum: false,
    ...differing,
  })
}

/** A window of one tick, and the vote that stood at its end. */
export function aRoundProvenance(): RoundProvenance {
  return {
    version: 1,
    window: {
      from: 0,
      to: 180_000,
      ticks: [{ tick_at: 30_000, price: 100, accepted: [{ source: 'a', price: 100, volume: 5 }] }],
    },
    spot: aProvenance(),
  }
}
