/**
 * What housekeeping reads of the chain. Addresses, roots and whom a key acts for are agreed on by the
 * nodes, what a call would do is asked of those at the head; what only is shown is one node's word.
 */

import {
  type Address,
  decodeFunctionResult,
  type Hex,
  isAddressEqual,
  zeroAddress,
  zeroHash,
} from 'viem'
import { registryAbi, registryAddress } from '../../src/protocol/contracts.ts'
import { type Chain, ChainError } from '../chain/chain.ts'
import { figureIn } from '../chain/figures.ts'
import { type Node, type Nodes, nodesOf } from '../chain/nodes.ts'
import { houseContractNames, houseEntityAbi, houseManagerAbi, rewardManagerAbi } from './abis.ts'
import type { Voice } from './agreement.ts'
import { type CallReads, callReads } from './call-reads.ts'
import { lastStampSec } from './coins.ts'
import { unlessRefused } from './unless-refused.ts'

export type RewardContracts = Readonly<
  Record<'rewardManager' | 'flareSystemsManager' | 'entityManager', Address>
>

/** A claim by weight, as the contract has it for its owner. */
export type WeightClaim = {
  readonly rewardEpochId: number
  /** Whose reward it is a share of: a delegation address, or a node's id. */
  readonly beneficiary: Address
  readonly amountWei: bigint
  readonly claimType: number
  /** Until somebody has shown its proof its amount is not known. */
  readonly isInitialised: boolean
}

export type RewardReads = CallReads & {
  /** Reward epochs of which rewards can be claimed now; `undefined` if of none. */
  readonly claimable: () => Promise<{ readonly first: number; readonly last: number } | undefined>
  readonly nextOf: (owner: Address) => Promise<number>
  readonly weightClaimsOf: (owner: Address) => Promise<readonly WeightClaim[]>
  /** The root of a reward epoch's claims; `undefined` before the voters have signed it. */
  readonly rootOf: (rewardEpochId: number) => Promise<Hex | undefined>
  /** Before it, Unix seconds, a reward epoch's rewards do not expire; `undefined` if not known. */
  readonly expiryOf: (rewardEpochId: number) => Promise<number | undefined>
  readonly delegationAddressOf: (voter: Address) => Promise<Address>
  /** Whom a signing-policy key acts for; `undefined` if nobody has named it. */
  readonly voterOf: (signingPolicyAddress: Address) => Promise<Address | undefined>
}

/**
 * Where a contract is, by the registry.
 *
 * @throws {ChainError} `contract-unknown`
 * @throws {HouseError} `nodes-differ`
 */
export async function houseContract(
  voice: Voice,
  name: keyof typeof houseContractNames,
): Promise<Address> {
  const address = await voice(`where ${houseContractNames[name]} is`, (node) =>
    node.readContract({
      address: registryAddress,
      abi: registryAbi,
      functionName: 'getContractAddressByName',
      args: [houseContractNames[name]],
    }),
  )
  if (!isAddressEqual(address, zeroAddress)) return address
  throw new ChainError('contract-unknown', `The registry knows no ${houseContractNames[name]}.`)
}

/** The contracts that rewards are read of. */
export async function rewardContracts(voice: Voice): Promise<RewardContracts> {
  return {
    rewardManager: await houseContract(voice, 'rewardManager'),
    flareSystemsManager: await houseContract(voice, 'flareSystemsManager'),
    entityManager: await houseContract(voice, 'entityManager'),
  }
}

export type ReadDeps = {
  readonly nodes: readonly Node[]
  readonly chain: Pick<Chain, 'head'>
  /** For roots, and for whom a key acts. */
  readonly voice: Voice
}

export function rewardReads(deps: ReadDeps, contracts: RewardContracts): RewardReads {
  const { chain, voice } = deps
  const nodes = nodesOf(deps.nodes)
  const places = { voice, nodes, contracts }
  return {
    ...claimReads(places),
    ...epochReads(places),
    ...voterReads(places),
    ...callReads(nodes, chain, contracts.rewardManager),
  }
}

