/** Who is registered for the present reward epoch, in which role, as VoterRegistry tells. */

import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  isAddressEqual,
  parseAbi,
} from 'viem'
import { flareSystemsManagerAbi } from '../../src/protocol/contracts.ts'
import type { KeySettings } from '../key-settings.ts'
import type { Role } from '../roles.ts'
import type { Contracts } from './contracts.ts'
import type { Node, Nodes } from './nodes.ts'

/** All lists are in the order of the voters: one place, one voter. */
export type Registered = {
  readonly rewardEpochId: number
  readonly addresses: Readonly<Record<RegisteredRole, readonly Address[]>>
}

/** Of an executor no voter is asked. */
type RegisteredRole = Exclude<Role, 'executor'>

const voterListsAbi = parseAbi([
  'function getRegisteredVoters(uint256 rewardEpochId) view returns (address[])',
  'function getRegisteredSubmitAddresses(uint256 rewardEpochId) view returns (address[])',
  'function getRegisteredSubmitSignaturesAddresses(uint256 rewardEpochId) view returns (address[])',
  'function getRegisteredSigningPolicyAddresses(uint256 rewardEpochId) view returns (address[])',
])

/**
 * The voters of the present reward epoch.
 *
 * @returns `undefined` where there is no VoterRegistry, or one that has no such lists.
 * @throws {ChainError} `chain-unreachable`
 */
export async function registeredIn(
  nodes: Nodes,
  { flareSystemsManager, voterRegistry }: Contracts,
): Promise<Registered | undefined> {
  if (voterRegistry === undefined) return undefined
  return await nodes.ask(async (node) => {
    try {
      return await listsOf(node, flareSystemsManager, voterRegistry)
    } catch (error) {
      if (isContractsWord(error)) return undefined
      throw error
    }
  })
}

async function listsOf(
  node: Node,
  flareSystemsManager: Address,
  voterRegistry: Address,
): Promise<Registered> {
  const rewardEpochId = await node.readContract({
    address: flareSystemsManager,
    abi: flareSystemsManagerAbi,
    functionName: 'getCurrentRewardEpochId',
  })
  const listOf = (functionName: (typeof voterListsAbi)[number]['name']) =>
    node.readContract({
      address: voterRegistry,
      abi: voterListsAbi,
      functionName,
      args: [BigInt(rewardEpochId)],
    })
  const [identity, submit, submitSignatures, signingPolicy] = await Promise.all([
    listOf('getRegisteredVoters'),
    listOf('getRegisteredSubmitAddresses'),
    listOf('getRegisteredSubmitSignaturesAddresses'),
    listOf('getRegisteredSigningPolicyAddresses'),
  ])
  return { rewardEpochId, addresses: { identity, submit, submitSignatures, signingPolicy } }
}

/** The contract has refused, or has nothing of that name: no other node says anything else. */
function isContractsWord(error: unknown): boolean {
  return (
    error instanceof BaseError &&
    error.walk(
      (cause) =>
        cause instanceof ContractFunctionRevertedError ||
        cause instanceof ContractFunctionZeroDataError,
    ) !== null
  )
}

/** Why the keys of the present reward epoch are not those of one of its voters; `undefined` if they are. */
export function registrationRefusal(
  keys: readonly Pick<KeySettings, 'role' | 'address' | 'fromRewardEpoch'>[],
  { rewardEpochId, addresses }: Registered,
): string | undefined {
  const present = keys
    .filter(({ fromRewardEpoch }) => fromRewardEpoch <= rewardEpochId)
    .toSorted((one, other) => other.fromRewardEpoch - one.fromRewardEpoch)
    .filter(({ role }, place, all) => all.findIndex((key) => key.role === role) === place)
  const placed = present.flatMap(({ role, address }) => {
    if (role === 'executor') return []
    const voter = addresses[role].findIndex((registered) => isAddressEqual(registered, address))
    return [{ role, address, voter }]
  })
  const strangers = placed.filter(({ voter }) => voter < 0)
  if (strangers.length > 0) {
    const named = strangers.map(({ role, address }) => `${address} as ${role}`).join(', ')
    return `No voter of reward epoch ${rewardEpochId} has registered ${named}.`
  }
  const voters = new Set(placed.map(({ voter }) => voter))
  return voters.size > 1
    ? `The keys are those of ${voters.size} different voters of reward epoch ${rewardEpochId}.`
    : undefined
}
