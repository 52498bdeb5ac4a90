/**
 * Provenance on the wire: what each source said in one vote and what became of it, complete enough
 * to redo the vote by hand.
 */

import { z } from 'zod'
import { symbolSchema } from './feed.ts'
import { instantSchema, priceRecordSchema, priceResponseSchema, priceSchema } from './wire.ts'

/**
 * The version of what is written here, which goes up with any change that older code could not read or
 * would misread. What was written before there were versions has none, and is of the first.
 */
export const provenanceVersion = 1

const versionSchema = z.literal(provenanceVersion).optional()

/** Whether provenance that was stored is of a version that can be read here. */
export function isReadableProvenance(stored: unknown): boolean {
  return z.object({ version: versionSchema }).safeParse(stored).success
}

/** 1/10 000 of the price. */
const bpsSchema = z.number()

/** What a source said, as we read it. */
const saidShape = {
  source: z.string(),
  /** The market in the exchange's own spelling. */
  market: z.string(),
  /** What the exchange said, in the market's own currency. */
  raw_price: priceSchema,
  /** The feed's quote currency for one unit of the market's. */
  conversion_rate: z.number().positive(),
  /** `raw_price · conversion_rate`. */
  quoted_price: priceSchema,
  bid: priceSchema.optional(),
  ask: priceSchema.optional(),
  /** Base units of the last 24 hours; 0 where the exchange says none. */
  volume: z.number().nonnegative(),
  /** When the price was made, and who says so. */
  observed_at: instantSchema,
  observed_kind: z.enum(['trade', 'ticker', 'response', 'received']),
}

const acceptedSchema = z.strictObject({
  verdict: z.literal('accepted'),
  ...saidShape,
  /** What it was heard with: the quoted price, or the middle of its book. */
  price: priceSchema,
  basis: z.enum(['last', 'mid']),
  /** Since its price was made, or since it last changed if that is longer. */
  age_ms: z.number().nonnegative(),
  /** Standard deviation that its price was taken to have, with what its age adds and without. */
  sigma_bps: bpsSchema.nonnegative(),
  own_sigma_bps: bpsSchema.nonnegative(),
  /** 0.05 to 1. */
  reputation: z.number().min(0).max(1),
  /** Its learnt lean, which was taken off its price. */
  bias_bps: bpsSchema,
  /** What the market has moved since, which was added. */
  carried_bps: bpsSchema,
  /** 0 to 1: how unusual its behaviour was; and whether so unusual that somebody should look. */
  anomaly: z.number().min(0).max(1),
  alert: z.literal(true).optional(),
  /** Its share of the weight; all of them sum to 1. */
  share: z.number().min(0).max(1),
  /** How far `price` is from the consensus. */
  residual_bps: bpsSchema,
  /** The independence group that it speaks for. */
  group: z.string().optional(),
})

const rejectedSchema = z.strictObject({
  verdict: z.literal('rejected'),
  ...saidShape,
  reason: z.enum([
    'out-of-range',
    'stale',
    'frozen',
    'outlier',
    'on-probation',
    'strayed',
    'mirror',
  ]),
  /** How far it was from the consensus, where there was one. */
  residual_bps: bpsSchema.optional(),
})

const voteShape = {
  version: versionSchema,
  symbol: symbolSchema,
  /** When the sources were put to the vote. */
  timestamp: instantSchema,
  /** The instant that names the tick. */
  tick_at: instantSchema,
  /** What the vote went by: the policy, and the hash of all constants below it. */
  policy: z.strictObject({
    constants: z.string().regex(/^[0-9a-f]{8}$/),
    stale_after_ms: z.number().positive(),
    min_sources: z.int().positive(),
    probation_ticks: z.int().nonnegative(),
  }),
  /** One a source, sorted by source. */
  sources: z.array(z.discriminatedUnion('verdict', [acceptedSchema, rejectedSchema])).readonly(),
}

const consensusProvenanceSchema = z.strictObject({
  outcome: z.literal('consensus'),
  ...voteShape,
  price: priceSchema,
  seq: priceRecordSchema.shape.seq,
  algorithm: z.string(),
  /** Each algorithm's vote; the price is their median, held between the two bounds. */
  votes: z.strictObject({
    weighted_median: priceSchema,
    huber: priceSchema,
    trimmed_mean: priceSchema,
    three_vote: priceSchema,
    median: priceSchema,
  }),
  /** What deviations are measured by. */
  reference: priceSchema,
  lowest_price: priceSchema,
  highest_price: priceSchema,
  /** Agreeing sources, and how many equal independent ones they are worth. */
  n: z.int().positive(),
  n_eff: z.number().positive(),
  sigma_bps: bpsSchema.nonnegative(),
  interval_bps: priceRecordSchema.shape.interval_bps,
  confidence: priceRecordSchema.shape.confidence,
  /** Two camps stood against each other; hardly enough sources agreed. */
  split: z.boolean(),
  low_quorum: z.boolean(),
})

