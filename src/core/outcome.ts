/** What a vote comes to: a consensus with all that led to it, or the reason why there is none. */

/** Why a source has no say in a price. */
export type RejectionReason =
  /** No finite positive price, a date far ahead, or a price beyond belief after the last consensus. */
  | 'out-of-range'
  /** It says itself that its price is too old. */
  | 'stale'
  /** It says a fresh date, but neither price nor book nor volume has changed for too long. */
  | 'frozen'
  /** Too far from the others. */
  | 'outlier'
  /** New or back again: it has not agreed with the others for long enough. */
  | 'on-probation'
  /** New or back again, and a fifth or more from the others: another thing under the same name. */
  | 'strayed'
  /** Another source of its independence group speaks for it. */
  | 'mirror'

export type Rejection = {
  readonly source: string
  readonly reason: RejectionReason
  /** What it would have been heard with; absent where it has no believable price. */
  readonly price?: number
  /** How far its price is from the consensus, 1/10 000 of it; absent where there is none to compare. */
  readonly residualBps?: number
}

/** Which of its prices a source was heard with: the last trade's, or the middle of its book. */
export type Basis = 'last' | 'mid'

/** A source's part in a consensus: enough to recompute the price by hand. */
export type Contribution = {
  readonly source: string
  /** What it was heard with, quote currency for one unit of base. */
  readonly price: number
  readonly basis: Basis
  /** What it says was traded in 24 hours, base units; 0 where it says nothing. */
  readonly volume: number
  /** What it says of its own instant, Unix milliseconds. */
  readonly observedAtMs: number
  /** Standard deviation that its price is taken to have, 1/10 000 of the price. */
  readonly sigmaBps: number
  /** The part of that which is its own, and not its age's. */
  readonly ownSigmaBps: number
  /** Time since its price was made, or since it last changed if that is longer, milliseconds. */
  readonly ageMs: number
  /** Its share of the weight, 0 to 1; all shares sum to 1. */
  readonly share: number
  /** 0.05 to 1. */
  readonly reputation: number
  /** Its learnt lean, taken off its price before the vote, 1/10 000 of the price. */
  readonly biasBps: number
  /** 0 to 1: how unusual its behaviour is; 0 where nothing has been learnt yet. */
  readonly anomaly: number
  /** Its behaviour is so unusual that somebody should look. */
  readonly alert?: true
  /** What the market has moved since its price was made, added to it before the vote, bps. */
  readonly carriedBps: number
  /** How far its price is from the consensus, 1/10 000 of it. */
  readonly residualBps: number
  /** How far its price was from what the others say of its own instant, bps, and the standard
   * deviation of that; absent where there are no others. */
  readonly surpriseBps?: number
  readonly surpriseSigmaBps?: number
  /** Sources of one group count once; absent for one that stands alone. */
  readonly group?: string
}

/** The five estimators of an instant; the consensus is their median. */
export type Votes = {
  readonly weightedMedian: number
  readonly huber: number
  readonly trimmedMean: number
  readonly threeVote: number
  readonly median: number
}

export type Consensus = {
  /** The instant that it is for, Unix milliseconds. */
  readonly atMs: number
  /** Quote currency for one unit of base. */
  readonly price: number
  readonly votes: Votes
  /** What deviations were measured from: any price will do, but for the last digits this one. */
  readonly reference: number
  /** What the votes' median is kept within: prices of agreeing sources, and the gate. */
  readonly lowestPrice: number
  readonly highestPrice: number
  /** Where the vote began: the median by freshness, which no minority moves out of the others' range. */
  readonly start: number
  /** Standard deviation of that, 1/10 000 of it. */
  readonly startSigmaBps: number
  /** Sources that agreed, sorted by name. */
  readonly sources: readonly string[]
  /** One an agreeing source, in the order of `sources`. */
  readonly contributions: readonly Contribution[]
  /** Sorted by source. */
  readonly rejected: readonly Rejection[]
  /** Agreeing sources. */
  readonly n: number
  /** How many equal independent sources they are worth. */
  readonly nEff: number
  /** 0 to 1. */
  readonly confidence: number
  /** Standard deviation that the price is taken to have, 1/10 000 of it. */
  readonly sigmaBps: number
  /** Half-width of the interval that is expected to hold the true price 19 times in 20, bps. */
  readonly intervalBps: number
  /** Two camps stood against each other, and the last consensus decided between them. */
  readonly split: boolean
  /** Hardly enough sources agreed; the plain median was taken. */
  readonly lowQuorum: boolean
  /** The middle (lower median) of the agreeing quotes' instants, Unix milliseconds. */
  readonly observedAtMs: number
  /** What was computed, for provenance. */
  readonly algorithm: string
}

export type NoQuorumReason =
  /** Fewer usable sources than the policy asks for. */
  | 'too-few-sources'
  /** No majority of the usable sources agrees. */
  | 'no-majority'
  /** Two camps stand against each other, and nothing known decides between them. */
  | 'split'

/** Having too few sources is a normal day's outcome, so it is a value and not an exception. */
export type ConsensusOutcome =
  | ({ readonly kind: 'consensus' } & Consensus)
  | {
      readonly kind: 'no-quorum'
      readonly reason: NoQuorumReason
      /** The instant that was asked for, Unix milliseconds. */
      readonly atMs: number
      readonly agreeing: number
      readonly required: number
      /** Those who agree, too few as they are; sorted by source. */
      readonly agreed: readonly Pick<Contribution, 'source' | 'price'>[]
      /** Nothing can be said without a quorum. */
      readonly confidence: 0
      readonly rejected: readonly Rejection[]
    }
