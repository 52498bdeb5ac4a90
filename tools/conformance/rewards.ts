/** `09`: the published rewards of a reward epoch: root, count, and the proof of each claim. */

import { z } from 'zod'
import { merkleProof, merkleTreeOf } from '../../src/protocol/merkle-tree.ts'
import { rewardClaimLeaf, weightBasedClaims } from '../../src/protocol/reward-claims.ts'
import { addressSchema, bigintSchema, hexSchema } from './fields.ts'
import type { VectorCase } from './vector-case.ts'

const schema = z.object({
  rewardEpochId: z.int(),
  network: z.string(),
  rewardClaims: z.array(
    z.object({
      merkleProof: z.array(hexSchema),
      body: z.object({
        beneficiary: addressSchema,
        claimType: z.int(),
        amount: bigintSchema,
        rewardEpochId: z.int(),
      }),
    }),
  ),
  noOfWeightBasedClaims: z.int(),
  merkleRoot: hexSchema,
})

export function rewardCases(json: unknown): readonly VectorCase[] {
  const { rewardEpochId, network, rewardClaims, ...published } = schema.parse(json)
  const epoch = `${network} ${rewardEpochId}`
  const claims = rewardClaims.map(({ body }) => body)
  const tree = merkleTreeOf(claims.map(rewardClaimLeaf))

  return [
    {
      name: `${epoch}: root over ${claims.length} claims`,
      published: published.merkleRoot,
      ours: () => tree.root,
    },
    {
      name: `${epoch}: claims that go by weight`,
      published: published.noOfWeightBasedClaims,
      ours: () => weightBasedClaims(claims),
    },
    ...rewardClaims.map(({ merkleProof: proof, body }) => ({
      name: `${epoch}: proof of ${body.beneficiary} type ${body.claimType}`,
      published: proof,
      ours: () => merkleProof(tree, rewardClaimLeaf(body)),
    })),
  ]
}
