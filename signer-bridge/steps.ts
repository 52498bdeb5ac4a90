/** What each step of the timeline does. What may not fail silently is logged here, with its reason. */

import { protocolIds } from '../src/protocol/payload.ts'
import { accompanied } from './accompanied.ts'
import { type Clearance, clearanceOf } from './clearance.ts'
import { callOf, commitStatus, revealStatus, settle, voteIn } from './endings.ts'
import { spentOfDay } from './day-budget.ts'
import { commitPolicy } from './fees.ts'
import { roundGasOf } from './gas.ts'
import type { Heads } from './heads.ts'
import { keyHolding } from './keyring.ts'
import type { LastCommits } from './last-commit.ts'
import { rootMeansOf, unreadyDevice } from './later-keys.ts'
import { isLedgerSigner } from './ledger/signer.ts'
import { signedInSitting } from './ledger/sitting-commit.ts'
import { commitRefusal } from './preflight.ts'
import { bindRound, type Votes, votesOf } from './prepare-round.ts'
import { pursue } from './pursue.ts'
import { answerLoss } from './reserve-commit.ts'
import type { RoleKey } from './roles.ts'
import type { RoundInHand } from './round-in-hand.ts'
import { mayCommit, mayReveal } from './timeline.ts'
import type { Asked, Vote } from './vote.ts'
import type { World } from './world.ts'

/**
 * Asks for the round's vector and makes it a vote; binds the round to it once no other commit of ours
 * has the round, and commits. What is not bound here can still be adopted from another bridge.
 */
export async function freeze(
  world: World,
  heads: Heads,
  hand: RoundInHand,
  votingRoundId: number,
): Promise<void> {
  if (hand.isGivenUp(votingRoundId)) return
  const { chain, lease, log, keyring } = world
  const { rewardEpochId, feeds } = chain.feedsOf(votingRoundId)
  const key = keyring.keyOf('submit', rewardEpochId)
  const refusal =
    refusalOf(world, heads, { votingRoundId, rewardEpochId }, key) ??
    (await unreadyDevice(keyring, key, rewardEpochId))
  const token = lease.token()
  if (refusal !== undefined || token === undefined || key === undefined) {
    log({ event: 'commit-refused', voting_round_id: votingRoundId, reason: refusal })
    return
  }
  const { address: submitAddress } = key
  const isAttended = isLedgerSigner(key.signer)
  const asked = { votingRoundId, rewardEpochId, feeds, submitAddress, isAttended }
  const votes = hand.votesOf(votingRoundId) ?? (await frozenVotes(world, asked, token))
  if (votes === undefined) return
  hand.keep(votes)
  await begin(world, heads, hand, { key, votes, feeds })
}

type Beginning = Pick<Asked, 'feeds'> & { readonly key: RoleKey; readonly votes: Votes }

/** Binds a round to its vote and commits to it, unless another commit of ours has the round. */
async function begin(
  world: World,
  heads: Heads,
  hand: RoundInHand,
  { key, votes, feeds }: Beginning,
): Promise<void> {
  const { journal, nowMs } = world
  const { guarded: vote, plain } = votes
  if (isHeldOtherwise(journal, plain)) return hand.giveUp(vote, heldOtherwise)
  const clearance = await clearanceBy(world, heads, key, vote)
  if (clearance.kind === 'of-another') {
    // Its vote is found among these if its own bridge cannot reveal it.
    journal.keepHeld([vote, plain], Math.round(nowMs()))
    return hand.giveUp(vote, clearance.error)
  }
  if (clearance.kind !== 'clear') return
  bindRound(world, vote, { feeds })
  await send(world, heads, key, vote)
}

/** Looks for the commit, and sends it if it is not there and still has time to land. */
export async function commit(world: World, heads: Heads, votingRoundId: number): Promise<void> {
  const { journal, log, metrics } = world
  if ((await commitStatus(world, votingRoundId)) !== 'planned') return
  const vote = voteIn(world, votingRoundId)
  const key = keyFor(world, vote)
  if (key === undefined) return
  const call = callOf(vote, 'submit1')
  if (journal.attempts(call).length === 0) {
    // The round may have been prepared before a restart, when all was well.
    const clearance = await clearanceBy(world, heads, key, vote)
    if (clearance.kind === 'of-another') {
      const { error } = clearance
      settle(world, call, { status: 'missed', error })
      metrics.stageReached('commit-missed')
      log({ event: 'commit-refused', voting_round_id: votingRoundId, reason: error })
    }
    if (clearance.kind !== 'clear') return
  }
  await send(world, heads, key, vote)
}

/** Sends the commit that the round is bound to; a person signs its reveal with it. */
async function send(world: World, heads: Heads, key: RoleKey, vote: Vote): Promise<void> {
  const { journal, network } = world
  const { signer } = key
  const maySend = () => mayCommit(network.schedule, vote.votingRoundId, heads.moment())
  const isUnsent = journal.attempts(callOf(vote, 'submit1')).length === 0
  if (isUnsent && isLedgerSigner(signer)) {
    const attended = { vote, key: { ...key, signer }, moment: heads.moment, maySend }
    if (!(await signedInSitting(world, attended))) return
  }
  const policy = commitPolicy(world.feePolicy)
  const quarry = await accompanied(world, heads, { vote, kind: 'submit1', key, policy })
  await pursue(world, { ...quarry, maySend })
}

