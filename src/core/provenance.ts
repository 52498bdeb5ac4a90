/** A vote in the words of the wire, with all that it was made of: enough to redo it by hand. */

import type { FeedSymbol } from '../protocol/feed.ts'
import type {
  Provenance,
  provenanceVersion,
  RoundProvenance,
  SourceProvenance,
} from '../protocol/wire-provenance.ts'
import { byCodeUnit } from './newest-votes.ts'
import type { Consensus, ConsensusOutcome, Contribution, Rejection } from './outcome.ts'
import type { ConsensusPolicy } from './policy.ts'
import type { Quote } from './quote.ts'
import { seedOf } from './seeded-random.ts'
import { tuning } from './tuning.ts'
import type { Window } from './vwap-twap.ts'
import type { WindowTick } from './window-tick.ts'

/**
 * Names all constants that a vote goes by: whoever changes one, changes this. Eight hex digits, the
 * hash of them as JSON.
 */
export const constantsVersion = seedOf(JSON.stringify(tuning)).toString(16).padStart(8, '0')

/** Of what is written: the type asks whoever raises `provenanceVersion` to look here. */
const version: typeof provenanceVersion = 1

/** Ticks of a window whose quotes are kept: three minutes at the fastest planned cadence, 5 s. */
export const maxWindowTicks = 36

/** What a vote was about. */
export type Voted = {
  readonly symbol: FeedSymbol
  /** The instant that names the tick, Unix milliseconds. */
  readonly tickAtMs: number
  /** The number of the price, if there is one. */
  readonly seq: number
  readonly policy: ConsensusPolicy
}

/**
 * The provenance of a vote.
 *
 * @param quotes What was put to the vote; a source whose quote is not among them is left out.
 */
export function provenanceOf(
  quotes: readonly Quote[],
  outcome: ConsensusOutcome,
  { symbol, tickAtMs, seq, policy }: Voted,
): Provenance {
  const bySource = new Map(quotes.map((quote) => [quote.source, quote]))
  const contributions = outcome.kind === 'consensus' ? outcome.contributions : []
  const sources = [
    ...contributions.flatMap((each) => acceptedOf(each, bySource.get(each.source))),
    ...outcome.rejected.flatMap((each) => rejectedOf(each, bySource.get(each.source))),
  ].sort((left, right) => byCodeUnit(left.source, right.source))
  const vote = {
    version,
    symbol,
    timestamp: outcome.atMs,
    tick_at: tickAtMs,
    policy: {
      constants: constantsVersion,
      stale_after_ms: policy.staleAfterMs,
      min_sources: policy.minSources,
      probation_ticks: policy.probationTicks,
    },
    sources,
  }
  if (outcome.kind === 'consensus') {
    return { outcome: 'consensus', ...vote, seq, ...resultOf(outcome) }
  }
  const { reason, agreeing, required } = outcome
  return { outcome: 'no-quorum', ...vote, reason, agreeing, required }
}

/**
 * What a round's prices were made of: the vote over its window, and the vote of the instant that stood
 * at the window's end.
 *
 * The window is left out where it has more ticks than are kept: when they come every two seconds on
 * demand.
 *
 * @param ticks The feed's ticks, in order of time.
 */
export function roundProvenanceOf(
  ticks: readonly WindowTick[],
  { fromMs, toMs }: Window,
  spot: Provenance | undefined,
): RoundProvenance {
  const within = ticks.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
  const window = { from: fromMs, to: toMs, ticks: within.map(keptTickOf) }
  return {
    version,
    ...(within.length <= maxWindowTicks && { window }),
    ...(spot !== undefined && { spot }),
  }
}

function keptTickOf({ atMs, price, accepted }: WindowTick) {
  return {
    tick_at: atMs,
    ...(price !== undefined && { price }),
    accepted,
  }
}

function resultOf(consensus: Consensus) {
  const { votes } = consensus
  return {
    price: consensus.price,
    algorithm: consensus.algorithm,
    votes: {
      weighted_median: votes.weightedMedian,
      huber: votes.huber,
      trimmed_mean: votes.trimmedMean,
      three_vote: votes.threeVote,
      median: votes.median,
    },
    reference: consensus.reference,
    lowest_price: consensus.lowestPrice,
    highest_price: consensus.highestPrice,
    n: consensus.n,
    n_eff: consensus.nEff,
    sigma_bps: consensus.sigmaBps,
    interval_bps: consensus.intervalBps,
    confidence: consensus.confidence,
    split: consensus.split,
    low_quorum: consensus.lowQuorum,
  }
}

function acceptedOf(contribution: Contribution, quote: Quote | undefined): SourceProvenance[] {
  if (quote === undefined) return []
  const { price, basis, ageMs, share, reputation, anomaly, alert, group } = contribution
  return [
    {
      verdict: 'accepted',
      ...saidOf(quote),
      price,
      basis,
      age_ms: ageMs,
      sigma_bps: contribution.sigmaBps,
      own_sigma_bps: contribution.ownSigmaBps,
      reputation,
      bias_bps: contribution.biasBps,
      carried_bps: contribution.carriedBps,
      anomaly,
      ...(alert === true && { alert }),
      share,
      residual_bps: contribution.residualBps,
      ...(group !== undefined && { group }),
    },
  ]
}

function rejectedOf(
  { reason, residualBps }: Rejection,
  quote: Quote | undefined,
): SourceProvenance[] {
  if (quote === undefined) return []
  return [
    {
      verdict: 'rejected',
      ...saidOf(quote),
      reason,
      ...(residualBps !== undefined && { residual_bps: residualBps }),
    },
  ]
}

function saidOf(quote: Quote) {
  const { source, market, rawPrice, conversionRate, price, bid, ask, volume } = quote
  return {
    source,
    market,
    raw_price: rawPrice,
    conversion_rate: conversionRate,
    quoted_price: price,
    ...(bid !== undefined && { bid }),
    ...(ask !== undefined && { ask }),
    volume,
    observed_at: quote.observedAtMs,
    observed_kind: quote.observedKind,
  }
}
