/** What each step of the timeline does. What may not fail silently is logged here, with its reason. */

import { protocolIds } from '../src/protocol/payload.ts'
import { accompanied } from './accompanied.ts'
import { callOf, commitStatus, revealStatus, voteIn } from './endings.ts'
import { spentOfDay } from './day-budget.ts'
import { commitPolicy } from './fees.ts'
import { roundGasOf } from './gas.ts'
import type { Heads } from './heads.ts'
import { keyHolding } from './keyring.ts'
import type { LastCommits } from './last-commit.ts'
import { isLedgerSigner } from './ledger/signer.ts'
import { signedInSitting } from './ledger/sitting-commit.ts'
import { commitRefusal } from './preflight.ts'
import { prepareRound } from './prepare-round.ts'
import { pursue } from './pursue.ts'
import { answerLoss, isReserved } from './reserve-commit.ts'
import type { RoleKey } from './roles.ts'
import { mayCommit, mayReveal } from './timeline.ts'
import type { Vote } from './vote.ts'
import type { World } from './world.ts'

/** Asks for the round's vector, makes it a vote and binds the round to it; then commits. */
export async function freeze(world: World, heads: Heads, votingRoundId: number): Promise<void> {
  const { chain, worker, lease, log, keyring, pace } = world
  const { rewardEpochId, feeds } = chain.feedsOf(votingRoundId)
  const key = keyring.keyOf('submit', rewardEpochId)
  const refusal = refusalOf(world, heads, votingRoundId, key) ?? (await unreadyDevice(key))
  const token = lease.token()
  if (refusal !== undefined || token === undefined || key === undefined) {
    log({ event: 'commit-refused', voting_round_id: votingRoundId, reason: refusal })
    return
  }
  const request = { fencing_token: token, attended: isLedgerSigner(key.signer), feeds: [...feeds] }
  const answer = await worker.freeze(votingRoundId, request, pace.freezeMs)
  if (answer.kind !== 'answered') {
    await answerLoss(world, answer)
    const why = answer.kind === 'refused' ? { code: answer.code } : { reason: answer.reason }
    log({ event: 'freeze-failed', voting_round_id: votingRoundId, ...why })
    return
  }
  const { address: submitAddress } = key
  const { attended: isAttended } = request
  const asked = { votingRoundId, rewardEpochId, feeds, submitAddress, isAttended }
  prepareRound(world, answer.value, asked)
  await commit(world, heads, votingRoundId)
}

/** Looks for the commit, and sends it if it is not there and still has time to land. */
export async function commit(world: World, heads: Heads, votingRoundId: number): Promise<void> {
  const { journal, log, network } = world
  if ((await commitStatus(world, votingRoundId)) !== 'planned') return
  const vote = voteIn(world, votingRoundId)
  const key = keyFor(world, vote)
  if (key === undefined) return
  const maySend = () => mayCommit(network.schedule, votingRoundId, heads.moment())
  const isUnsent = journal.attempts(callOf(vote, 'submit1')).length === 0
  if (isUnsent) {
    // The round may have been prepared before a restart, when all was well.
    const reason = refusalOf(world, heads, votingRoundId, key)
    if (reason !== undefined)
      log({ event: 'commit-refused', voting_round_id: votingRoundId, reason })
    if (reason !== undefined) return
    const { signer } = key
    const attended = isLedgerSigner(signer)
      ? { vote, key: { ...key, signer }, moment: heads.moment, maySend }
      : undefined
    if (!(await isReserved(world, vote))) return
    if (attended !== undefined && !(await signedInSitting(world, attended))) return
  }
  const policy = commitPolicy(world.feePolicy)
  const quarry = await accompanied(world, heads, { vote, kind: 'submit1', key, policy })
  await pursue(world, { ...quarry, maySend })
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

/** What a person has to do before a key on a device can sign; `undefined` if nothing. */
async function unreadyDevice(key: RoleKey | undefined): Promise<string | undefined> {
  const signer = key?.signer
  return signer !== undefined && isLedgerSigner(signer) ? await signer.unready() : undefined
}

/** Why no commit may be sent for the first time now. */
function refusalOf(
  world: World,
  heads: Heads,
  votingRoundId: number,
  key: RoleKey | undefined,
): string | undefined {
  if (key === undefined) return 'No submit key of the settings speaks in this reward epoch.'
  const { journal } = world
  const broken = world.breaker.refusal(key.address)
  if (broken !== undefined) return broken
  const { address: signer } = key
  const driftMs = heads.driftMs()
  return commitRefusal({
    ...heads.moment(),
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
