import { type Address, zeroAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  checkChain,
  checkSchedule,
  resolveContracts,
} from '../../../signer-bridge/chain/contracts.ts'
import { type Node, nodesOf } from '../../../signer-bridge/chain/nodes.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { networks } from '../../../src/protocol/networks.ts'

const { chainId, schedule } = networks.flare
const addressOf = (digit: string): Address => `0x${digit.repeat(40)}`

type Facts = {
  readonly id?: number
  readonly genesis?: string
  readonly submission?: Address
  readonly relay?: Address
  readonly figures?: Readonly<Record<string, number>>
}

const figures: Readonly<Record<string, number>> = {
  firstVotingRoundStartTs: schedule.genesisSec,
  votingEpochDurationSeconds: schedule.roundSec,
  firstRewardEpochStartTs: schedule.genesisSec + schedule.firstRewardRound * schedule.roundSec,
  rewardEpochDurationSeconds: schedule.rewardEpochRounds * schedule.roundSec,
}

function aNode(facts: Facts = {}): Node {
  const { id = chainId, genesis = '0x01' } = facts
  const { submission = submissionAddress, relay = addressOf('b') } = facts
  const addresses = [submission, addressOf('a'), relay, addressOf('c'), addressOf('d')]
  const model = {
    getChainId: async () => id,
    getBlock: async () => ({ hash: genesis }),
    readContract: async ({ functionName }: { readonly functionName: string }) =>
      facts.figures?.[functionName] ?? figures[functionName] ?? [...addresses, addressOf('e')],
  }
  // As much of a node as is asked here.
  return model as unknown as Node
}

const flareOf = (facts: Facts = {}) => nodesOf([aNode(facts)])

describe('the chain', () => {
  test('is the one that was set, by every node', async () => {
    expect(await checkChain(nodesOf([aNode(), aNode()]), chainId)).toBe('0x01')
  })

  test.each<[string, Facts, RegExp]>([
    ['of another id', { id: 19 }, /^A node is of chain 19, the settings say 14/],
    ['with another first block', { genesis: '0x02' }, /different first blocks/],
  ])('is refused where one node of two is %s', async (_, other, says) => {
    await expect(checkChain(nodesOf([aNode(), aNode(other)]), chainId)).rejects.toMatchObject({
      code: 'chain-differs',
      message: expect.stringMatching(says),
    })
  })
})

describe('the registry', () => {
  test.each<[string, Facts, RegExp]>([
    ['has Submission elsewhere', { submission: addressOf('f') }, /Submission is at 0xffff/],
    ['knows no Submission', { submission: zeroAddress }, /knows no Submission/],
    ['knows no Relay', { relay: zeroAddress }, /knows no Relay/],
  ])('is refused where it %s', async (_, facts, says) => {
    await expect(resolveContracts(flareOf(facts))).rejects.toMatchObject({
      code: 'contract-unknown',
      message: expect.stringMatching(says),
    })
  })
})

test.each(Object.keys(figures))('a schedule whose %s differs is refused', async (figure) => {
  const nodes = flareOf({ figures: { [figure]: 1 } })
  const contracts = await resolveContracts(nodes)
  await expect(checkSchedule(nodes, contracts, networks.flare)).rejects.toMatchObject({
    code: 'schedule-differs',
  })
  await checkSchedule(flareOf(), contracts, networks.flare)
})
