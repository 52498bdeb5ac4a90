import { describe, expect, test } from 'vitest'
import { cutoverOf } from '../../../signer-bridge/chain/cutover.ts'
import type { Nodes } from '../../../signer-bridge/chain/nodes.ts'
import type { EpochEvent } from '../../../signer-bridge/chain/reward-epochs.ts'
import type { NetworkName } from '../../../src/protocol/networks.ts'

const policyOf = (rewardEpochId: number): EpochEvent => ({
  kind: 'policy',
  blockNumber: rewardEpochId,
  logIndex: 0,
  timestampSec: 0,
  rewardEpochId,
  startVotingRoundId: 3_360 * rewardEpochId + 2,
})

/** The change, and a contract that says this of its reward epoch. */
function aCutover(network: NetworkName, says: () => number, count = 1) {
  const asked: unknown[] = []
  const node = {
    readContract: async ({ functionName, args }: { functionName: string; args: unknown }) => {
      asked.push([functionName, args])
      return says()
    },
  }
  // As much of the nodes as is asked.
  const nodes = {
    askAll: async (question: (one: unknown) => unknown) => {
      const answers = await Promise.allSettled(Array.from({ length: count }, () => question(node)))
      const told = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      if (told.length === 0) throw new Error('No node answers.')
      return told
    },
    members: () => Array.from({ length: count }, () => node),
  } as unknown as Nodes
  const log: unknown[] = []
  const cutover = cutoverOf(nodes, network, (event) => void log.push(event))
  return { cutover, asked, log }
}

// The contract is only passed on to the question.
const contracts = {
  flareSystemsManager: '0x01',
  relay: '0x02',
  ftsoRewardOffersManager: '0x03',
} as const
const refuses = () => {
  throw new Error('execution reverted')
}

describe('the first round whose digest holds the chain id', () => {
  test('is what the contract says, asked once, where the policy was long ago', async () => {
    const { cutover, asked } = aCutover('flare', () => 1_481_762)
    expect(cutover.firstRound([policyOf(451)])).toBeUndefined()
    await cutover.refresh(contracts)
    await cutover.refresh(contracts)
    expect(asked).toEqual([['getStartVotingRoundId', [441n]]])
    expect(cutover.firstRound([policyOf(451)])).toBe(1_481_762)
  })

  test('is not known while two nodes differ, and the word of one alone is asked for again', async () => {
    const words = [1_481_762, 7]
    const { cutover, log } = aCutover('flare', () => words.shift() ?? refuses(), 2)
    await cutover.refresh(contracts)
    expect(cutover.firstRound([policyOf(451)])).toBeUndefined()
    expect(log).toEqual([{ event: 'cutover-contradicted', epoch: 441 }])
    words.push(7)
    await cutover.refresh(contracts)
    expect(cutover.firstRound([policyOf(451)])).toBe(7)
    words.push(1_481_762, 1_481_762)
    await cutover.refresh(contracts)
    expect(cutover.firstRound([policyOf(451)])).toBe(1_481_762)
  })

  test('is what the policy’s own event says, before all', async () => {
    const { cutover } = aCutover('songbird', () => 5)
    await cutover.refresh(contracts)
    expect(cutover.firstRound([policyOf(436), policyOf(437), policyOf(438)])).toBe(3_360 * 437 + 2)
  })

  test('is never while that policy is still to come', async () => {
    const { cutover, log } = aCutover('flare', refuses)
    await cutover.refresh(contracts)
    expect(log).toHaveLength(1)
    expect(cutover.firstRound([policyOf(439), policyOf(440)])).toBe(Number.POSITIVE_INFINITY)
  })

  test.each([
    { name: 'nothing is known of policies', events: [] },
    { name: 'policies since are known, and that one not', events: [policyOf(451), policyOf(452)] },
  ])('is not known where the contract is silent and $name', async ({ events }) => {
    const { cutover } = aCutover('flare', refuses)
    await cutover.refresh(contracts)
    expect(cutover.firstRound(events)).toBeUndefined()
  })

  test('is not known where the contract answers 0', async () => {
    const { cutover } = aCutover('coston', () => 0)
    await cutover.refresh(contracts)
    expect(cutover.firstRound([])).toBeUndefined()
  })

  test('is the first of all on the local chain', async () => {
    const { cutover, asked } = aCutover('local', refuses)
    await cutover.refresh(contracts)
    expect(cutover.firstRound([])).toBe(0)
    expect(asked).toEqual([])
  })
})
