/** `03`: the Merkle tree of a real round: its root, and a proof of each leaf. */

import { z } from 'zod'
import { feedLeaf, randomLeaf } from '../../src/protocol/leaves.ts'
import { merkleProof, merkleTreeOf, provesLeaf } from '../../src/protocol/merkle-tree.ts'
import { hexSchema } from './fields.ts'
import type { VectorCase } from './vector-case.ts'

const randomSchema = z.object({ votingRoundId: z.int(), value: hexSchema, isSecure: z.boolean() })
const feedSchema = z.object({
  votingRoundId: z.int(),
  id: hexSchema,
  value: z.int(),
  turnoutBIPS: z.int(),
  decimals: z.int(),
})

const schema = z.object({
  votingRoundId: z.int(),
  merkleRoot: hexSchema,
  isSecureRandom: z.boolean(),
  tree: z.array(z.union([randomSchema, feedSchema])).min(1),
})

export function anchorTreeCases(json: unknown): readonly VectorCase[] {
  const { votingRoundId, merkleRoot, tree: entries } = schema.parse(json)
  const named = entries.map((each) => ({
    name: 'isSecure' in each ? 'random' : `feed ${each.id}`,
    leaf: leafOf(each),
  }))
  const tree = merkleTreeOf(named.map(({ leaf }) => leaf))
  return [
    {
      name: `round ${votingRoundId}: root over ${entries.length} leaves`,
      published: merkleRoot,
      ours: () => tree.root,
    },
    ...named.map(({ name, leaf }) => ({
      name: `round ${votingRoundId}: proof of ${name}`,
      published: 'leads to the root',
      ours: () => {
        const proof = merkleProof(tree, leaf)
        const isProved = proof !== undefined && provesLeaf(proof, leaf, merkleRoot)
        return isProved ? 'leads to the root' : 'leads elsewhere'
      },
    })),
  ]
}

function leafOf(entry: z.infer<typeof schema>['tree'][number]) {
  if ('isSecure' in entry) {
    const { votingRoundId, value, isSecure } = entry
    return randomLeaf(votingRoundId, { value: BigInt(value), isSecure })
  }
  const { votingRoundId, turnoutBIPS: turnoutBips, ...feed } = entry
  return feedLeaf(votingRoundId, { ...feed, turnoutBips })
}
