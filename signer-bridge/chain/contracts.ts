/** Which contracts there are, by the registry, and whether the chain is the one that was set. */

import { type Address, isAddressEqual, zeroAddress } from 'viem'
import {
  contractNames,
  flareSystemsManagerAbi,
  registryAbi,
  registryAddress,
  submissionAddress,
} from '../../src/protocol/contracts.ts'
import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import type { Network } from '../../src/protocol/networks.ts'
import { ChainError } from './chain.ts'
import type { Nodes } from './nodes.ts'

/** Where the contracts are at present. */
export type Contracts = {
  readonly flareSystemsManager: Address
  readonly relay: Address
  readonly ftsoRewardOffersManager: Address
  /** Commits and reveals do without the voters' own events, and so must a start. */
  readonly voterRegistry?: Address
  readonly flareSystemsCalculator?: Address
}

type ContractName = keyof typeof contractNames

const needed = ['submission', 'flareSystemsManager', 'relay', 'ftsoRewardOffersManager'] as const
const wanted: readonly ContractName[] = [...needed, 'voterRegistry', 'flareSystemsCalculator']

/**
 * The contracts' present addresses.
 *
 * @throws {ChainError} `contract-unknown` if the registry does not know one that is needed, or says
 *   that Submission is elsewhere than the protocol fixes it; `chain-unreachable`
 */
export async function resolveContracts(nodes: Nodes): Promise<Contracts> {
  const addresses = await nodes.ask((node) =>
    node.readContract({
      address: registryAddress,
      abi: registryAbi,
      functionName: 'getContractAddressesByName',
      args: [wanted.map((name) => contractNames[name])],
    }),
  )
  const told = (name: ContractName) => {
    const address = addresses[wanted.indexOf(name)]
    return address === undefined || isAddressEqual(address, zeroAddress) ? undefined : address
  }
  const addressOf = (name: (typeof needed)[number]) => {
    const address = told(name)
    if (address !== undefined) return address
    throw new ChainError('contract-unknown', `The registry knows no ${contractNames[name]}.`)
  }
  if (!isAddressEqual(addressOf('submission'), submissionAddress)) {
    throw new ChainError(
      'contract-unknown',
      `The registry says that Submission is at ${addressOf('submission')}, not ${submissionAddress}.`,
    )
  }
  const voterRegistry = told('voterRegistry')
  const flareSystemsCalculator = told('flareSystemsCalculator')
  return {
    flareSystemsManager: addressOf('flareSystemsManager'),
    relay: addressOf('relay'),
    ftsoRewardOffersManager: addressOf('ftsoRewardOffersManager'),
    ...(voterRegistry && { voterRegistry }),
    ...(flareSystemsCalculator && { flareSystemsCalculator }),
  }
}

/**
 * Refuses nodes of another chain, each of them: one that follows another chain is worse than none.
 *
 * @returns The hash of the chain's first block.
 * @throws {ChainError} `chain-differs`, `chain-unreachable`
 */
export async function checkChain(nodes: Nodes, chainId: number): Promise<string> {
  const answers = await nodes.askAll(async (node) => {
    const [id, genesis] = await Promise.all([node.getChainId(), node.getBlock({ blockNumber: 0n })])
    return { id, genesis: genesis.hash }
  })
  const [first] = answers
  for (const { id, genesis } of answers) {
    if (id !== chainId) {
      throw new ChainError(
        'chain-differs',
        `A node is of chain ${id}, the settings say ${chainId}.`,
      )
    }
    if (genesis !== first?.genesis) {
      throw new ChainError('chain-differs', 'The nodes are of chains with different first blocks.')
    }
  }
  if (first === undefined) throw new ChainError('chain-unreachable', 'No node answers.')
  return first.genesis
}

/**
 * Refuses a chain whose clock is another than that of the settings.
 *
 * @throws {ChainError} `schedule-differs`, naming the figure; `chain-unreachable`
 */
export async function checkSchedule(
  nodes: Nodes,
  { flareSystemsManager }: Contracts,
  { schedule }: Network,
): Promise<void> {
  const expected = figuresOf(schedule)
  await Promise.all(
    figureNames.map(async (functionName) => {
      const figure = await nodes.ask((node) =>
        node.readContract({
          address: flareSystemsManager,
          abi: flareSystemsManagerAbi,
          functionName,
        }),
      )
      if (Number(figure) === expected[functionName]) return
      throw new ChainError(
        'schedule-differs',
        `The chain's ${functionName} is ${figure}, by the settings it would be ${expected[functionName]}.`,
      )
    }),
  )
}

const figureNames = [
  'firstVotingRoundStartTs',
  'votingEpochDurationSeconds',
  'firstRewardEpochStartTs',
  'rewardEpochDurationSeconds',
] as const

/** What FlareSystemsManager would say of a schedule. */
function figuresOf({
  genesisSec,
  roundSec,
  firstRewardRound,
  rewardEpochRounds,
}: EpochSchedule): Readonly<Record<(typeof figureNames)[number], number>> {
  return {
    firstVotingRoundStartTs: genesisSec,
    votingEpochDurationSeconds: roundSec,
    firstRewardEpochStartTs: genesisSec + firstRewardRound * roundSec,
    rewardEpochDurationSeconds: rewardEpochRounds * roundSec,
  }
}