type Places = {
  readonly voice: Voice
  readonly nodes: Nodes
  readonly contracts: RewardContracts
}

function claimReads({
  nodes,
  contracts,
}: Places): Pick<RewardReads, 'claimable' | 'nextOf' | 'weightClaimsOf'> {
  const manager = { address: contracts.rewardManager, abi: rewardManagerAbi } as const
  return {
    claimable: () =>
      nodes.ask(async (node) => {
        const functionName = 'getRewardEpochIdsWithClaimableRewards'
        const range = await unlessRefused(node.readContract({ ...manager, functionName }))
        return range === undefined ? undefined : { first: range[0], last: range[1] }
      }),
    nextOf: async (owner) => {
      const functionName = 'getNextClaimableRewardEpochId'
      const read = { ...manager, functionName, args: [owner] } as const
      return await nodes.ask(async (node) => figureIn(await node.readContract(read)))
    },
    weightClaimsOf: async (owner) => {
      const read = { ...manager, functionName: 'getStateOfRewards', args: [owner] } as const
      const states = await nodes.ask((node) => node.readContract(read))
      return states.flat().map(({ amount, initialised, ...state }) => ({
        ...state,
        amountWei: amount,
        isInitialised: initialised,
      }))
    },
  }
}

function epochReads({ voice, nodes, contracts }: Places): Pick<RewardReads, 'rootOf' | 'expiryOf'> {
  const systems = { address: contracts.flareSystemsManager, abi: houseManagerAbi } as const
  // Several owners are looked at, each over all reward epochs: at most `maxEpochs` of the view.
  const roots = new Map<number, Hex>()
  return {
    rootOf: async (rewardEpochId) => {
      const args = [BigInt(rewardEpochId)] as const
      const root =
        roots.get(rewardEpochId) ??
        (await voice(`the root of reward epoch ${rewardEpochId}`, (node) =>
          node.readContract({ ...systems, functionName: 'rewardsHash', args }),
        ))
      // One that is not there yet may come.
      if (root === zeroHash) return undefined
      roots.set(rewardEpochId, root)
      return root
    },
    expiryOf: (rewardEpochId) => nodes.ask((node) => expiryIn(node, systems, rewardEpochId)),
  }
}

function voterReads({
  voice,
  nodes,
  contracts,
}: Places): Pick<RewardReads, 'delegationAddressOf' | 'voterOf'> {
  const entities = { address: contracts.entityManager, abi: houseEntityAbi } as const
  return {
    delegationAddressOf: (voter) =>
      nodes.ask((node) =>
        node.readContract({ ...entities, functionName: 'getDelegationAddressOf', args: [voter] }),
      ),
    voterOf: async (address) => {
      const functionName = 'getVoterForSigningPolicyAddress'
      const voter = await voice(`whom ${address} acts for`, async (node) => {
        const args = [address, await node.getBlockNumber({ cacheTime: 0 })] as const
        return await node.readContract({ ...entities, functionName, args })
      })
      return isAddressEqual(voter, address) ? undefined : voter
    },
  }
}

/** What `claim` would pay, from what a simulation of it returned. Wei. */
export function paidIn(data: Hex): bigint {
  return decodeFunctionResult({ abi: rewardManagerAbi, functionName: 'claim', data })
}

/** A reward epoch's rewards expire some time after the next one has begun. */
async function expiryIn(
  node: Node,
  systems: { readonly address: Address; readonly abi: typeof houseManagerAbi },
  rewardEpochId: number,
): Promise<number | undefined> {
  const functionName = 'getRewardEpochStartInfo'
  const next = { ...systems, functionName, args: [rewardEpochId + 1] } as const
  const [start, offset] = await Promise.all([
    unlessRefused(node.readContract(next)),
    unlessRefused(node.readContract({ ...systems, functionName: 'rewardExpiryOffsetSeconds' })),
  ])
  if (start === undefined || offset === undefined || start[0] === 0n) return undefined
  const endsSec = Number(start[0]) + offset
  return endsSec <= lastStampSec ? endsSec : undefined
}
