/**
 * Puts the contracts on a new chain: the two whose addresses are the same on every Flare network
 * there, the others wherever they come to lie, all of them known to the registry; then the offers
 * and the voters.
 */

import {
  type Address,
  encodeDeployData,
  encodeFunctionData,
  getCreateAddress,
  type Hex,
  pad,
} from 'viem'
import { registryAddress, submissionAddress } from '../../src/protocol/contracts.ts'
import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import { type CompiledContracts, type ContractName, contractNames } from './compile.ts'
import { inflationOffers } from './feeds.ts'
import { keeperAddress, type KeeperAccount } from './keeper-account.ts'
import { type Call, hexOf, type Rpc } from './rpc.ts'
import { rewardEpochPlan } from './schedule.ts'
import type { ChainVoter } from './voters.ts'

export type ContractAddresses = Readonly<Record<ContractName, Address>>

/** Of any call that builds up the chain: the dearest is a third of it. */
const gas = 6_000_000n

/** What each address of a voter gets. Wei. */
const fundsWei = 100_000n * 10n ** 18n

/**
 * Builds up the chain, in blocks of one instant.
 *
 * @param atSec The instant, Unix seconds: the start of a reward epoch, which is the first to be.
 */
export async function deploy(
  rpc: Rpc,
  keeper: KeeperAccount,
  compiled: CompiledContracts,
  plan: {
    readonly schedule: EpochSchedule
    readonly voters: readonly ChainVoter[]
    readonly atSec: number
  },
): Promise<ContractAddresses> {
  const { schedule, voters, atSec } = plan
  await placeFixed(rpc, compiled)
  const { addresses, creations } = creationsOf(compiled, schedule)
  const call = (contract: ContractName, functionName: string, ...args: readonly unknown[]): Call =>
    callOf(compiled, addresses, { contract, functionName, args })

  await keeper.settle(creations, atSec)
  await keeper.settle(
    [
      ...contractNames.map((name) =>
        call('FlareContractRegistry', 'register', name, addresses[name]),
      ),
      call('FtsoRewardOffersManager', 'setInflationOffers', inflationOffers()),
      ...voters.map((voter) => call('EntityManager', 'adopt', voter.identity, voter)),
      ...voters.map(({ identity, weight }) =>
        call('VoterRegistry', 'setVoter', identity, BigInt(weight), true),
      ),
    ],
    atSec,
  )
  await keeper.settle([call('FlareSystemsManager', 'begin')], atSec)
  return addresses
}

/** Gives an address what it needs for years of submissions. */
export async function fund(rpc: Rpc, address: Address): Promise<void> {
  await rpc.call('anvil_setBalance', address, hexOf(fundsWei))
}

/** A call of a contract's function, by its compiled interface. */
export function callOf(
  compiled: CompiledContracts,
  addresses: ContractAddresses,
  {
    contract,
    functionName,
    args,
  }: {
    readonly contract: ContractName
    readonly functionName: string
    readonly args: readonly unknown[]
  },
): Call {
  const data = encodeFunctionData({ abi: compiled[contract].abi, functionName, args })
  return { to: addresses[contract], data, gas }
}

async function placeFixed(rpc: Rpc, compiled: CompiledContracts): Promise<void> {
  const { FlareContractRegistry: registry, Submission: submission } = compiled
  await rpc.call('anvil_setCode', registryAddress, registry.runtime)
  await rpc.call('anvil_setStorageAt', registryAddress, pad('0x0'), pad(keeperAddress))
  await rpc.call('anvil_setCode', submissionAddress, submission.runtime)
}

/** The creations of the contracts that have no fixed address, and where they will come to lie. */
function creationsOf(
  compiled: CompiledContracts,
  schedule: EpochSchedule,
): { readonly addresses: ContractAddresses; readonly creations: readonly Call[] } {
  const creations: Call[] = []
  const create = (name: ContractName, ...args: readonly unknown[]): Address => {
    const { abi, creation: bytecode } = compiled[name]
    const data: Hex = encodeDeployData({ abi, bytecode, args })
    creations.push({ data, gas })
    // The keeper has sent nothing before: its nonces are the places of these calls.
    return getCreateAddress({ from: keeperAddress, nonce: BigInt(creations.length - 1) })
  }
  const addresses = {
    FlareContractRegistry: registryAddress,
    Submission: submissionAddress,
    FlareSystemsManager: create('FlareSystemsManager', {
      firstVotingRoundStartTs: BigInt(schedule.genesisSec),
      votingEpochDurationSeconds: BigInt(schedule.roundSec),
      firstRewardEpochStartVotingRoundId: schedule.firstRewardRound,
      rewardEpochDurationInVotingEpochs: schedule.rewardEpochRounds,
      ...rewardEpochPlan(schedule),
    }),
    Relay: create('Relay'),
    FtsoRewardOffersManager: create('FtsoRewardOffersManager'),
    VoterRegistry: create('VoterRegistry'),
    EntityManager: create('EntityManager'),
    VoterPreRegistry: create('VoterPreRegistry'),
    RewardManager: create('RewardManager'),
    ClaimSetupManager: create('ClaimSetupManager'),
    WNat: create('WNat'),
  } as const
  return { addresses, creations }
}
