/**
 * What an owner can claim, gathered: by weight as the contract says it, and by proof as the published
 * data says it, each proof held against the root on chain and asked of the contract whether it is
 * paid already.
 */

import type { Address, Hex } from 'viem'
import type { RewardClaim } from '../../src/protocol/reward-claims.ts'
import { houseCalldata } from './calldata.ts'
import type { DataSource } from './data-source.ts'
import { HouseError } from './house-error.ts'
import { paidIn, type RewardReads, type WeightClaim } from './reads.ts'
import { claimsFor, type ClaimWithProof, isPaidByProof, type RewardData } from './reward-data.ts'

export type ProofClaim = ClaimWithProof & {
  readonly state:
    /** And so much arrives: the contract burns a part of the fees of who signed late. Wei. */
    | { readonly kind: 'claimable'; readonly arrivesWei: bigint }
    | { readonly kind: 'claimed' }
    /** Its proof does not lead to the root that is on chain. */
    | { readonly kind: 'unproven' }
    | { readonly kind: 'refused'; readonly reason: string }
}

export type EpochRewards = {
  readonly rewardEpochId: number
  /** Unix seconds; not before this they expire. */
  readonly expiresAtSec?: number
  readonly byWeight: readonly WeightClaim[]
  readonly byProof: readonly ProofClaim[]
  /** Proofs that would initialise what of `byWeight` nobody has initialised. */
  readonly initialising: readonly ClaimWithProof[]
  /** About the data: absent, not read, or not what the voters have signed. */
  readonly note?: string
  /** Whether all is known that can be had by proof. What the voters have not signed nobody can have. */
  readonly isKnown: boolean
  readonly minConditionsApplied?: boolean
}

export type OwnerRewards = {
  readonly owner: Address
  /** The first reward epoch that it has not claimed by weight. */
  readonly next: number
  /** In ascending order. */
  readonly epochs: readonly EpochRewards[]
}

export type ViewDeps = {
  readonly reads: Pick<
    RewardReads,
    'claimable' | 'nextOf' | 'weightClaimsOf' | 'rootOf' | 'expiryOf' | 'simulate'
  >
  readonly rewardManager: Address
  /** Absent where the operator named none: then nothing is known of claims by proof. */
  readonly data?: DataSource
}

/** 90 days are 26 reward epochs of Flare, and a week is 28 of a test network. */
const maxEpochs = 60

/**
 * The rewards of an owner in all reward epochs that can be claimed, or in one of them.
 *
 * @throws {HouseError} `data-unreadable`, `nodes-differ`, `house-refused` for a reward epoch that
 *   cannot be claimed
 * @throws {ChainError} `chain-unreachable`
 */
export async function rewardsOf(
  deps: ViewDeps,
  owner: Address,
  only?: number,
): Promise<OwnerRewards> {
  const { reads } = deps
  const next = await reads.nextOf(owner)
  const epochIds = await epochsOf(deps, only)
  const states = epochIds.length === 0 ? [] : await reads.weightClaimsOf(owner)
  const epochs: EpochRewards[] = []
  for (const rewardEpochId of epochIds) {
    const byWeight = states.filter((state) => state.rewardEpochId === rewardEpochId)
    epochs.push(await epochRewards(deps, { owner, next, rewardEpochId, byWeight }))
  }
  return { owner, next, epochs }
}

async function epochsOf({ reads }: ViewDeps, only?: number): Promise<readonly number[]> {
  const range = await reads.claimable()
  if (only !== undefined) {
    if (range !== undefined && only >= range.first && only <= range.last) return [only]
    const what = range === undefined ? 'None can be' : `Only ${range.first} to ${range.last} can be`
    throw new HouseError(
      'house-refused',
      `Rewards of reward epoch ${only} cannot be claimed now. ${what}.`,
    )
  }
  if (range === undefined) return []
  const count = Math.min(range.last - range.first + 1, maxEpochs)
  return Array.from({ length: count }, (_, place) => range.last - count + 1 + place)
}

