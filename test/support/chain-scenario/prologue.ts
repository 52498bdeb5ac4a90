/**
 * What happens on the chain before and beside the submissions: offers, weights and registrations,
 * each in its round, and two reward epochs of history before the scenario's first.
 */

import { encodeFunctionData, parseSignature } from 'viem'
import { compiledContracts } from '../../../local/chain/compile.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { registrationHash } from '../../../src/protocol/voter-messages.ts'
import {
  epochAfter,
  epochBefore,
  expectedStart,
  type Phase,
  randomRound,
  registrationRound,
  startSec,
} from './calendar.ts'
import { addressesOf, cast, chainVoterOf, type Provider } from './cast.ts'
import type { DrivenChain, Sending } from './driven-chain.ts'
import { communityIn, inflationIn } from './offers.ts'
import { bystander } from './playbook.ts'

const gas = 2_000_000n

/** Builds up the history, to the start of the reward epoch in which the scenario begins. */
export async function playPrologue(chain: DrivenChain): Promise<void> {
  for (const address of [bystander, ...cast.flatMap(addressesOf)]) await chain.fund(address)
  const rare = cast.filter(({ votes }) => votes === 'before' || votes === 'after')
  const block = async (round: number, ...sendings: readonly Sending[]): Promise<void> => {
    await succeed(chain, startSec(round), [clockCall(chain), ...sendings])
  }

  const first = expectedStart(epochBefore - 1)
  await block(first - 14)
  await block(first - 13)
  await succeed(chain, startSec(first - 12), [
    ...rare.map((each) =>
      chain.keeperCall('EntityManager', 'adopt', each.identity, chainVoterOf(each)),
    ),
    ...rare.map(({ identity, weight }) =>
      chain.keeperCall('VoterRegistry', 'setVoter', identity, weight.before, false),
    ),
    chain.keeperCall('FtsoRewardOffersManager', 'setInflationOffers', inflationIn('before')),
  ])
  await block(first - 10)
  await block(first)

  await succeed(chain, startSec(first + 5), await offersOf(chain, 'before'))
  const second = expectedStart(epochBefore)
  await block(second - 14)
  await block(second - 13)
  await succeed(chain, startSec(second - 12), await registrationsOf(chain, 'before'))
  await block(
    second - 10,
    chain.keeperCall('FtsoRewardOffersManager', 'setInflationOffers', inflationIn('after')),
  )
  await block(second)
}

/** The call that the contracts expect in the first block of each voting round. */
export function clockCall(chain: DrivenChain): Sending {
  return chain.keeperCall('FlareSystemsManager', 'daemonize')
}

/** What happens in the second half of a round, on the way to the new reward epoch. */
export async function sideScenes(chain: DrivenChain, round: number): Promise<readonly Sending[]> {
  switch (round) {
    case randomRound - 8:
      return offersOf(chain, 'after')
    case randomRound - 3:
      return moves(chain, 'proposeSubmitAddress')
    case randomRound - 2:
      return moves(chain, 'confirmSubmitAddressRegistration')
    case randomRound:
      return cast
        .filter(({ votes }) => votes !== 'never')
        .map(({ identity, weight }) =>
          chain.keeperCall('VoterRegistry', 'setVoter', identity, weight.after, false),
        )
    case registrationRound + 2:
      return registrationsOf(chain, 'after')
    default:
      return []
  }
}

/** Half of a change of submit address: of the identity, then of the new address. */
async function moves(
  { contracts }: DrivenChain,
  functionName: 'proposeSubmitAddress' | 'confirmSubmitAddressRegistration',
): Promise<readonly Sending[]> {
  const { abi } = (await compiledContracts()).EntityManager
  return cast
    .filter(({ submitAddress }) => submitAddress.before !== submitAddress.after)
    .map(({ identity, submitAddress: { after } }) => {
      const isProposal = functionName === 'proposeSubmitAddress'
      return {
        from: isProposal ? identity : after,
        to: contracts.EntityManager,
        data: encodeFunctionData({ abi, functionName, args: [isProposal ? after : identity] }),
        gas,
      }
    })
}

/** An offer that comes when the random is sought already: it is refused. */
export async function lateOffer(chain: DrivenChain): Promise<Sending> {
  const [offer] = await offersOf(chain, 'after')
  if (offer === undefined) throw new Error('The community offers nothing.')
  return offer
}

/** @throws {Error} if one of them reverts. */
export async function succeed(
  chain: DrivenChain,
  atSec: number,
  sendings: readonly Sending[],
): Promise<void> {
  const hashes = await chain.block(atSec, sendings)
  for (const [i, hash] of hashes.entries()) {
    if (!(await chain.hasSucceeded(hash))) {
      throw new Error(`Transaction ${i} of the block at ${atSec} failed.`)
    }
  }
}

async function offersOf({ contracts }: DrivenChain, phase: Phase): Promise<readonly Sending[]> {
  const { abi } = (await compiledContracts()).FtsoRewardOffersManager
  const rewardEpochId = phase === 'before' ? epochBefore : epochAfter
  return communityIn(phase).map(({ offers, valueWei }) => ({
    from: bystander,
    to: contracts.FtsoRewardOffersManager,
    data: encodeFunctionData({ abi, functionName: 'offerRewards', args: [rewardEpochId, offers] }),
    gas,
    valueWei,
  }))
}

/** Of those who are not registered without being asked, each for itself, in nobody's order. */
async function registrationsOf(
  { contracts }: DrivenChain,
  phase: Phase,
): Promise<readonly Sending[]> {
  const { abi } = (await compiledContracts()).VoterRegistry
  const register = async ({ identity, policyKey }: Provider): Promise<Sending> => {
    const rewardEpochId = phase === 'before' ? epochBefore : epochAfter
    const { chainId } = networks.local
    const raw = registrationHash('chain-bound', identity, rewardEpochId, chainId)
    const { r, s, yParity } = parseSignature(await policyKey.signMessage({ message: { raw } }))
    const args = [identity, { v: 27 + yParity, r, s }]
    const data = encodeFunctionData({ abi, functionName: 'registerVoter', args })
    return { from: identity, to: contracts.VoterRegistry, data, gas }
  }
  return Promise.all(cast.filter(({ votes }) => votes === phase).map(register))
}