/** What a round's vector may become; `undefined` if it was not given, which is told. */
async function frozenVotes(
  world: World,
  asked: Parameters<typeof votesOf>[2],
  token: number,
): Promise<Votes | undefined> {
  const { worker, log, pace } = world
  const { votingRoundId, feeds, isAttended } = asked
  const request = { fencing_token: token, attended: isAttended, feeds: [...feeds] }
  const answer = await worker.freeze(votingRoundId, request, pace.freezeMs)
  if (answer.kind === 'answered') return votesOf(world, answer.value, asked)
  await answerLoss(world, answer)
  const why = answer.kind === 'refused' ? { code: answer.code } : { reason: answer.reason }
  log({ event: 'freeze-failed', voting_round_id: votingRoundId, ...why })
  return undefined
}

const heldOtherwise = 'The Worker has frozen another vector than the one that is held here.'

/**
 * Whether another vector of the round is held here. A Worker that gives two bridges of ours two of them
 * gets a commit to one at the most, and the one that is held can still be revealed.
 */
function isHeldOtherwise({ heldVotes }: World['journal'], plain: Vote): boolean {
  const held = heldVotes().filter(({ votingRoundId }) => votingRoundId === plain.votingRoundId)
  return held.length > 0 && held.every(({ commit: other }) => other !== plain.commit)
}

/** Whether a commit that is not signed yet may be: by what speaks against any, and by other commits. */
async function clearanceBy(
  world: World,
  heads: Heads,
  key: RoleKey,
  vote: Vote,
): Promise<Clearance> {
  const { votingRoundId } = vote
  const reason = refusalOf(world, heads, vote, key)
  if (reason === undefined) return await clearanceOf(world, vote)
  world.log({ event: 'commit-refused', voting_round_id: votingRoundId, reason })
  return { kind: 'not-now' }
}

/**
 * Looks for the reveal, and sends it if it is not there. Nothing but its window stops it, and a
 * commit of ours on chain that is not this one: not even that nobody can say whether the commit has
 * landed, or the reveal itself. A commit that was seen too late may have a twin that counts: a reveal
 * without a commit is harmless.
 */
export async function reveal(
  world: World,
  heads: Heads,
  commits: LastCommits,
  votingRoundId: number,
): Promise<void> {
  try {
    await commitStatus(world, votingRoundId)
    await revealStatus(world, votingRoundId)
  } catch (error) {
    world.log({ event: 'look-failed', voting_round_id: votingRoundId, reason: String(error) })
  }
  const vote = voteIn(world, votingRoundId)
  if (world.journal.statusOf(callOf(vote, 'submit2')) !== 'planned') return
  const key = keyFor(world, vote)
  if (key === undefined || (await commits.isOfAnother(vote))) return
  const policy = world.feePolicy
  const maySend = () => mayReveal(world.network.schedule, votingRoundId, heads.moment())
  const quarry = await accompanied(world, heads, { vote, kind: 'submit2', key, policy })
  await pursue(world, { ...quarry, maySend })
}

/** The key that a vote was made for: settings may have changed since, and then it is missed loudly. */
function keyFor({ keyring, log }: World, vote: Vote): RoleKey | undefined {
  const { votingRoundId, submitAddress } = vote
  const key = keyHolding(keyring, 'submit', submitAddress)
  if (key === undefined) {
    log({ event: 'submit-key-missing', voting_round_id: votingRoundId, address: submitAddress })
  }
  return key
}

/** Why no commit may be sent for the first time now. */
function refusalOf(
  world: World,
  heads: Heads,
  { votingRoundId, rewardEpochId }: Pick<Vote, 'votingRoundId' | 'rewardEpochId'>,
  key: RoleKey | undefined,
): string | undefined {
  if (key === undefined) return 'No submit key of the settings speaks in this reward epoch.'
  const { journal } = world
  const broken = world.breaker.refusal(key.address)
  if (broken !== undefined) return broken
  const { address: signer } = key
  const driftMs = heads.driftMs()
  const root = rootMeansOf(world, rewardEpochId)
  return commitRefusal({
    ...heads.moment(),
    ...(root !== undefined && { root }),
    ...(driftMs !== undefined && { driftMs }),
    maxHeadAgeMs: world.pace.maxHeadAgeMs,
    votingRoundId,
    minRound: journal.watermarkOf({ signer, kind: 'commit', protocolId: protocolIds.ftso }),
    isArmed: world.isArmed(),
    balanceWei: world.balanceWei(signer),
    feePolicy: world.feePolicy,
    gas: roundGasOf({
      hasCompanions: world.companions.length > 0,
      signsRoots: world.keyring.keys().some(({ role }) => role === 'submitSignatures'),
      measured: journal.gasMeasured,
    }),
    spentWei: spentOfDay(journal, world.nowMs()),
    dailyBudgetWei: world.dailyBudgetWei,
    hasLease: world.lease.token() !== undefined,
  })
}
