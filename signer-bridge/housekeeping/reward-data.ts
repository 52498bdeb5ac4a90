/**
 * The reward data that is published for each reward epoch: all claims with their proofs. Whoever
 * gives it need not be believed: each claim is held against the root that is on chain. Pure.
 *
 * @see https://github.com/flare-foundation/fsp-rewards `<network>/<epoch>/reward-distribution-data.json`
 */

import { type Address, type Hex, isAddressEqual } from 'viem'
import { z } from 'zod'
import { provesLeaf } from '../../src/protocol/merkle-tree.ts'
import { type NetworkName, networkNameSchema } from '../../src/protocol/networks.ts'
import { claimTypes, type RewardClaim, rewardClaimLeaf } from '../../src/protocol/reward-claims.ts'
import { addressSchema, hash32Schema } from '../chain/hex.ts'
import { HouseError } from './house-error.ts'

/** Flare has some 300 in a reward epoch. */
const maxClaims = 50_000

/** A tree of as many claims is 16 levels deep. */
const maxProofNodes = 32

const claimSchema = z.object({
  merkleProof: z.array(hash32Schema).max(maxProofNodes),
  body: z.object({
    rewardEpochId: z.int().nonnegative(),
    beneficiary: addressSchema,
    amount: z
      .string()
      .regex(/^\d{1,37}$/)
      .transform(BigInt),
    claimType: z.int().min(0).max(255),
  }),
})

const dataSchema = z.object({
  rewardEpochId: z.int().nonnegative(),
  network: networkNameSchema,
  /** Whether claims were cut for voters that missed the minimal conditions. */
  appliedMinConditions: z.boolean().optional(),
  rewardClaims: z.array(claimSchema).max(maxClaims),
  merkleRoot: hash32Schema,
})

export type RewardData = z.output<typeof dataSchema>

/** A claim and what leads from its leaf to the root. */
export type ClaimWithProof = { readonly merkleProof: readonly Hex[]; readonly body: RewardClaim }

/**
 * Reads the text of a file of it.
 *
 * @throws {HouseError} `data-malformed` if it is none of this network and reward epoch.
 */
export function readRewardData(
  text: string,
  { network, rewardEpochId }: { readonly network: NetworkName; readonly rewardEpochId: number },
): RewardData {
  const data = parsed(text)
  if (data.network !== network || data.rewardEpochId !== rewardEpochId) {
    throw new HouseError(
      'data-malformed',
      `The data is of ${data.network} ${data.rewardEpochId}, not of ${network} ${rewardEpochId}.`,
    )
  }
  const stray = data.rewardClaims.find(({ body }) => body.rewardEpochId !== rewardEpochId)
  if (stray === undefined) return data
  throw new HouseError(
    'data-malformed',
    `The data has a claim of reward epoch ${stray.body.rewardEpochId} among those of ${rewardEpochId}.`,
  )
}

/** The reward epoch that a file says it is of, for one that was named by itself. */
export function rewardEpochIn(text: string): number {
  return parsed(text).rewardEpochId
}

/** Whether a claim is paid to its beneficiary by showing a proof; all others go by weight. */
export function isPaidByProof({ claimType }: Pick<RewardClaim, 'claimType'>): boolean {
  return claimType === claimTypes.direct || claimType === claimTypes.fee
}

/** Claims in the data for a beneficiary, each with whether its proof leads to the root. */
export function claimsFor(
  { rewardClaims }: RewardData,
  beneficiary: Address,
  root: Hex,
): readonly (ClaimWithProof & { readonly isProven: boolean })[] {
  return rewardClaims
    .filter(({ body }) => isAddressEqual(body.beneficiary, beneficiary))
    .map(({ merkleProof, body }) => ({
      merkleProof,
      body,
      isProven: provesLeaf(merkleProof, rewardClaimLeaf(body), root),
    }))
}

function parsed(text: string): RewardData {
  try {
    return dataSchema.parse(JSON.parse(text))
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'It is no JSON.' : 'It has another shape.'
    throw new HouseError('data-malformed', `This is no reward data. ${why}`, { cause })
  }
}
