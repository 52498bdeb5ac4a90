/** Published medians, a real round's tree and a real vote, against which results are held. */

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { lowerCase } from '../../../src/protocol/address.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { feedLeaf, randomLeaf } from '../../../src/protocol/leaves.ts'
import { merkleProof, merkleTreeOf, provesLeaf } from '../../../src/protocol/merkle-tree.ts'
import { rawSubmissionsOf } from '../../../src/protocol/raw-submissions.ts'
import { submissionsOfRound } from '../../../src/protocol/submissions-of-round.ts'
import { judgeReveals } from '../../../src/protocol/valid-reveals.ts'
import { medianOfVotes } from '../../../src/protocol/weighted-median.ts'
import { naiveMedian } from '../../support/naive-oracle.ts'
import { publishedVectors, vectorsAreHere } from '../../support/published-vectors.ts'
import { aRewardEpoch, aTransaction } from '../../support/votes.ts'

const hex = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]*$/)])

const treeSchema = z.object({
  votingRoundId: z.int(),
  merkleRoot: hex,
  isSecureRandom: z.boolean(),
  tree: z.tuple(
    [z.object({ value: hex, isSecure: z.boolean() })],
    z.object({ id: hex, value: z.int(), turnoutBIPS: z.int(), decimals: z.int() }),
  ),
})

const mediansSchema = z.object({
  cases: z.array(
    z.object({
      values: z.array(z.int()),
      weights: z.array(z.int()),
      median: z.int(),
      quartile1: z.int().nullable(),
      quartile3: z.int().nullable(),
      participatingWeight: z.int().nullable(),
    }),
  ),
})

const calldataSchema = z.object({ cases: z.array(z.object({ name: z.string(), calldata: hex })) })

if (vectorsAreHere) {
  describe('the tree of round 785250', treeOfRound)
  describe('medians', medians)
  describe('the vote of round 812576', voteOfRound)
} else {
  console.warn('../shared/vectors is not here: published results are tested by literals alone.')

  test('the folder of published vectors is not here, and literals stand in other tests', () => {
    expect(() => publishedVectors('06-median.json', mediansSchema)).toThrow('ENOENT')
  })
}

function treeOfRound(): void {
  const published = publishedVectors('03-anchor-tree-785250.json', treeSchema)
  const { votingRoundId, merkleRoot } = published
  const [random, ...feeds] = published.tree
  const leaves = [
    randomLeaf(votingRoundId, { value: BigInt(random.value), isSecure: random.isSecure }),
    ...feeds.map(({ turnoutBIPS, ...feed }) =>
      feedLeaf(votingRoundId, { ...feed, turnoutBips: turnoutBIPS }),
    ),
  ]
  const tree = merkleTreeOf(leaves)

  test('has the root that was finalised on Flare', () => {
    expect(leaves).toHaveLength(72)
    expect(tree.root).toBe(merkleRoot)
  })

  test('has a proof for every leaf', () => {
    for (const leaf of leaves) {
      expect(provesLeaf(merkleProof(tree, leaf) ?? [], leaf, merkleRoot)).toBe(true)
    }
  })

  test('would have another root if the random were not secure', () => {
    const insecure = randomLeaf(votingRoundId, { value: BigInt(random.value), isSecure: false })
    expect(merkleTreeOf([insecure, ...leaves.slice(1)]).root).not.toBe(merkleRoot)
  })
}

function medians(): void {
  const { cases } = publishedVectors('06-median.json', mediansSchema)

  test('there are 21', () => {
    expect(cases).toHaveLength(21)
  })

  test.each(cases)('of $values with $weights is $median', ({ values, weights, ...published }) => {
    const votes = values.map((value, i) => ({ value, weight: BigInt(weights[i] ?? 0) }))
    const outcome = medianOfVotes(votes)
    expect(naiveMedian(votes)).toBe(published.median)
    expect(outcome).toMatchObject({ kind: 'median', value: published.median })
    if (outcome.kind !== 'median') return
    const { quartile1, quartile3, participatingWeight } = published
    if (quartile1 !== null) expect(outcome.quartile1).toBe(quartile1)
    if (quartile3 !== null) expect(outcome.quartile3).toBe(quartile3)
    if (participatingWeight !== null) expect(outcome.weight).toBe(BigInt(participatingWeight))
  })
}

function voteOfRound(): void {
  const { cases } = publishedVectors('02-submission-calldata.json', calldataSchema)
  const round = 812_576
  const sender = '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269'
  const startSec = 1_658_430_000 + 90 * round
  const feeds = Array.from({ length: 50 }, () => ({ id: '0x01' as const, decimals: 5 }))

  /** Its two calls, in blocks of these instants. */
  function judged(commitAtSec: number, revealAtSec: number) {
    const [commit, reveal] = cases.map(({ calldata }) => calldata)
    const blocks = [
      { number: 1, timestampSec: startSec + commitAtSec, input: commit ?? '0x' },
      { number: 2, timestampSec: startSec + revealAtSec, input: reveal ?? '0x' },
    ].map(({ input, ...block }) => ({ ...block, transactions: [aTransaction(input, sender)] }))
    const submissions = submissionsOfRound(
      networks.flare.schedule,
      round,
      blocks.flatMap(rawSubmissionsOf),
    )
    return judgeReveals(round, submissions, { ...aRewardEpoch(), feeds })
  }

  const address = lowerCase(sender)

  test('holds, out of the blocks that carried it', () => {
    expect(judged(75, 110).valid.get(address)?.feedValues).toHaveLength(2 + 8 * 50)
  })

  test.each([
    { commitAtSec: 90, revealAtSec: 110, offends: false },
    { commitAtSec: 75, revealAtSec: 135, offends: true },
  ])('at $commitAtSec and $revealAtSec s it does not: $offends', (at) => {
    const { valid, offenders } = judged(at.commitAtSec, at.revealAtSec)
    expect(valid.size).toBe(0)
    expect(offenders.has(address)).toBe(at.offends)
  })
}
