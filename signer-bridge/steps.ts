/** What each step of the timeline does. What may not fail silently is logged here, with its reason. */

import { votingRoundStartMs } from '../src/protocol/epoch.ts'
import { protocolIds } from '../src/protocol/payload.ts'
import { commitStatus, revealStatus, settle, voteIn } from './endings.ts'
import type { Heads } from './heads.ts'
import { commitRefusal } from './preflight.ts'
import { pursue } from './pursue.ts'
import { isProvenPast, mayCommit, mayReveal } from './timeline.ts'
import { digestOf, type Vote, voteOf } from './vote.ts'
import type { Answer } from './worker-client.ts'
import type { World } from './world.ts'

/** Asks for the round's vector, makes it a vote and binds the round to it; then commits. */
export async function freeze(world: World, heads: Heads, votingRoundId: number): Promise<void> {
  const { chain, worker, journal, lease, log, metrics, network, submitAddress, pace, nowMs } = world
  const refusal = refusalOf(world, heads)
  const token = lease.token()
  if (refusal !== undefined || token === undefined) {
    log({ event: 'commit-refused', voting_round_id: votingRoundId, reason: refusal })
    return
  }
  const { rewardEpochId, feeds } = chain.feedsOf(votingRoundId)
  const request = { fencing_token: token, attended: false, feeds: [...feeds] }
  const answer = await worker.freeze(votingRoundId, request, pace.freezeMs)
  if (answer.kind !== 'answered') {
    await answerLoss(world, answer)
    const why = answer.kind === 'refused' ? { code: answer.code } : { reason: answer.reason }
    log({ event: 'freeze-failed', voting_round_id: votingRoundId, ...why })
    return
  }
  const { schedule } = network
  const asked = { schedule, votingRoundId, rewardEpochId, feeds, submitAddress }
  const vote = voteOf(answer.value, { ...asked, random: world.randomOf(votingRoundId) })
  journal.prepare(vote, Math.round(nowMs()))
  metrics.stageReached('frozen')
  log({
    event: 'round-prepared',
    voting_round_id: votingRoundId,
    reward_epoch_id: rewardEpochId,
    feeds: feeds.length,
    frozen_at: vote.frozenAtMs,
    commit: vote.commit,
  })
  await commit(world, heads, votingRoundId)
}

/** Looks for the commit, and sends it if it is not there and still has time to land. */
export async function commit(world: World, heads: Heads, votingRoundId: number): Promise<void> {
  const { journal, log } = world
  if ((await commitStatus(world, votingRoundId)) !== 'planned') return
  const vote = voteIn(world, votingRoundId)
  const maySend = () => mayCommit(world.network.schedule, votingRoundId, heads.moment())
  const isUnsent = journal.attempts(votingRoundId, 'submit1').length === 0
  if (isUnsent) {
    // The round may have been prepared before a restart, when all was well.
    const reason = refusalOf(world, heads)
    if (reason !== undefined)
      log({ event: 'commit-refused', voting_round_id: votingRoundId, reason })
    if (reason !== undefined || !(await isReserved(world, vote))) return
  }
  await pursue(world, { vote, kind: 'submit1', moment: heads.moment, maySend })
}

/**
 * Looks for the reveal, and sends it if it is not there. Nothing but its window stops it: not even
 * that nobody can say whether the commit has landed, or the reveal itself. A commit that was seen too
 * late may have a twin that counts: a reveal without a commit is harmless.
 */
export async function reveal(world: World, heads: Heads, votingRoundId: number): Promise<void> {
  try {
    await commitStatus(world, votingRoundId)
    await revealStatus(world, votingRoundId)
  } catch (error) {
    world.log({ event: 'look-failed', voting_round_id: votingRoundId, reason: String(error) })
  }
  if (world.journal.statusOf(votingRoundId, 'submit2') !== 'planned') return
  const vote = voteIn(world, votingRoundId)
  const maySend = () => mayReveal(world.network.schedule, votingRoundId, heads.moment())
  await pursue(world, { vote, kind: 'submit2', moment: heads.moment, maySend })
}

/**
 * Looks once more for what may have landed, and says how the round has ended. A look that fails is
 * tried again for some rounds, and then done without: one old round must not stop all new ones.
 */
