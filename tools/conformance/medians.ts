/** `06`: weighted medians with quartiles; what the authors leave open is not compared. */

import { z } from 'zod'
import { medianOfVotes } from '../../src/protocol/weighted-median.ts'
import type { VectorCase } from './vector-case.ts'

const schema = z.object({
  cases: z.array(
    z.object({
      values: z.array(z.int()),
      weights: z.array(z.int()),
      median: z.int(),
      quartile1: z.int().nullable(),
      quartile3: z.int().nullable(),
      participatingWeight: z.int().nullable(),
    }),
  ),
})
type Published = z.infer<typeof schema>['cases'][number]

export function medianCases(json: unknown): readonly VectorCase[] {
  return schema.parse(json).cases.map((each, at) => ({
    name: `case ${at + 1}: ${each.values.length} votes`,
    published: asserted(each, each),
    ours: () => {
      const outcome = medianOfVotes(
        each.values.map((value, vote) => ({ value, weight: BigInt(each.weights[vote] ?? 0) })),
      )
      if (outcome.kind !== 'median') return outcome.kind
      const { value: median, quartile1, quartile3, weight } = outcome
      const participatingWeight = Number(weight)
      return asserted({ median, quartile1, quartile3, participatingWeight }, each)
    },
  }))
}

/** Those of the figures that the published case asserts. */
function asserted(
  figures: { readonly [Figure in keyof Omit<Published, 'values' | 'weights'>]: unknown },
  by: Published,
) {
  return {
    median: figures.median,
    ...(by.quartile1 !== null && { quartile1: figures.quartile1 }),
    ...(by.quartile3 !== null && { quartile3: figures.quartile3 }),
    ...(by.participatingWeight !== null && { participatingWeight: figures.participatingWeight }),
  }
}
