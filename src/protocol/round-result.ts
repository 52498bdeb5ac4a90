/**
 * The result of a voting round: from what was committed and revealed to the Merkle root that
 * providers sign. One pure function; what it cannot know yet it names instead of guessing.
 */

import type { Address, Hex } from 'viem'
import { lowerCase } from './address.ts'
import { type OffenceHistory, benchOf } from './benching.ts'
import { ProtocolError } from './errors.ts'
import { feedMediansOf, type FeedOutcomes, type FeedResult } from './feed-medians.ts'
import { feedLeaf, randomLeaf, type RoundRandom } from './leaves.ts'
import { merkleProof, type MerkleTree, merkleTreeOf } from './merkle-tree.ts'
import { protocolIds } from './payload.ts'
import { encodeProtocolMessage } from './protocol-message.ts'
import { type RewardEpoch, rewardEpochAt } from './reward-epoch.ts'
import { roundRandomOf } from './round-random.ts'
import type { RoundSubmissions } from './submissions-of-round.ts'
import { type JudgedReveals, judgeReveals } from './valid-reveals.ts'

export type RoundInputs = {
  readonly votingRoundId: number
  /** That of the round among them; in any order. */
  readonly rewardEpochs: readonly RewardEpoch[]
  /** Of the round, every block of its windows read. */
  readonly submissions: RoundSubmissions
  /** Of the 20 rounds before it, across the start of a reward epoch too. */
  readonly history: OffenceHistory
}

export type RoundResult = {
  readonly kind: 'result'
  readonly votingRoundId: number
  readonly rewardEpochId: number
  readonly random: RoundRandom
  /** In canonical order, each with its leaf. */
  readonly feeds: readonly (FeedResult & { readonly leaf: Hex })[]
  readonly tree: MerkleTree
  /** The 38 bytes that are signed. */
  readonly message: Hex
  /** From the random's leaf to the root: behind the random itself, what Relay v2 asks for. */
  readonly randomProof: readonly Hex[]
}

export type RoundOutcome =
  | RoundResult
  /** More has to be read first. No root may be signed: the random is in it, and so is the bench. */
  | {
      readonly kind: 'incomplete'
      /** Whether no known reward epoch holds the round. */
      readonly isRewardEpochMissing: boolean
      /** Of the 20 before the round those that are not known in full, ascending. */
      readonly missingRounds: readonly number[]
    }
  /** The protocol has no result for this round, and nobody can sign one. */
  | {
      readonly kind: 'no-result'
      readonly reason: 'no-valid-reveal' | 'lone-weightless-vote'
    }

/**
 * The result of a round.
 *
 * @throws {ProtocolError} `voter-repeated` if two voters share a submit address;
 *   `value-out-of-range` if the voters together weigh nothing or the round is no uint32.
 * @see https://github.com/flare-foundation/FTSO-Scaling `calculateResultsForVotingRound`
 */
export function roundResultOf(inputs: RoundInputs): RoundOutcome {
  const { votingRoundId, rewardEpochs, submissions, history } = inputs
  const epoch = rewardEpochAt(rewardEpochs, votingRoundId)
  const bench = benchOf(votingRoundId, history)
  if (epoch === undefined || bench.kind === 'incomplete') {
    return {
      kind: 'incomplete',
      isRewardEpochMissing: epoch === undefined,
      missingRounds: bench.kind === 'incomplete' ? bench.missingRounds : [],
    }
  }

  const judged = judgeReveals(votingRoundId, ofVoters(submissions, epoch), epoch)
  if (judged.valid.size === 0) return { kind: 'no-result', reason: 'no-valid-reveal' }
  const feeds = feedMediansOf(epoch, judged.valid)
  if (!isWhole(feeds)) return { kind: 'no-result', reason: 'lone-weightless-vote' }
  return resultOf(votingRoundId, epoch.rewardEpochId, {
    random: roundRandomOf(judged, bench.benched),
    feeds,
  })
}

/**
 * The offenders of a round, voters and strangers alike: what it adds to the history of later ones.
 *
 * @returns `undefined` if no known reward epoch holds the round.
 * @throws {ProtocolError} `value-out-of-range` if the round is no uint32.
 */
export function offendersOfRound(
  inputs: Omit<RoundInputs, 'history'>,
): JudgedReveals['offenders'] | undefined {
  const { votingRoundId, rewardEpochs, submissions } = inputs
  const epoch = rewardEpochAt(rewardEpochs, votingRoundId)
  return epoch && judgeReveals(votingRoundId, submissions, epoch).offenders
}

/** What voters said; strangers have no part in a round but in the bench of later ones. */
function ofVoters({ commits, reveals }: RoundSubmissions, epoch: RewardEpoch): RoundSubmissions {
  const voters = new Set(epoch.voters.map(({ submitAddress }) => lowerCase(submitAddress)))
  if (voters.size !== epoch.voters.length) {
    throw new ProtocolError('voter-repeated', 'Two voters of a policy share a submit address.')
  }
  const isVoter = ([address]: readonly [Address, unknown]) => voters.has(address)
  return { commits: new Map([...commits].filter(isVoter)), reveals }
}

function isWhole(feeds: FeedOutcomes): feeds is readonly FeedResult[] {
  return feeds.every((feed) => feed !== undefined)
}

function resultOf(
  votingRoundId: number,
  rewardEpochId: number,
  { random, feeds }: { readonly random: RoundRandom; readonly feeds: readonly FeedResult[] },
): RoundResult {
  const leafOfRandom = randomLeaf(votingRoundId, random)
  const withLeaves = feeds.map((feed) => ({ ...feed, leaf: feedLeaf(votingRoundId, feed) }))
  const tree = merkleTreeOf([leafOfRandom, ...withLeaves.map(({ leaf }) => leaf)])
  return {
    kind: 'result',
    votingRoundId,
    rewardEpochId,
    random,
    feeds: withLeaves,
    tree,
    message: encodeProtocolMessage({
      protocolId: protocolIds.ftso,
      votingRoundId,
      isSecureRandom: random.isSecure,
      merkleRoot: tree.root,
    }),
    randomProof: merkleProof(tree, leafOfRandom) ?? [],
  }
}
