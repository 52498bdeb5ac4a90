/** Which contracts there are, by the registry, and whether their schedule is the one that was set. */

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
import type { Node, Nodes } from './nodes.ts'

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

/** What the answers of several nodes come to. */
export type ToldContracts =
  /** Two tell the same and no two others do, or there is but one node to ask. */
  | { readonly kind: 'agreed'; readonly contracts: Contracts }
  /** One alone answers, of several: one that does not find its registry's contracts has told nothing. */
  | { readonly kind: 'alone'; readonly contracts: Contracts }
  /** Nobody can say who is right. */
  | { readonly kind: 'split' }

/**
 * The contracts' present addresses, by all nodes that answer: an address that one alone tells of is
 * not used where another tells otherwise.
 *
 * @throws {ChainError} `contract-unknown` if all say that the registry does not know one that is needed,
 *   or that Submission is elsewhere than the protocol fixes it; `chain-unreachable`
 */
export async function contractsAmong(nodes: Nodes): Promise<ToldContracts> {
  const told = await nodes.askAll(contractsBy, { isEnough: (answers) => answers.length > 1 })
  const found = told.flatMap((one) => (one instanceof ChainError ? [] : [one]))
  const [most = [], second = []] = groupsOf(found)
  const [contracts] = most
  if (contracts === undefined) {
    throw told.find((one) => one instanceof ChainError) ?? new Error('There is an answer, or none.')
  }
  // One node may have no state to look it up in. Where two say so, they may be right.
  if (found.length === 1 && told.length <= 2)
    return { kind: nodes.members().length > 1 ? 'alone' : 'agreed', contracts }
  const isAgreed = most.length > 1 && most.length > second.length
  return isAgreed ? { kind: 'agreed', contracts } : { kind: 'split' }
}

/** Equal answers together, those that most nodes give first. */
function groupsOf(found: readonly Contracts[]): readonly (readonly Contracts[])[] {
  const groups = new Map<string, Contracts[]>()
  for (const one of found) {
    const name = JSON.stringify(one).toLowerCase()
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  return [...groups.values()].toSorted((a, b) => b.length - a.length)
}

/**
 * The same for who only looks.
 *
 * @throws {ChainError} as above, and `contract-unknown` if the nodes differ.
 */
export async function resolveContracts(nodes: Nodes): Promise<Contracts> {
  const told = await contractsAmong(nodes)
  if (told.kind !== 'split') return told.contracts
  throw new ChainError('contract-unknown', 'The nodes differ on where the contracts are.')
}

/** What one node tells; what is wrong with it is a thing to be told as well. */
async function contractsBy(node: Node): Promise<Contracts | ChainError> {
  const addresses = await node.readContract({
    address: registryAddress,
    abi: registryAbi,
    functionName: 'getContractAddressesByName',
    args: [wanted.map((name) => contractNames[name])],
  })
  const told = (name: ContractName) => {
    const address = addresses[wanted.indexOf(name)]
    return address === undefined || isAddressEqual(address, zeroAddress) ? undefined : address
  }
  const found = Object.fromEntries(
    wanted.flatMap((name) => {
      const address = told(name)
      return address === undefined ? [] : [[name, address] as const]
    }),
  )
  const { submission, flareSystemsManager, relay, ftsoRewardOffersManager } = found
  if (!submission || !flareSystemsManager || !relay || !ftsoRewardOffersManager) {
    const missing = needed.find((name) => found[name] === undefined) ?? needed[0]
    return new ChainError('contract-unknown', `The registry knows no ${contractNames[missing]}.`)
  }
  if (!isAddressEqual(submission, submissionAddress)) {
    return new ChainError(
      'contract-unknown',
      `The registry says that Submission is at ${submission}, not ${submissionAddress}.`,
    )
  }
  const { voterRegistry, flareSystemsCalculator } = found
  return {
    flareSystemsManager,
    relay,
    ftsoRewardOffersManager,
    ...(voterRegistry && { voterRegistry }),
    ...(flareSystemsCalculator && { flareSystemsCalculator }),
  }
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
  const differences = await nodes.askAll(
    (node) => differenceAt(node, flareSystemsManager, schedule),
    { isEnough: (answers) => answers.includes(undefined) },
  )
  // The settings are a voice too: one node that bears them out outweighs one that does not.
  if (differences.includes(undefined)) return
  throw new ChainError('schedule-differs', differences[0] ?? 'There is no node.')
}

/** In which figure a node says otherwise than the settings, as a sentence. */
async function differenceAt(
  node: Node,
  address: Address,
  schedule: EpochSchedule,
): Promise<string | undefined> {
  const expected = figuresOf(schedule)
  const told = await Promise.all(
    figureNames.map(async (functionName) => {
      const figure = await node.readContract({
        address,
        abi: flareSystemsManagerAbi,
        functionName,
      })
      return { functionName, figure: Number(figure) }
    }),
  )
  const other = told.find(({ functionName, figure }) => figure !== expected[functionName])
  return other === undefined
    ? undefined
    : `The chain's ${other.functionName} is ${other.figure}, by the settings it would be ${expected[other.functionName]}.`
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
