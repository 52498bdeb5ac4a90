import { type Address, zeroAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  checkSchedule,
  contractsAmong,
  resolveContracts,
} from '../../../signer-bridge/chain/contracts.ts'
import { type Node, nodesOf } from '../../../signer-bridge/chain/nodes.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { networks } from '../../../src/protocol/networks.ts'

const { schedule } = networks.flare
const addressOf = (digit: string): Address => `0x${digit.repeat(40)}`

type Facts = {
  readonly submission?: Address
  readonly relay?: Address
  readonly figures?: Readonly<Record<string, number>>
  readonly isAway?: boolean
}

const figures: Readonly<Record<string, number>> = {
  firstVotingRoundStartTs: schedule.genesisSec,
  votingEpochDurationSeconds: schedule.roundSec,
  firstRewardEpochStartTs: schedule.genesisSec + schedule.firstRewardRound * schedule.roundSec,
  rewardEpochDurationSeconds: schedule.rewardEpochRounds * schedule.roundSec,
}

function aNode(facts: Facts = {}): Node {
  const { submission = submissionAddress, relay = addressOf('b') } = facts
  const addresses = [submission, addressOf('a'), relay, addressOf('c'), addressOf('d')]
  const model = {
    readContract: async ({ functionName }: { readonly functionName: string }) => {
      if (facts.isAway === true) throw new Error('connect ECONNREFUSED')
      return (
        facts.figures?.[functionName] ?? figures[functionName] ?? [...addresses, addressOf('e')]
      )
    },
  }
  // As much of a node as is asked here.
  return model as unknown as Node
}

const flareOf = (facts: Facts = {}) => nodesOf([aNode(facts)])

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

describe('where several nodes tell of the contracts', () => {
  const away: Facts = { isAway: true }
  const liar: Facts = { relay: addressOf('9') }
  const refusing: Facts = { submission: addressOf('f') }

  test.each([
    { name: 'two that agree', nodes: [{}, {}], kind: 'agreed' },
    { name: 'two of three', nodes: [{}, liar, {}], kind: 'agreed' },
    { name: 'two beside one whose registry is broken', nodes: [{}, refusing, {}], kind: 'agreed' },
    { name: 'the only one there is', nodes: [liar], kind: 'agreed' },
    { name: 'one that answers of two', nodes: [{}, away], kind: 'alone' },
    { name: 'two that differ', nodes: [{}, liar], kind: 'split' },
    { name: 'one, and one whose registry is broken', nodes: [{}, refusing], kind: 'alone' },
    { name: 'one, and two with a broken one', nodes: [{}, refusing, refusing], kind: 'split' },
    { name: 'two against two', nodes: [{}, {}, liar, liar], kind: 'split' },
  ])('$name: $kind', async ({ nodes, kind }) => {
    expect((await contractsAmong(nodesOf(nodes.map(aNode)))).kind).toBe(kind)
  })

  test('the address of a lying minority is in no answer', async () => {
    const told = await resolveContracts(nodesOf([liar, {}, {}].map(aNode)))
    expect(told.relay).toBe(addressOf('b'))
    await expect(resolveContracts(nodesOf([liar, {}].map(aNode)))).rejects.toMatchObject({
      code: 'contract-unknown',
    })
  })

  test('a schedule that one node bears out is not doubted for the sake of another', async () => {
    const lie: Facts = { figures: { votingEpochDurationSeconds: 1 } }
    const contracts = await resolveContracts(flareOf())
    await checkSchedule(nodesOf([lie, {}].map(aNode)), contracts, networks.flare)
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
