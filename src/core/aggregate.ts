/**
 * The engine by itself: anyone's quotes of one feed in, a consensus with its provenance out. It
 * remembers nothing, and its clock is the quotes' own.
 */

import { type ConsensusOutcome, type ConsensusPolicy, consensusOf } from './consensus.ts'
import { byCodeUnit, type Vote } from './newest-votes.ts'
import type { Consensus, RejectionReason } from './outcome.ts'
import { twapOf, vwapOf } from './vwap-twap.ts'

/** A quote as a caller states it. */
export type StatedQuote = {
  readonly source: string
  readonly price: number
  /** Base units, 24 hours or whatever the caller means by it: only proportions count. */
  readonly volume: number
  /** When the price was seen, Unix milliseconds. */
  readonly timestamp: number
}

/** What became of a source's quote. */
export type Verdict =
  | {
      readonly kind: 'accepted'
      readonly source: string
      readonly price: number
      /** Its share in the weighted median, 0 to 1. */
      readonly share: number
    }
  | { readonly kind: 'rejected'; readonly source: string; readonly reason: RejectionReason }

export type Aggregate = {
  /** The vote of the instant; its price is the consensus. */
  readonly outcome: ConsensusOutcome
  /** The instant that it is for, Unix milliseconds. */
  readonly atMs: number
  /** Of the accepted quotes. Absent where they state no volume, or without a quorum. */
  readonly vwap?: number
  /** Of the accepted quotes, from the oldest of them until `atMs`. Absent without a quorum. */
  readonly twap?: number
  /** Of the accepted quotes by capped share: what the consensus takes. Absent without a quorum. */
  readonly weightedMedian?: number
  /** One a source, sorted by source. */
  readonly verdicts: readonly Verdict[]
}

/**
 * Puts quotes to the vote as of the newest of them: that one's timestamp is the instant by which
 * the others are fresh or stale, since a stateless engine has no business with today's date. A
 * caller who dates one quote far ahead makes the rest stale, and gets no quorum.
 *
 * @param stated Quotes of one feed. Of a source's several the newest counts.
 */
export function aggregateOf(stated: readonly StatedQuote[], policy: ConsensusPolicy): Aggregate {
  const votes = stated.map(({ timestamp, ...quote }): Vote => ({
    ...quote,
    observedAtMs: timestamp,
  }))
  const atMs = votes.reduce((newest, vote) => Math.max(newest, vote.observedAtMs), 0)
  const outcome = consensusOf(votes, policy, atMs)
  const verdicts = verdictsOf(outcome)
  if (outcome.kind === 'no-quorum') return { outcome, atMs, verdicts }

  const vwap = vwapOf(outcome.contributions)
  const twap = timeWeighted(outcome)
  return {
    outcome,
    atMs,
    ...(vwap !== undefined && { vwap }),
    ...(twap !== undefined && { twap }),
    weightedMedian: outcome.votes.weightedMedian,
    verdicts,
  }
}

/** Where there is no quorum, those who agree share alike. */
function verdictsOf(outcome: ConsensusOutcome): Verdict[] {
  const accepted =
    outcome.kind === 'consensus'
      ? outcome.contributions
      : outcome.agreed.map((each) => ({ ...each, share: 1 / outcome.agreeing }))
  return [
    ...accepted.map(({ source, price, share }): Verdict => ({
      kind: 'accepted',
      source,
      price,
      share,
    })),
    ...outcome.rejected.map(({ source, reason }): Verdict => ({
      kind: 'rejected',
      source,
      reason,
    })),
  ].sort((left, right) => byCodeUnit(left.source, right.source))
}

function timeWeighted({ contributions, atMs: toMs }: Consensus): number | undefined {
  const steps = contributions.map(({ price, observedAtMs }) => ({ price, atMs: observedAtMs }))
  const fromMs = steps.reduce((oldest, { atMs }) => Math.min(oldest, atMs), toMs)
  return twapOf(steps, { fromMs, toMs })
}