export async function close(world: World, heads: Heads, votingRoundId: number): Promise<void> {
  const { journal, metrics, log, network } = world
  let wasSeen = true
  try {
    await commitStatus(world, votingRoundId, { isLast: true })
    await revealStatus(world, votingRoundId, { isLast: true })
  } catch (error) {
    const lastMs = votingRoundStartMs(network.schedule, votingRoundId + 1 + roundsOfLooks)
    if (!isProvenPast(heads.moment(), lastMs)) throw error
    wasSeen = false
    log({ event: 'look-given-up', voting_round_id: votingRoundId, reason: String(error) })
  }
  if (journal.statusOf(votingRoundId, 'submit1') === 'planned') {
    const error = wasSeen
      ? 'The commit did not land in its round.'
      : 'No node could say what became of the commit.'
    settle(world, votingRoundId, 'submit1', { status: 'failed', error })
    metrics.stageReached('commit-failed')
  }
  endRound(world, votingRoundId, wasSeen)
}

/** For so many rounds after a round's end a failed look is tried again. */
const roundsOfLooks = 10

/** Closes a round whose commit is judged. */
function endRound(world: World, votingRoundId: number, wasSeen: boolean): void {
  const { journal, metrics, log } = world
  const revealed = journal.statusOf(votingRoundId, 'submit2')
  const wasOwed = journal.statusOf(votingRoundId, 'submit1') === 'confirmed'
  const wasSent = journal.attempts(votingRoundId, 'submit2').length > 0
  const error = wasSeen
    ? 'The window closed before the reveal was on chain.'
    : 'No node could say what became of the reveal.'
  const isMissed = wasOwed && revealed !== 'confirmed'
  // A call that is settled already stays as it is; the obligation ends.
  settle(world, votingRoundId, 'submit2', {
    status: wasSent ? 'failed' : 'missed',
    error,
    obligation: isMissed ? 'missed' : wasOwed ? 'met' : 'void',
  })
  if (revealed !== 'planned' && wasOwed) return
  if (isMissed) metrics.stageReached('reveal-missed')
  log({ event: isMissed ? 'reveal-missed' : 'round-voided', voting_round_id: votingRoundId })
}

/** A round that was prepared and never sent: nothing is owed. */
export function drop(world: World, votingRoundId: number): void {
  const error = 'There was no time left for the commit to land in its round.'
  settle(world, votingRoundId, 'submit1', { status: 'missed', error })
  world.metrics.stageReached('commit-missed')
  world.log({ event: 'commit-missed', voting_round_id: votingRoundId })
}

/** Why no commit may be sent for the first time now. */
function refusalOf(world: World, heads: Heads): string | undefined {
  const driftMs = heads.driftMs()
  return commitRefusal({
    ...heads.moment(),
    ...(driftMs !== undefined && { driftMs }),
    maxHeadAgeMs: world.pace.maxHeadAgeMs,
    balanceWei: world.balanceWei(),
    feePolicy: world.feePolicy,
    hasLease: world.lease.token() !== undefined,
  })
}

/**
 * Reserves the commit at the Worker, so that no second bridge sends another. If the Worker cannot be
 * reached, the leaseholder goes on alone; a refusal is final.
 */
async function isReserved(world: World, vote: Vote): Promise<boolean> {
  const { worker, lease, log, submitAddress, pace } = world
  const { votingRoundId } = vote
  const token = lease.token()
  if (token === undefined) {
    log({ event: 'commit-refused', voting_round_id: votingRoundId, reason: 'The lease is gone.' })
    return false
  }
  const reservation = {
    fencing_token: token,
    signer: submitAddress,
    kind: 'commit',
    protocol_id: protocolIds.ftso,
    voting_round_id: votingRoundId,
    digest: digestOf(vote, 'submit1'),
  } as const
  const answer = await worker.reserve(reservation, pace.workerMs)
  if (answer.kind === 'answered') return true
  if (answer.kind === 'refused') {
    log({ event: 'reservation-refused', voting_round_id: votingRoundId, code: answer.code })
    await answerLoss(world, answer)
    if (answer.code === 'digest-differs') {
      const error = 'Another bridge has reserved another commit for the round.'
      settle(world, votingRoundId, 'submit1', { status: 'missed', error })
      world.metrics.stageReached('commit-missed')
    }
    return false
  }
  log({ event: 'reservation-skipped', voting_round_id: votingRoundId, reason: answer.reason })
  return lease.token() !== undefined
}

/** A token that is no longer the present one is given up at once, and the lease asked for anew. */
async function answerLoss({ lease }: World, answer: Answer<unknown>): Promise<void> {
  if (answer.kind !== 'refused' || answer.code !== 'lease-lost') return
  lease.lose()
  await lease.renew()
}
