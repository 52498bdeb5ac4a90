/**
 * What the chain knows of a voter's registration, as most of the nodes at its head say it: what they
 * say wrong, the contract refuses.
 */

import type { Address } from 'viem'
import { ChainError } from '../chain/chain.ts'
import { type Node, nodesOf } from '../chain/nodes.ts'
import {
  formerPreRegistryAbi,
  houseEntityAbi,
  houseManagerAbi,
  houseVotersAbi,
  preRegistryAbi,
} from './abis.ts'
import type { Voice } from './agreement.ts'
import { presentAnswer } from './present.ts'
import { houseContract, type ReadDeps } from './reads.ts'
import { unlessRefused } from './unless-refused.ts'
import type { RegistrationFacts } from './registration.ts'

export type VoterContracts = Readonly<
  Record<'flareSystemsManager' | 'entityManager' | 'voterRegistry', Address>
> & {
  /** Only for pre-registration, without which one can register as well. */
  readonly voterPreRegistry?: Address
}

/** Where they are, by the registry. */
export async function voterContracts(voice: Voice): Promise<VoterContracts> {
  const voterPreRegistry = await preRegistry(voice)
  return {
    flareSystemsManager: await houseContract(voice, 'flareSystemsManager'),
    entityManager: await houseContract(voice, 'entityManager'),
    voterRegistry: await houseContract(voice, 'voterRegistry'),
    ...(voterPreRegistry && { voterPreRegistry }),
  }
}

async function preRegistry(voice: Voice): Promise<Address | undefined> {
  try {
    return await houseContract(voice, 'voterPreRegistry')
  } catch (error) {
    if (error instanceof ChainError && error.code === 'contract-unknown') return undefined
    throw error
  }
}

/**
 * Of the nodes at the head, as most of them say it.
 *
 * @throws {ChainError} `chain-unreachable`
 */
export async function registrationFacts(
  { nodes, chain }: Pick<ReadDeps, 'nodes' | 'chain'>,
  contracts: VoterContracts,
  voter: Address,
): Promise<RegistrationFacts> {
  return await presentAnswer(nodesOf(nodes), chain, (node) => factsOf(node, contracts, voter))
}

async function factsOf(
  node: Node,
  contracts: VoterContracts,
  voter: Address,
): Promise<RegistrationFacts> {
  const systems = { address: contracts.flareSystemsManager, abi: houseManagerAbi } as const
  const voters = { address: contracts.voterRegistry, abi: houseVotersAbi } as const
  const present = await node.readContract({ ...systems, functionName: 'getCurrentRewardEpochId' })
  const next = present + 1
  const nextId = BigInt(next)
  const isVoterIn = (rewardEpochId: bigint) =>
    node.readContract({
      ...voters,
      functionName: 'isVoterRegistered',
      args: [voter, rewardEpochId],
    })
  const [isOpen, random, snapshotBlock, isVoter, isRegistered, isPreRegistered] = await Promise.all(
    [
      node.readContract({ ...systems, functionName: 'isVoterRegistrationEnabled' }),
      node.readContract({ ...systems, functionName: 'getRandomAcquisitionInfo', args: [next] }),
      node.readContract({
        ...voters,
        functionName: 'newSigningPolicyInitializationStartBlockNumber',
        args: [nextId],
      }),
      isVoterIn(BigInt(present)),
      isVoterIn(nextId),
      isWaiting(node, contracts, nextId, voter),
    ],
  )
  const [, , , randomEndBlock] = random
  return {
    voter,
    next,
    ...(await actingIn(node, contracts.entityManager, voter, snapshotBlock)),
    isVoter,
    isRegistered,
    isPreRegistered,
    isOpen,
    isRandomThere: randomEndBlock !== 0n,
  }
}

/** Whether it is pre-registered, as far as anything says so. */
async function isWaiting(
  node: Node,
  { voterPreRegistry: address }: VoterContracts,
  nextId: bigint,
  voter: Address,
): Promise<boolean> {
  if (address === undefined) return false
  const functionName = 'isVoterPreRegistered'
  const args = [nextId, voter] as const
  const said = await unlessRefused(
    node.readContract({ address, abi: preRegistryAbi, functionName, args }),
  )
  if (said !== undefined) return said
  const former = [Number(nextId), voter] as const
  const asked = { address, abi: formerPreRegistryAbi, functionName, args: former } as const
  return (await unlessRefused(node.readContract(asked))) ?? false
}

async function actingIn(node: Node, address: Address, voter: Address, snapshotBlock: bigint) {
  const entities = { address, abi: houseEntityAbi } as const
  const isSnapshot = snapshotBlock !== 0n
  const [acting, delegation] = await Promise.all([
    isSnapshot
      ? node.readContract({
          ...entities,
          functionName: 'getVoterAddressesAt',
          args: [voter, snapshotBlock],
        })
      : node.readContract({ ...entities, functionName: 'getVoterAddresses', args: [voter] }),
    node.readContract({ ...entities, functionName: 'getDelegationAddressOf', args: [voter] }),
  ])
  return {
    acting: {
      submit: acting.submitAddress,
      submitSignatures: acting.submitSignaturesAddress,
      signingPolicy: acting.signingPolicyAddress,
    },
    isSnapshot,
    delegation,
  }
}
