import type { Address, Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { provesLeaf } from '../../../src/protocol/merkle-tree.ts'
import { readProtocolMessage } from '../../../src/protocol/protocol-message.ts'
import { randomLeaf } from '../../../src/protocol/leaves.ts'
import {
  offendersOfRound,
  type RoundInputs,
  roundResultOf,
} from '../../../src/protocol/round-result.ts'
import { aRewardEpoch, aVote, providerAt, type Vote } from '../../support/votes.ts'

const round = 100

/** The twenty rounds before, without an offence but those named. */
function aHistory(offences: Readonly<Record<number, readonly Address[]>> = {}) {
  return new Map(
    Array.from({ length: 20 }, (_, i) => [80 + i, new Set(offences[80 + i] ?? [])] as const),
  )
}

/** What providers sent; the reveal may be left out or be another's. */
function said(votes: Readonly<Record<number, Partial<Vote>>>) {
  const commits = new Map<Address, Hex>()
  const reveals = new Map<Address, readonly Hex[]>()
  for (const [n, { commit, reveal }] of Object.entries(votes)) {
    if (commit !== undefined) commits.set(providerAt(Number(n)), commit)
    if (reveal !== undefined) reveals.set(providerAt(Number(n)), [reveal])
  }
  return { commits, reveals }
}

/** Two voters who agree; no offences. */
function inputs(differing: Partial<RoundInputs> = {}): RoundInputs {
  return {
    votingRoundId: round,
    rewardEpochs: [aRewardEpoch()],
    submissions: said({ 1: aVote(1, round, [10, 20]), 2: aVote(2, round, [12, 20]) }),
    history: aHistory(),
    ...differing,
  }
}

function resultOf(differing: Partial<RoundInputs> = {}) {
  const outcome = roundResultOf(inputs(differing))
  if (outcome.kind !== 'result') throw new Error(`The round has no result: ${outcome.kind}.`)
  return outcome
}

describe('roundResultOf', () => {
  test('has medians, random, tree and the message to be signed', () => {
    const result = resultOf()
    expect(result).toMatchObject({
      votingRoundId: round,
      rewardEpochId: 1,
      random: { value: 3n, isSecure: true },
      feeds: [
        { value: 11, turnoutBips: 10_000 },
        { value: 20, turnoutBips: 10_000 },
      ],
    })
    expect(readProtocolMessage(result.message)).toEqual({
      protocolId: 100,
      votingRoundId: round,
      isSecureRandom: true,
      merkleRoot: result.tree.root,
    })
    const { tree, random, randomProof } = result
    expect(provesLeaf(randomProof, randomLeaf(round, random), tree.root)).toBe(true)
    expect(tree.nodes).toHaveLength(5)
    expect(tree.nodes).toEqual(expect.arrayContaining(result.feeds.map(({ leaf }) => leaf)))
  })

  test('without the whole bench there is no root, and it says what is missing', () => {
    const history = aHistory()
    history.delete(85)
    history.delete(80)
    expect(roundResultOf(inputs({ history }))).toEqual({
      kind: 'incomplete',
      isRewardEpochMissing: false,
      missingRounds: [80, 85],
    })
  })

  test('without its reward epoch neither', () => {
    const rewardEpochs = [aRewardEpoch({ startVotingRoundId: round + 1 })]
    expect(roundResultOf(inputs({ rewardEpochs }))).toEqual({
      kind: 'incomplete',
      isRewardEpochMissing: true,
      missingRounds: [],
    })
    expect(offendersOfRound(inputs({ rewardEpochs }))).toBeUndefined()
  })

  test('without a valid reveal of a voter the protocol has no result', () => {
    const submissions = said({
      1: { commit: aVote(1, round, [1]).commit },
      9: aVote(9, round, [1]),
    })
    expect(roundResultOf(inputs({ submissions }))).toEqual({
      kind: 'no-result',
      reason: 'no-valid-reveal',
    })
  })

  test('nor where all that a feed has is one vote without weight', () => {
    const voters = [0n, 1n].map((weight, i) => ({ submitAddress: providerAt(i + 1), weight }))
    const submissions = said({ 1: aVote(1, round, [10]), 2: aVote(2, round, [0, 20]) })
    expect(
      roundResultOf(inputs({ submissions, rewardEpochs: [aRewardEpoch({ voters })] })),
    ).toEqual({ kind: 'no-result', reason: 'lone-weightless-vote' })
  })

  test('who is benched votes on prices and adds no random', () => {
    const history = aHistory({ 80: [providerAt(2)] })
    expect(resultOf({ history })).toMatchObject({
      random: { value: 1n, isSecure: false },
      feeds: [{ value: 11 }, { value: 20 }],
    })
  })

  test('a voter who withholds makes the random insecure, a stranger does not', () => {
    const votes = { 1: aVote(1, round, [1]), 2: aVote(2, round, [1]) }
    const { commit } = aVote(3, round, [1])
    const submissions = said({ ...votes, 3: { commit } })
    const three = aRewardEpoch({
      voters: [1, 2, 3].map((n) => ({ submitAddress: providerAt(n), weight: 1n })),
    })
    expect(resultOf({ submissions }).random).toEqual({ value: 3n, isSecure: true })
    expect(resultOf({ submissions, rewardEpochs: [three] }).random).toEqual({
      value: 3n,
      isSecure: false,
    })
    const history = aHistory({ 99: [providerAt(3)] })
    expect(resultOf({ submissions, history, rewardEpochs: [three] }).random.isSecure).toBe(true)
  })

  test('a stranger who reveals adds nothing', () => {
    const submissions = said({
      1: aVote(1, round, [10, 20]),
      2: aVote(2, round, [12, 20]),
      9: aVote(9, round, [99, 99]),
    })
    expect(resultOf({ submissions }).tree).toEqual(resultOf().tree)
  })

  test('the rules are those of the reward epoch of the round, though it be the last of it', () => {
    const next = aRewardEpoch({
      rewardEpochId: 2,
      startVotingRoundId: round + 1,
      feeds: [],
      voters: [],
    })
    expect(resultOf({ rewardEpochs: [next, aRewardEpoch()] })).toEqual(resultOf())
  })

  test('refuses two voters of one submit address', () => {
    const submitAddress: Hex = `0x${providerAt(1).slice(2).toUpperCase()}`
    const voters = [...aRewardEpoch().voters, { submitAddress, weight: 1n }]
    expect(() => roundResultOf(inputs({ rewardEpochs: [aRewardEpoch({ voters })] }))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'voter-repeated' }),
    )
  })
})

describe('offendersOfRound', () => {
  test('are voters and strangers alike', () => {
    const { commit } = aVote(9, round, [1])
    const submissions = said({ 1: aVote(1, round, [1]), 2: { commit }, 9: { commit } })
    expect(offendersOfRound(inputs({ submissions }))).toEqual(
      new Set([providerAt(2), providerAt(9)]),
    )
  })

  test('are judged by the feeds of their own reward epoch', () => {
    const submissions = said({ 1: aVote(1, round, [1, 2]) })
    const oneFeed = aRewardEpoch({ rewardEpochId: 2, feeds: aRewardEpoch().feeds.slice(0, 1) })
    const begunAt = (startVotingRoundId: number) => ({
      submissions,
      rewardEpochs: [aRewardEpoch(), { ...oneFeed, startVotingRoundId }],
    })
    expect(offendersOfRound(inputs(begunAt(round + 1)))).toEqual(new Set())
    expect(offendersOfRound(inputs(begunAt(round)))).toEqual(new Set([providerAt(1)]))
  })
})