type Asked = {
  readonly owner: Address
  readonly next: number
  readonly rewardEpochId: number
  readonly byWeight: readonly WeightClaim[]
}

async function epochRewards(deps: ViewDeps, asked: Asked): Promise<EpochRewards> {
  const { rewardEpochId, byWeight } = asked
  const expiresAtSec = await deps.reads.expiryOf(rewardEpochId)
  const basis = { rewardEpochId, byWeight, ...(expiresAtSec !== undefined && { expiresAtSec }) }
  const without = (isKnown: boolean, note?: string) => ({
    ...basis,
    byProof: [],
    initialising: [],
    isKnown,
    ...(note !== undefined && { note }),
  })
  if (deps.data === undefined) return without(false)
  const root = await deps.reads.rootOf(rewardEpochId)
  if (root === undefined) return without(true, 'The voters have not signed its rewards yet.')
  const data = await dataOf(deps.data, rewardEpochId)
  if (typeof data === 'string') return without(false, data)

  const claims = claimsFor(data, asked.owner, root).filter(({ body }) => isPaidByProof(body))
  const byProof: ProofClaim[] = []
  for (const { isProven, ...claim } of claims) {
    const state = isProven ? await stateOf(deps, asked, claim) : ({ kind: 'unproven' } as const)
    byProof.push({ ...claim, state })
  }
  const { appliedMinConditions, merkleRoot } = data
  const isClear = byProof.every(
    ({ state }) => state.kind !== 'unproven' && state.kind !== 'refused',
  )
  return {
    ...basis,
    byProof,
    isKnown: isClear && merkleRoot === root,
    initialising: initialisingIn(data, byWeight, root),
    ...(merkleRoot !== root && {
      note: `The data is not what the voters have signed: its root is ${merkleRoot}, theirs ${root}.`,
    }),
    ...(appliedMinConditions !== undefined && { minConditionsApplied: appliedMinConditions }),
  }
}

/** The data, or why there is none: one file that is amiss does not hide the other reward epochs. */
async function dataOf(source: DataSource, rewardEpochId: number): Promise<RewardData | string> {
  try {
    const data = await source(rewardEpochId)
    return data ?? 'There is no data of it where --data leads.'
  } catch (error) {
    if (error instanceof HouseError) return error.message
    throw error
  }
}

/**
 * Asks the contract what the proof alone would pay. With the reward epoch before the next unclaimed
 * one nothing is claimed by weight, so that the answer is of the proof.
 */
async function stateOf(
  { reads, rewardManager }: ViewDeps,
  { owner, next }: Asked,
  claim: { readonly merkleProof: readonly Hex[]; readonly body: RewardClaim },
): Promise<ProofClaim['state']> {
  const calldata = houseCalldata({
    kind: 'claim',
    owner,
    recipient: owner,
    rewardEpochId: Math.max(0, next - 1),
    isWrapped: false,
    proofs: [claim],
  })
  const said = await reads.simulate(owner, rewardManager, calldata)
  if (said.kind === 'refused') return said
  const arrivesWei = paidIn(said.data)
  return arrivesWei === 0n ? { kind: 'claimed' } : { kind: 'claimable', arrivesWei }
}

/** Each claim that the owner has a share of and that nobody has initialised, if its proof holds. */
function initialisingIn(
  data: RewardData,
  byWeight: readonly WeightClaim[],
  root: Hex,
): readonly ClaimWithProof[] {
  return byWeight
    .filter(({ isInitialised }) => !isInitialised)
    .flatMap(({ beneficiary, claimType }) =>
      claimsFor(data, beneficiary, root)
        .filter(({ body, isProven }) => isProven && body.claimType === claimType)
        .map(({ merkleProof, body }) => ({ merkleProof, body })),
    )
}