const noQuorumProvenanceSchema = z.strictObject({
  outcome: z.literal('no-quorum'),
  ...voteShape,
  reason: z.enum(['too-few-sources', 'no-majority', 'split']),
  agreeing: z.int().nonnegative(),
  required: z.int().positive(),
})

/** One vote of the instant. A vote without a quorum has no price, and says why. */
export const provenanceSchema = z.discriminatedUnion('outcome', [
  consensusProvenanceSchema,
  noQuorumProvenanceSchema,
])
export type Provenance = z.infer<typeof provenanceSchema>
export type SourceProvenance = Provenance['sources'][number]

/** The vote over a round's window: what went into each of its three averages. */
const windowProvenanceSchema = z.strictObject({
  from: instantSchema,
  to: instantSchema,
  /** In order of time. */
  ticks: z
    .array(
      z.strictObject({
        tick_at: instantSchema,
        /** The vote of the instant; absent without a quorum. */
        price: priceSchema.optional(),
        /** Quotes that its vote accepted. */
        accepted: z
          .array(
            z.strictObject({
              source: z.string(),
              price: priceSchema,
              volume: z.number().nonnegative(),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
})

/** All that a round's price of one feed was made of. */
export const roundProvenanceSchema = z.strictObject({
  version: versionSchema,
  /** Absent where the window had more ticks than are kept. */
  window: windowProvenanceSchema.optional(),
  /** The vote of the instant that stood at the window's end; absent where none did. */
  spot: provenanceSchema.optional(),
})
export type RoundProvenance = z.infer<typeof roundProvenanceSchema>

const answerShape = {
  served_at: instantSchema,
  rate_limit: priceResponseSchema.shape.rate_limit,
}

/** Pairs that may be mirrors of one book; what is made of it is an operator's decision. */
const suspectedMirrorsSchema = z
  .array(
    z.strictObject({
      /** The two, sorted by name. */
      sources: z.array(z.string()).length(2).readonly(),
      /** How often both came to the same place when both moved, and how often both moved. */
      share: z.number().min(0).max(1),
      ticks: z.int().positive(),
    }),
  )
  .readonly()

/**
 * How often sources that agreed lay within 1.96 of the standard deviations that they were taken to
 * have: `held` of `checked`, both decaying. About 0.95 where the feed is well calibrated.
 */
const coverageSchema = z.strictObject({
  checked: z.number().nonnegative(),
  held: z.number().nonnegative(),
})

/**
 * How often two halves of the agreeing sources, put to the vote apart, came to prices no farther apart
 * than their intervals of 95 % allow: `held` of `checked`, both decaying. As long as it is above 0.95
 * nothing speaks against the intervals; what all sources have wrong together it does not show.
 */
const intervalCoverageSchema = coverageSchema

const newestShape = {
  suspected_mirrors: suspectedMirrorsSchema,
  coverage: coverageSchema,
  interval_coverage: intervalCoverageSchema,
  ...answerShape,
}

/** `GET /api/v1/price/{base}/sources`: the newest vote. */
export const sourcesResponseSchema = z.discriminatedUnion('outcome', [
  consensusProvenanceSchema.extend(newestShape),
  noQuorumProvenanceSchema.extend(newestShape),
])
export type SourcesResponse = z.infer<typeof sourcesResponseSchema>

/** `GET /api/v1/price/{base}/sources?round=…`: what a round's price was made of. */
export const roundSourcesResponseSchema = z.strictObject({
  symbol: symbolSchema,
  epoch_id: z.int().nonnegative(),
  /** The vote over the window, and the three averages that it is the median of. */
  consensus_price: priceSchema,
  vwap: priceSchema.optional(),
  twap: priceSchema.optional(),
  weighted_median: priceSchema.optional(),
  /** Sources that had a part in the window; of a tick's quotes the others' count for nothing. */
  sources_used: z.array(z.string()).readonly(),
  ...roundProvenanceSchema.shape,
  ...answerShape,
})
export type RoundSourcesResponse = z.infer<typeof roundSourcesResponseSchema>
