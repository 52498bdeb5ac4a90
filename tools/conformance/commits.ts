/** `01`: commits of real rounds of Flare. */

import { z } from 'zod'
import { commitHash, decodeReveal, encodeReveal } from '../../src/protocol/commit.ts'
import { addressSchema, bigintSchema, hexSchema, word } from './fields.ts'
import type { VectorCase } from './vector-case.ts'

const schema = z.object({
  cases: z.array(
    z.object({
      submitAddress: addressSchema,
      votingRoundId: z.int(),
      random: bigintSchema,
      feedValues: hexSchema,
      expectedCommitHash: hexSchema,
    }),
  ),
})

export function commitCases(json: unknown): readonly VectorCase[] {
  return schema.parse(json).cases.flatMap((each) => {
    const { submitAddress, votingRoundId, feedValues } = each
    const reveal = { random: word(each.random), feedValues }
    return [
      {
        name: `round ${votingRoundId}: commit hash`,
        published: each.expectedCommitHash,
        ours: () => commitHash({ submitAddress, votingRoundId, ...reveal }),
      },
      {
        name: `round ${votingRoundId}: reveal, encoded and read again`,
        published: reveal,
        ours: () => decodeReveal(encodeReveal(reveal), (feedValues.length - 2) / 8),
      },
    ]
  })
}
