/**
 * What goes over the wire of the protocol data provider. flare-system-client refuses an answer with
 * a field that it does not know, so these are strict, and nothing is in them that need not be.
 */

import { z } from 'zod'

const hexSchema = z.templateLiteral(['0x', z.string().regex(/^([0-9a-f]{2})*$/)])
const wordSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{64}$/)])

/** `submit1`, `submit2`, `submitSignatures`. Clients up to 1.1 do not know `finalizationData`. */
export const payloadBodySchema = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('OK'),
    data: hexSchema.meta({
      description: 'A whole frame (`submit1`, `submit2`) or a bare message of 38 bytes.',
    }),
    finalizationData: hexSchema.optional().meta({
      description: 'Behind a message: the random and the nodes of its proof. Only if switched on.',
    }),
  }),
  z.strictObject({ status: z.literal('EMPTY').meta({ description: 'Nothing, for good.' }) }),
  z.strictObject({ status: z.literal('RETRY').meta({ description: 'Nothing yet: ask again.' }) }),
])
export type PayloadBody = z.infer<typeof payloadBodySchema>

const roundSchema = z.int().nonnegative()

const randomLeafSchema = z.strictObject({
  votingRoundId: roundSchema,
  value: wordSchema,
  isSecure: z.boolean(),
})

const feedLeafSchema = z.strictObject({
  votingRoundId: roundSchema,
  id: hexSchema,
  value: z.int(),
  turnoutBIPS: z.int(),
  decimals: z.int(),
})

/** What there is none of, yet or at all. */
const nothingSchemas = [
  z.strictObject({ status: z.literal('TOO_EARLY') }),
  z.strictObject({ status: z.literal('NOT_AVAILABLE') }),
] as const
export type NothingBody = z.infer<(typeof nothingSchemas)[number]>

const dataBodySchema = z.strictObject({
  status: z.literal('OK'),
  protocolId: z.int(),
  votingRoundId: roundSchema,
  merkleRoot: wordSchema,
  isSecureRandom: z.boolean(),
  tree: z.array(z.union([randomLeafSchema, feedLeafSchema])),
})
export type DataBody = z.infer<typeof dataBodySchema>

const feedBodySchema = z.strictObject({
  status: z.literal('OK'),
  feedWithProof: z.strictObject({ body: feedLeafSchema, proof: z.array(wordSchema) }),
})
export type FeedBody = z.infer<typeof feedBodySchema>

const valueSchema = z.strictObject({ isEmpty: z.boolean(), value: z.int(), decimals: z.int() })
const weightSchema = z.string().regex(/^\d+$/)

const mediansBodySchema = z.strictObject({
  status: z.literal('OK'),
  votingRoundId: roundSchema,
  medianData: z.array(
    z.strictObject({
      votingRoundId: roundSchema,
      feed: z.strictObject({ id: hexSchema, decimals: z.int() }),
      data: z.strictObject({
        finalMedian: valueSchema,
        quartile1: valueSchema,
        quartile3: valueSchema,
        participatingWeight: weightSchema,
      }),
      totalVotingWeight: weightSchema.optional(),
    }),
  ),
})
export type MediansBody = z.infer<typeof mediansBodySchema>

/** `GET /data/{votingRoundId}`. */
export const dataAnswerSchema = z.discriminatedUnion('status', [dataBodySchema, ...nothingSchemas])
/** `GET /specific-feed/{feedId}/{votingRoundId}`. */
export const feedAnswerSchema = z.discriminatedUnion('status', [feedBodySchema, ...nothingSchemas])
/** `GET /medianCalculationResults/{votingRoundId}`. */
export const mediansAnswerSchema = z.discriminatedUnion('status', [
  mediansBodySchema,
  ...nothingSchemas,
])

/** `GET /data-abis`. */
export const abisAnswerSchema = z.strictObject({
  status: z.literal('OK'),
  data: z.array(
    z.strictObject({
      abiName: z.string(),
      data: z.strictObject({ abi: z.looseObject({}), signature: hexSchema }),
    }),
  ),
})

/** `GET /health`. */
export const healthSchema = z.strictObject({
  /** `degraded`: reveals are told, but no round could begin now. */
  status: z.enum(['ok', 'degraded']),
  /** Why no round could begin. */
  reason: z.string().optional(),
  voting_round_id: roundSchema.optional(),
  /** Rounds whose reveal is owed. */
  reveals_owed: z.int().nonnegative(),
})
export type HealthBody = z.infer<typeof healthSchema>
